package notifytest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

// Call is a request that a robot took.
type Call struct {
	ID     string // of the delivery
	Path   string
	Header http.Header
	Body   map[string]any
	Raw    []byte
}

// Robot is a stand-in for a robot or a webhook. It checks requests as strictly
// as the real one and answers in its words.
type Robot struct {
	URL    string // to configure, complete
	Secret string // what it checks signatures with; empty: it does not

	server *httptest.Server
	answer func(*Robot, *http.Request, []byte) (int, string) // "" : taken
	taken  string

	mu      sync.Mutex
	calls   []Call
	refuse  func(n int, id string) bool
	before  func(id string)
	after   func(id string) bool
	asked   int
	arrived chan struct{}
}

func newRobot(t testing.TB, path, secret, taken string, answer func(*Robot, *http.Request, []byte) (int, string)) *Robot {
	t.Helper()
	r := &Robot{Secret: secret, answer: answer, taken: taken, arrived: make(chan struct{}, 1)}
	r.server = httptest.NewServer(r)
	t.Cleanup(r.server.Close)
	r.URL = r.server.URL + path
	return r
}

// Refuse decides about requests, counted from 1; nil takes all.
func (r *Robot) Refuse(f func(n int, id string) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refuse = f
}

// Before is called before a message is taken; it may wait.
func (r *Robot) Before(f func(id string)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.before = f
}

// HangUp decides whether the connection ends instead of the answer to a message
// that was taken.
func (r *Robot) HangUp(f func(id string) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.after = f
}

// Calls gives what was taken, oldest first.
func (r *Robot) Calls() []Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.calls)
}

// IDs gives the deliveries that were taken, as often as they were.
func (r *Robot) IDs() []string {
	var ids []string
	for _, c := range r.Calls() {
		ids = append(ids, c.ID)
	}
	return ids
}

// Await waits for n messages.
func (r *Robot) Await(t testing.TB, n int, within time.Duration) []Call {
	t.Helper()
	limit := time.After(within)
	for {
		if got := r.Calls(); len(got) >= n {
			return got
		}
		select {
		case <-r.arrived:
		case <-limit:
			t.Fatalf("%d messages after %v, want %d", len(r.Calls()), within, n)
		}
	}
}

var deliveryID = regexp.MustCompile(`porpoise-[0-9]+`)

// ServeHTTP takes or refuses a message.
func (r *Robot) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	raw, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	id := string(deliveryID.Find(raw))
	r.mu.Lock()
	r.asked++
	refused, before, after := r.refuse != nil && r.refuse(r.asked, id), r.before, r.after
	r.mu.Unlock()
	if before != nil {
		before(id)
	}
	code, refusal := r.answer(r, req, raw)
	if refusal == "" && refused {
		code, refusal = r.answer(nil, req, raw)
	}
	if refusal != "" {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_, _ = io.WriteString(w, refusal)
		return
	}
	r.take(Call{ID: id, Path: req.URL.Path, Header: req.Header, Body: object(raw), Raw: raw})
	if after != nil && after(id) {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, r.taken)
}

func (r *Robot) take(c Call) {
	r.mu.Lock()
	r.calls = append(r.calls, c)
	r.mu.Unlock()
	select {
	case r.arrived <- struct{}{}:
	default:
	}
}

func object(raw []byte) map[string]any {
	var out map[string]any
	if json.Unmarshal(raw, &out) != nil {
		return nil
	}
	return out
}

// text finds a string in nested objects.
func text(o map[string]any, path ...string) string {
	for _, name := range path[:len(path)-1] {
		inner, ok := o[name].(map[string]any)
		if !ok {
			return ""
		}
		o = inner
	}
	s, _ := o[path[len(path)-1]].(string)
	return s
}

func sum(key, data string) []byte {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(data))
	return mac.Sum(nil)
}

// fresh reports whether a time is within an hour of now.
func fresh(at time.Time) bool { return time.Since(at).Abs() < time.Hour }

// NewWebhook is a program of one's own. A nil robot asks for the refusal.
func NewWebhook(t testing.TB, secret string) *Robot {
	return newRobot(t, "/hooks/porpoise?team=a", secret, `{}`, func(r *Robot, req *http.Request, raw []byte) (int, string) {
		if r == nil {
			return http.StatusServiceUnavailable, "not today"
		}
		body := object(raw)
		at := req.Header.Get("X-Porpoise-Timestamp")
		signed := "sha256=" + hex.EncodeToString(sum(r.Secret, at+"."+string(raw)))
		switch {
		case r.Secret != "" && !hmac.Equal([]byte(signed), []byte(req.Header.Get("X-Porpoise-Signature"))):
			return http.StatusUnauthorized, "wrong signature"
		case body["deliveryId"] != req.Header.Get("X-Porpoise-Delivery"), text(body, "title") == "", body["facts"] == nil, req.URL.Query().Get("team") != "a":
			return http.StatusBadRequest, "something is missing"
		}
		return 0, ""
	})
}

// NewDingTalk is a robot of DingTalk that checks signatures.
func NewDingTalk(t testing.TB, secret string) *Robot {
	refuse := func(code int, why string) (int, string) {
		return http.StatusOK, fmt.Sprintf(`{"errcode":%d,"errmsg":%q}`, code, why)
	}
	return newRobot(t, "/robot/send?access_token=t0ken", secret, `{"errcode":0,"errmsg":"ok"}`, func(r *Robot, req *http.Request, raw []byte) (int, string) {
		if r == nil {
			return refuse(130101, "send too fast, not today")
		}
		q, body := req.URL.Query(), object(raw)
		if r.Secret != "" {
			ms, err := strconv.ParseInt(q.Get("timestamp"), 10, 64)
			want := base64.StdEncoding.EncodeToString(sum(r.Secret, q.Get("timestamp")+"\n"+r.Secret))
			if err != nil || !fresh(time.UnixMilli(ms)) || !hmac.Equal([]byte(want), []byte(q.Get("sign"))) {
				return refuse(310000, "sign not match")
			}
		}
		switch content := text(body, "markdown", "text"); {
		case q.Get("access_token") != "t0ken":
			return refuse(300001, "token is not exist")
		case body["msgtype"] != "markdown" || text(body, "markdown", "title") == "" || content == "":
			return refuse(40035, "invalid parameter")
		case len(raw) > 20_000 || !utf8.ValidString(content):
			return refuse(460101, "message too long")
		}
		return 0, ""
	})
}

// NewWeCom is a robot of WeCom.
func NewWeCom(t testing.TB) *Robot {
	refuse := func(code int, why string) (int, string) {
		return http.StatusOK, fmt.Sprintf(`{"errcode":%d,"errmsg":%q}`, code, why)
	}
	return newRobot(t, "/cgi-bin/webhook/send?key=k3y", "", `{"errcode":0,"errmsg":"ok"}`, func(r *Robot, req *http.Request, raw []byte) (int, string) {
		if r == nil {
			return refuse(45009, "api freq out of limit, not today")
		}
		body := object(raw)
		kind, _ := body["msgtype"].(string)
		content, most := text(body, kind, "content"), map[string]int{"markdown": 4096, "text": 2048}[kind]
		switch {
		case req.URL.Query().Get("key") != "k3y":
			return refuse(93000, "invalid webhook url")
		case content == "" || most == 0:
			return refuse(40008, "invalid message type")
		case len(content) > most || !utf8.ValidString(content):
			return refuse(40058, "content exceed max length")
		}
		return 0, ""
	})
}

// NewFeishu is a robot of Feishu that checks signatures.
func NewFeishu(t testing.TB, secret string) *Robot {
	refuse := func(code int, why string) (int, string) {
		return http.StatusOK, fmt.Sprintf(`{"code":%d,"msg":%q,"data":{}}`, code, why)
	}
	return newRobot(t, "/open-apis/bot/v2/hook/h00k", secret, `{"code":0,"msg":"success","data":{}}`, func(r *Robot, req *http.Request, raw []byte) (int, string) {
		if r == nil {
			return refuse(11232, "frequency limited, not today")
		}
		body := object(raw)
		if r.Secret != "" {
			at := text(body, "timestamp")
			seconds, err := strconv.ParseInt(at, 10, 64)
			want := base64.StdEncoding.EncodeToString(sum(at+"\n"+r.Secret, ""))
			if err != nil || !fresh(time.Unix(seconds, 0)) || !hmac.Equal([]byte(want), []byte(text(body, "sign"))) {
				return refuse(19021, "sign match fail or timestamp is not within one hour from current time")
			}
		}
		elements, _ := body["card"].(map[string]any)["elements"].([]any)
		switch {
		case body["msg_type"] != "interactive" || len(elements) == 0 || text(body, "card", "header", "title", "content") == "":
			return refuse(19002, "params error")
		case len(raw) > 20_000:
			return refuse(11228, "request body is too large")
		}
		return 0, ""
	})
}

// NewSlack is an incoming webhook of Slack.
func NewSlack(t testing.TB) *Robot {
	return newRobot(t, "/services/T0/B0/x0x0", "", "ok", func(r *Robot, _ *http.Request, raw []byte) (int, string) {
		if r == nil {
			return http.StatusOK, "not today"
		}
		switch said := text(object(raw), "text"); {
		case said == "":
			return http.StatusBadRequest, "no_text"
		case len(said) > 40_000:
			return http.StatusBadRequest, "msg_too_long"
		case strings.Contains(said, "<b>"):
			return http.StatusBadRequest, "unescaped"
		}
		return 0, ""
	})
}

// NewTelegram is the bot API of Telegram; its URL is the server's. The bot's
// token is 123:abc, its chat -42.
func NewTelegram(t testing.TB) *Robot {
	refuse := func(code int, why string) (int, string) {
		return code, fmt.Sprintf(`{"ok":false,"error_code":%d,"description":%q}`, code, why)
	}
	return newRobot(t, "", "", `{"ok":true,"result":{}}`, func(r *Robot, req *http.Request, raw []byte) (int, string) {
		if r == nil {
			return refuse(http.StatusTooManyRequests, "Too Many Requests: not today")
		}
		body := object(raw)
		switch said := text(body, "text"); {
		case req.URL.Path != "/bot123:abc/sendMessage":
			return refuse(http.StatusUnauthorized, "Unauthorized")
		case body["chat_id"] != "-42":
			return refuse(http.StatusBadRequest, "Bad Request: chat not found")
		case said == "" || utf8.RuneCountInString(said) > 4096:
			return refuse(http.StatusBadRequest, "Bad Request: message is too long")
		}
		return 0, ""
	})
}
