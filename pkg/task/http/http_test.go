package http

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/porpoise-scheduler/porpoise/pkg/netguard"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/tasktest"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// service answers by path: /status/<code>, /echo, /text, /hang, /big, /away.
func service(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/status/{code}", func(w http.ResponseWriter, r *http.Request) {
		var code int
		_, _ = fmt.Sscan(r.PathValue("code"), &code)
		w.WriteHeader(code)
	})
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = fmt.Fprintf(w, "%s %s query=%s type=%s run=%s body=%s", r.Method, r.Host, r.URL.RawQuery,
			r.Header.Get("Content-Type"), strings.Join(r.Header["X-Run"], "+"), body)
	})
	mux.HandleFunc("/text", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "accepted") })
	mux.HandleFunc("/hang", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	mux.HandleFunc("/big", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(bytes.Repeat([]byte("x"), maxLogged+10))
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func local() *netguard.Guard {
	return netguard.New(netguard.Config{AllowLoopback: true, MaxBody: 1 << 20})
}

func object(t *testing.T, fields map[string]any, more ...map[string]any) json.RawMessage {
	t.Helper()
	all := maps.Clone(fields)
	for _, m := range more {
		maps.Copy(all, m)
	}
	raw, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

type fields = map[string]any

func TestSuite(t *testing.T) {
	server := service(t)
	at := func(path string, more ...map[string]any) json.RawMessage {
		return object(t, fields{"url": server.URL + path}, more...)
	}
	host := strings.TrimPrefix(server.URL, "http://")
	httpParams := fields{"httpMethod": "POST", "httpParams": []fields{
		{"prop": "day", "httpParametersType": "BODY", "value": "${day}"},
		{"prop": "X-Run", "httpParametersType": "HEADERS", "value": 1},
		{"prop": "q", "httpParametersType": "PARAMETER", "value": "a b&${n}"},
	}}
	tasktest.Run(t, New(local()), tasktest.Cases{
		ID: workflow.KindHTTP,
		Invalid: map[string]string{
			`{}`: "url", `{"url":" "}`: "url", `{"url":"ftp://host/"}`: "url", `{"url":"host/path"}`: "url", `{"url":"http:///x"}`: "url",
			`{"url":"http://h","httpMethod":"BREW"}`:                                                            "httpMethod",
			`{"url":"http://h","httpCheckCondition":"MAYBE"}`:                                                   "httpCheckCondition",
			`{"url":"http://h","httpCheckCondition":"STATUS_CODE_CUSTOM","condition":"ok"}`:                     "condition",
			`{"url":"http://h","httpCheckCondition":"STATUS_CODE_CUSTOM"}`:                                      "condition",
			`{"url":"http://h","httpCheckCondition":"BODY_CONTAINS"}`:                                           "condition",
			`{"url":"http://h","connectTimeout":"soon"}`:                                                        "connectTimeout",
			`{"url":"http://h","httpParams":{}}`:                                                                "httpParams",
			`{"url":"http://h","httpParams":[{"prop":"","httpParametersType":"BODY"}]}`:                         "httpParams[0].prop",
			`{"url":"http://h","httpParams":[{"prop":"a","httpParametersType":"COOKIE"}]}`:                      "httpParams[0].httpParametersType",
			`{"url":"http://h","httpParams":[{"prop":"a b","httpParametersType":"HEADERS"}]}`:                   "httpParams[0].prop",
			`{"url":"http://h","httpParams":[{"prop":"Content-Length","httpParametersType":"HEADERS"}]}`:        "httpParams[0].prop",
			`{"url":"http://h","httpParams":[{"prop":"a","httpParametersType":"HEADERS","value":"x\r\nY: z"}]}`: "httpParams[0].value",
		},
		Succeeds: []tasktest.Attempt{
			{Params: at("/text"), Output: "status 200, 8 bytes in ", Vars: map[string]string{"task.response": "accepted"}},
			{Params: at("/echo?x=1", httpParams), Output: "POST " + host + ` query=q=a+b%267&x=1 type=application/json; charset=utf-8 run=1 body={"day":"20240102"}`},
			{Params: at("/echo?raw=%2f"), Output: "GET " + host + " query=raw=%2f type= run= body=\n"},
			{Params: at("/echo", fields{"httpMethod": "put", "httpBody": `{"at":"$[yyyy]"}`}), Output: `PUT ` + host + ` query= type=application/json; charset=utf-8 run= body={"at":"2024"}`},
			{Params: object(t, fields{"url": "${base}/status/${code}", "httpCheckCondition": "STATUS_CODE_CUSTOM", "condition": "${code}"}),
				Values: map[string]string{"base": server.URL, "code": "503"}},
			{Params: at("/text", fields{"httpCheckCondition": "BODY_CONTAINS", "condition": "accept"})},
			{Params: at("/text", fields{"httpCheckCondition": "BODY_NOT_CONTAINS", "condition": "error", "connectTimeout": "1000", "socketTimeout": 60000})},
			{Params: at("/big"), Output: "(10 more bytes)\n"},
			{Params: at("/status/200", fields{"httpMethod": "HEAD"})},
		},
		Fails: []tasktest.Attempt{
			{Params: at("/status/404"), Output: "failed: the status is 404, not 200"},
			{Params: at("/status/204"), Output: "the status is 204"},
			{Params: at("/text", fields{"httpCheckCondition": "BODY_CONTAINS", "condition": "refused"}), Output: `does not contain "refused"`},
			{Params: at("/text", fields{"httpCheckCondition": "BODY_NOT_CONTAINS", "condition": "accepted"}), Output: `contains "accepted"`},
			{Params: at("/hang", fields{"socketTimeout": 20}), Output: "failed: "},
			{Params: object(t, fields{"url": "${scheme}://host"}), Values: map[string]string{"scheme": "file"}, Output: "url must be"},
			{Params: object(t, fields{"url": "http://127.0.0.1:1/"}), Output: "failed: "},
			{Params: at("/text", fields{"httpParams": []fields{{"prop": "a", "httpParametersType": "HEADERS", "value": "${evil}"}}}),
				Values: map[string]string{"evil": "x\r\nHost: other"}, Output: "must fit in a header"},
		},
		Endless: []tasktest.Attempt{{Params: at("/hang"), Output: "GET " + server.URL + "/hang"}},
	})
}

func run(t *testing.T, guard *netguard.Guard, params json.RawMessage) (task.Result, string) {
	t.Helper()
	var log bytes.Buffer
	result := New(guard).Run(t.Context(), task.Attempt{Params: params, Task: "call"}, &log)
	return result, log.String()
}

func TestGuardedAddresses(t *testing.T) {
	var reached atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	t.Cleanup(server.Close)
	result, log := run(t, netguard.New(netguard.Config{}), object(t, fields{"url": server.URL}))
	if result.OK || reached.Load() != 0 || !strings.Contains(result.Reason, "not allowed") {
		t.Errorf("%+v, reached %d, log %q", result, reached.Load(), log)
	}
}

func TestSecretsOfTheURLStayOutOfTheLog(t *testing.T) {
	server := service(t)
	for _, path := range []string{"/text?token=canary", "/status/500?token=canary"} {
		_, log := run(t, local(), object(t, fields{"url": strings.Replace(server.URL, "://", "://user:canary@", 1) + path}))
		if strings.Contains(log, "canary") {
			t.Errorf("log %q", log)
		}
	}
	result, log := run(t, local(), object(t, fields{"url": "http://user:canary@127.0.0.1:1/?token=canary"}))
	if strings.Contains(log+result.Reason, "canary") {
		t.Errorf("%+v, log %q", result, log)
	}
}

func TestLongAnswers(t *testing.T) {
	server := service(t)
	result, log := run(t, local(), object(t, fields{"url": server.URL + "/big"}))
	if !result.OK || result.Vars != nil || len(log) > maxLogged+1000 {
		t.Errorf("%d bytes of log, vars %v", len(log), result.Vars)
	}
	small := netguard.New(netguard.Config{AllowLoopback: true, MaxBody: 100})
	result, _ = run(t, small, object(t, fields{"url": server.URL + "/big"}))
	if diff := cmp.Diff("reading the answer: response body is too large", result.Reason); diff != "" || result.OK {
		t.Error(diff)
	}
}

func FuzzParams(f *testing.F) {
	for _, seed := range []string{
		`{"url":"http://h/","httpMethod":"POST","httpParams":[{"prop":"a","httpParametersType":"BODY","value":1}]}`,
		`{"url":"${base}/x","httpCheckCondition":"STATUS_CODE_CUSTOM","condition":"${c}"}`, `{"url":"http://[::1%25lo]:80"}`,
		`{"url":"http://h","httpParams":[{"prop":"a","httpParametersType":"HEADERS","value":"\r\n"}]}`, `"{}"`, `[[[[`, `{"url":5}`,
		`{"url":"http://h","socketTimeout":1e99}`, `{"url":"http://h","connectTimeout":-1,"httpParams":[null]}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		r, err := read(json.RawMessage(raw), func(text string) string { return text })
		if err != nil {
			if workflow.ErrorCode(err) != workflow.Invalid {
				t.Errorf("%s: %v", raw, err)
			}
			return
		}
		if r.url == "" || r.connect <= 0 || r.idle <= 0 {
			t.Errorf("%s: %+v", raw, r)
		}
		if req, err := r.build(t.Context()); err == nil && !open(raw) && req.URL.Scheme != "http" && req.URL.Scheme != "https" {
			t.Errorf("%s: scheme %s", raw, req.URL.Scheme)
		}
	})
}
