package dolphin_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

var (
	isoDate   = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0800$`)
	plainDate = regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$`)
)

const form = "application/x-www-form-urlencoded"

// TestParametersFromAnywhere creates a queue with the parameters in every
// place the original takes them from.
func TestParametersFromAnywhere(t *testing.T) {
	w := newWorld(t)
	multi := func(fields ...string) (contentType, body string) {
		var b strings.Builder
		for i := 0; i < len(fields); i += 2 {
			fmt.Fprintf(&b, "--cut\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n", fields[i], fields[i+1])
		}
		return "multipart/form-data; boundary=cut", b.String() + "--cut--\r\n"
	}
	multiType, multiBody := multi("queue", "q4", "queueName", "q4")
	fileBody := "--cut\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\nqueue\r\n" + strings.TrimPrefix(multiBody, "")
	for i, test := range []struct{ query, contentType, body string }{
		{"?queue=q0&queueName=q0", "", ""},
		{"", form, "queue=q1&queueName=q1"},
		{"?queue=q2", form, "queueName=q2"},
		{"?queue=q3&queueName=q3", "application/json", "null"},
		{"", multiType, multiBody},
		{"", form, "?&queue=q5&queueName=q5"},
		{"?queue=q6&queueName=q6&loginUser=zz", form, "unknown=1"},
		{"", multiType, strings.ReplaceAll(fileBody, "q4", "q7")},
		{"", form + ";charset=UTF-8", "queue=q8&queueName=q8"},
		{"?queue=q9&queueName=q9", "not a type;;", "xx"},
	} {
		name := fmt.Sprintf("q%d", i)
		w.send(token(w.admin), http.MethodPost, "/queue/create"+test.query, test.contentType, test.body).
			is(t, http.StatusCreated, status.Success)
		if q, err := w.store.Queues.ByName(t.Context(), name); err != nil || q.Value != name {
			t.Errorf("case %d: queue is %+v, %v", i, q, err)
		}
	}
}

func TestTextsKeepWhatNumbersLose(t *testing.T) {
	w := newWorld(t)
	w.post("/queue/create", "queue", "a;b&c=d <é> ", "queueName", "n").is(t, http.StatusCreated, status.Success)
	if q, err := w.store.Queues.ByName(t.Context(), "n"); err != nil || q.Value != "a;b&c=d <é> " {
		t.Errorf("queue is %+v, %v", q, err)
	}
	w.get("/queue/list-paging", "pageNo", " 1 ", "pageSize", "10").is(t, http.StatusOK, status.Success)
	for _, bad := range []string{"x", "1.5", "", "99999999999", "0x"} {
		w.get("/queue/list-paging", "pageNo", bad, "pageSize", "10").is(t, http.StatusOK, status.QueryQueueListError)
	}
}

func TestPagesThatCannotBe(t *testing.T) {
	w := newWorld(t)
	for _, bad := range []string{"0", "-1"} {
		r := w.get("/projects/list-paging", "pageNo", bad, "pageSize", "10")
		r.is(t, http.StatusOK, status.RequestParamsNotValidError)
		if r.Msg != "request parameter pageNo is not valid" {
			t.Errorf("message is %q", r.Msg)
		}
		r = w.get("/projects/list-paging", "pageNo", "1", "pageSize", bad)
		r.is(t, http.StatusOK, status.RequestParamsNotValidError)
		if r.Msg != "request parameter pageSize is not valid" {
			t.Errorf("message is %q", r.Msg)
		}
	}
}

func TestTrailingSlash(t *testing.T) {
	w := newWorld(t)
	w.get("/queue/list/").is(t, http.StatusOK, status.Success)
}

func TestUnknownPathsAndMethods(t *testing.T) {
	w := newWorld(t)
	for _, test := range []struct {
		method, path  string
		code          int
		word, message string
	}{
		{http.MethodGet, "/resources/nothing", 404, "Not Found", "Not Found"},
		{http.MethodPost, "/users/grant-nothing", 404, "Not Found", "Not Found"},
		{http.MethodPut, "/queue/list", 405, "Method Not Allowed", "Request method 'PUT' not supported"},
	} {
		r := w.send(token(w.admin), test.method, test.path, "", "")
		if r.HTTP != test.code {
			t.Errorf("%s: HTTP %d, want %d", test.path, r.HTTP, test.code)
		}
		keys(t, r.Body, "timestamp", "status", "error", "message", "path")
		var e struct {
			Timestamp, Error, Message, Path string
			Status                          int
		}
		decode(t, r.Body, &e)
		if !isoDate.MatchString(e.Timestamp) || e.Status != test.code || e.Error != test.word ||
			e.Message != test.message || e.Path != "/dolphinscheduler"+test.path {
			t.Errorf("%s: body is %s", test.path, r.Body)
		}
		if r := w.send(nil, test.method, test.path, "", ""); r.HTTP != http.StatusUnauthorized || len(r.Body) != 0 {
			t.Errorf("%s for a stranger: HTTP %d %q, want 401 and nothing", test.path, r.HTTP, r.Body)
		}
	}
}

func TestOrigins(t *testing.T) {
	w := newWorld(t)
	pre := w.send(as{"Origin": "http://elsewhere.example", "Access-Control-Request-Method": "PUT",
		"Access-Control-Request-Headers": "token, x-y"}, http.MethodOptions, "/queue/list", "", "")
	want := map[string]string{
		"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "PUT", "Access-Control-Allow-Headers": "token, x-y",
	}
	for name, value := range want {
		if got := pre.Header.Get(name); got != value {
			t.Errorf("preflight: %s is %q, want %q", name, got, value)
		}
	}
	if pre.HTTP != http.StatusOK || pre.Header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("preflight: HTTP %d, %v", pre.HTTP, pre.Header)
	}
	r := w.send(as{"Origin": "http://elsewhere.example"}, http.MethodGet, "/queue/list", "", "")
	if r.HTTP != http.StatusUnauthorized || r.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("HTTP %d, %v", r.HTTP, r.Header)
	}
}

func TestLanguages(t *testing.T) {
	w := newWorld(t)
	for _, test := range []struct {
		who  as
		want string
	}{
		{as{}, "success"},
		{as{"language": "en_US"}, "success"},
		{as{"language": "zh_CN"}, "成功"},
		{as{"Cookie": "language=zh_CN"}, "成功"},
		{as{"Cookie": "language=en_US", "language": "zh_CN"}, "success"},
		{as{"language": "xx"}, "success"},
	} {
		test.who["token"] = w.admin
		if r := w.call(test.who, http.MethodGet, "/queue/list"); r.Msg != test.want {
			t.Errorf("%v: message %q, want %q", test.who, r.Msg, test.want)
		}
	}
	r := w.call(as{"token": w.admin, "language": "zh_CN"}, http.MethodPost, "/queue/update", "id", "12345", "queue", "a", "queueName", "b")
	if r.Msg != "队列ID[12,345]不存在" {
		t.Errorf("message %q", r.Msg)
	}
}

func TestLargeAnswersAreCompressed(t *testing.T) {
	w := newWorld(t)
	for i := range 40 {
		w.project(fmt.Sprintf("project-%d", i), 1)
	}
	r := w.send(as{"token": w.admin, "Accept-Encoding": "gzip"}, http.MethodGet, "/projects/list-paging?pageNo=1&pageSize=100", "", "")
	if r.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("headers are %v", r.Header)
	}
	z, err := gzip.NewReader(bytes.NewReader(r.Body))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(z)
	if err != nil || !json.Valid(body) || !bytes.Contains(body, []byte("project-39")) {
		t.Errorf("body %s, %v", body, err)
	}
	small := w.send(as{"token": w.admin, "Accept-Encoding": "gzip"}, http.MethodGet, "/worker-group/all-groups", "", "")
	if small.Header.Get("Content-Encoding") != "" {
		t.Errorf("a small answer is compressed")
	}
}

func TestFormsThatAreTooLarge(t *testing.T) {
	w := newWorld(t)
	body := "queue=q&queueName=q&pad=" + strings.Repeat("x", 5_000_000)
	w.send(token(w.admin), http.MethodPost, "/queue/create", form, body).is(t, http.StatusOK, status.CreateQueueError)
	if _, err := w.store.Queues.ByName(t.Context(), "q"); workflow.ErrorCode(err) != workflow.NotFound {
		t.Errorf("the queue was made: %v", err)
	}
}

func TestNothingIsEscapedForBrowsers(t *testing.T) {
	w := newWorld(t)
	w.project("a<b>&c", 1)
	if r := w.get("/projects/list-paging", "pageNo", "1", "pageSize", "10"); !bytes.Contains(r.Body, []byte(`"a<b>&c"`)) {
		t.Errorf("body is %s", r.Body)
	}
}

func TestHeadIsGetWithoutBody(t *testing.T) {
	w := newWorld(t)
	if r := w.send(token(w.admin), http.MethodHead, "/queue/list", "", ""); r.HTTP != http.StatusOK || len(r.Body) != 0 {
		t.Errorf("HTTP %d, %d bytes", r.HTTP, len(r.Body))
	}
}

func TestIdempotencyKey(t *testing.T) {
	w := newWorld(t)
	create := func(key string, params ...string) reply {
		return w.call(as{"token": w.admin, "Idempotency-Key": key}, http.MethodPost, "/projects/create", params...)
	}
	first := create("k1", "projectName", "p")
	first.is(t, http.StatusCreated, status.Success)
	for range 3 {
		again := create("k1", "projectName", "p")
		if again.HTTP != first.HTTP || !bytes.Equal(again.Body, first.Body) {
			t.Errorf("repeat answered %d %s, want %d %s", again.HTTP, again.Body, first.HTTP, first.Body)
		}
	}
	if _, total, err := w.store.Projects.List(t.Context(), 0, "", store.Page{Number: 1, Size: 10}); err != nil || total != 1 {
		t.Errorf("%d projects, %v", total, err)
	}
	if r := create("k1", "projectName", "other"); r.HTTP != http.StatusUnprocessableEntity {
		t.Errorf("another request under the same key: HTTP %d %s", r.HTTP, r.Body)
	}
	create("k2", "projectName", "p").is(t, http.StatusCreated, status.ProjectAlreadyExists)
	if r := w.get("/projects/delete", "projectId", string(first.Data)); r.Code != 0 {
		t.Fatalf("deleting: %s", r.Body)
	}
	create("k2", "projectName", "p").is(t, http.StatusCreated, status.Success) // the refusal was not kept
	if r := create(strings.Repeat("k", 300), "projectName", "q"); r.HTTP != http.StatusOK || r.Code != status.CreateProjectError.Code() {
		t.Errorf("a huge key: HTTP %d %s", r.HTTP, r.Body)
	}
	other := w.token(w.user("somebody", workflow.RoleGeneral).ID)
	w.call(as{"token": other, "Idempotency-Key": "k1"}, http.MethodPost, "/projects/create", "projectName", "mine").
		is(t, http.StatusCreated, status.Success) // keys belong to users
}

// TestKeptAnswersHoldNoSecrets repeats what must not be kept.
func TestKeptAnswersHoldNoSecrets(t *testing.T) {
	w := newWorld(t)
	who := as{"token": w.admin, "Idempotency-Key": "k"}
	generate := func() string {
		return into[string](t, w.call(who, http.MethodPost, "/access-token/generate", "userId", "1", "expireTime", "2099-01-01 00:00:00"))
	}
	if a, b := generate(), generate(); a == b {
		t.Errorf("a token was kept for repeats")
	}
}

// TestNamesInPaths uses a project whose name needs escaping.
func TestNamesInPaths(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"plain", "with space", "ümlaut 项目", "a+b&c=d", "100%", "(x)!", "semi;colon", "create"} {
		w.project(name, 1)
		path := "/projects/" + url.PathEscape(name) + "/process/list"
		w.get(path).is(t, http.StatusOK, status.Success)
	}
	r := w.get("/projects/no%20such/process/list")
	r.is(t, http.StatusOK, status.ProjectNotFount)
	if r.Msg != "project no such not found " {
		t.Errorf("message is %q", r.Msg)
	}
}

// TestOutage makes the database fail and looks how it is told.
func TestOutage(t *testing.T) {
	w := newWorld(t)
	w.get("/queue/list").is(t, http.StatusOK, status.Success) // the token is known now
	queues := w.store.Queues
	w.store.Queues = awayQueues{queues}
	r := w.get("/queue/list")
	if r.HTTP != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" || r.Code != status.QueryQueueListError.Code() {
		t.Errorf("HTTP %d %v %s", r.HTTP, r.Header, r.Body)
	}
	w.store.Queues = brokenQueues{queues}
	w.get("/queue/list").is(t, http.StatusOK, status.QueryQueueListError)
	w.store.Queues = panickingQueues{queues}
	w.get("/queue/list").is(t, http.StatusOK, status.QueryQueueListError)
}

type awayQueues struct{ store.Queues }

func (awayQueues) All(context.Context) ([]workflow.Queue, error) {
	return nil, workflow.Errorf(workflow.Unavailable, "database.away", "away")
}

type brokenQueues struct{ store.Queues }

func (brokenQueues) All(context.Context) ([]workflow.Queue, error) { return nil, errors.New("broken") }

type panickingQueues struct{ store.Queues }

func (panickingQueues) All(context.Context) ([]workflow.Queue, error) { panic("a bug") }

// dummy is some value of a type.
func dummy(kind string, values []string) string {
	switch kind {
	case "int":
		return "1"
	case "bool":
		return "false"
	case "enum":
		return values[0]
	}
	return "x"
}

func TestDatesAreGMT8(t *testing.T) {
	at := time.Date(2021, 10, 18, 11, 55, 8, 0, time.UTC)
	w := newWorldAt(t, func() time.Time { return at })
	w.project("p", 1)
	r := w.get("/projects/list-paging", "pageNo", "1", "pageSize", "10")
	if !bytes.Contains(r.Body, []byte(`"createTime":"2021-10-18T19:55:08.000+0800"`)) {
		t.Errorf("body is %s", r.Body)
	}
}
