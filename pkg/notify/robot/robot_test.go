package robot_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/porpoise-scheduler/porpoise/pkg/netguard"
	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/notify/notifytest"
	"github.com/porpoise-scheduler/porpoise/pkg/notify/robot"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func kind(t *testing.T, name workflow.ChannelKind, cfg robot.Config) notify.Kind {
	t.Helper()
	for _, k := range robot.Kinds(cfg) {
		if k.Name() == name {
			return k
		}
	}
	t.Fatalf("no kind %s", name)
	return nil
}

var local = robot.Config{Guard: netguard.Config{AllowLoopback: true}, Timeout: 2 * time.Minute}

// with gives settings with one changed.
func with(settings map[string]string, name, value string) map[string]string {
	out := map[string]string{name: value}
	for k, v := range settings {
		if k != name {
			out[k] = v
		}
	}
	return out
}

func TestSuite(t *testing.T) {
	for name, c := range map[workflow.ChannelKind]struct {
		robot    *notifytest.Robot
		settings map[string]string
		secrets  []string
		wrong    map[string]string // settings that are refused
	}{
		workflow.ChannelWebhook: {notifytest.NewWebhook(t, "s3cret"), map[string]string{"secret": "s3cret", "header.Authorization": "Bearer t0p"},
			[]string{"s3cret", "t0p", "/hooks"}, map[string]string{"url": "ftp://x/", "method": "GET", "header.X-Porpoise-Delivery": "1", "header.a b": "1", "secret": "a\nb"}},
		workflow.ChannelDingTalk: {notifytest.NewDingTalk(t, "SECabc"), map[string]string{"secret": "SECabc", "keyword": "告警", "atMobiles": "13800000000, +86-13900000000"},
			[]string{"t0ken", "SECabc"}, map[string]string{"url": "https://oapi.dingtalk.com/robot/send", "atMobiles": "bob", "atAll": "maybe"}},
		workflow.ChannelWeCom: {notifytest.NewWeCom(t), map[string]string{}, []string{"k3y"}, map[string]string{"url": "https://qyapi.weixin.qq.com/", "mentionedMobiles": "bob"}},
		workflow.ChannelFeishu: {notifytest.NewFeishu(t, "fs3c"), map[string]string{"secret": "fs3c", "keyword": "porpoise"},
			[]string{"h00k", "fs3c"}, map[string]string{"url": "https://user:pw@open.feishu.cn/"}},
		workflow.ChannelSlack: {notifytest.NewSlack(t), map[string]string{}, []string{"x0x0"}, map[string]string{"url": "nonsense"}},
		workflow.ChannelTelegram: {notifytest.NewTelegram(t), map[string]string{"token": "123:abc", "chatId": "-42"},
			[]string{"123:abc"}, map[string]string{"url": "https:///", "token": "a/b", "chatId": "?"}},
	} {
		t.Run(string(name), func(t *testing.T) {
			settings := with(c.settings, "url", c.robot.URL)
			wrong := map[string]map[string]string{}
			for field, value := range c.wrong {
				wrong[field] = with(settings, field, value)
			}
			notifytest.Exercise(t, notifytest.Subject{
				Kind: kind(t, name, local), Settings: settings, Secrets: c.secrets, Wrong: wrong,
				Refuse: func(on bool) { c.robot.Refuse(func(int, string) bool { return on }) }, Refusal: "not today",
				Arrived: c.robot.IDs,
			})
		})
	}
}

func send(t *testing.T, name workflow.ChannelKind, cfg robot.Config, settings map[string]string) error {
	t.Helper()
	c, err := kind(t, name, cfg).New(settings)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.Send(t.Context(), notify.Message{ID: "porpoise-1", Event: workflow.AlertFailure, Title: "a failed", Text: "text", Markdown: "text"})
}

// TestWrongSecret has robots refuse what is not signed with their secret.
func TestWrongSecret(t *testing.T) {
	for name, r := range map[workflow.ChannelKind]*notifytest.Robot{
		workflow.ChannelWebhook:  notifytest.NewWebhook(t, "right"),
		workflow.ChannelDingTalk: notifytest.NewDingTalk(t, "right"),
		workflow.ChannelFeishu:   notifytest.NewFeishu(t, "right"),
	} {
		for _, settings := range []map[string]string{{"url": r.URL}, {"url": r.URL, "secret": "wrong"}} {
			if err := send(t, name, local, settings); err == nil {
				t.Errorf("%s: taken with %d settings", name, len(settings))
			}
		}
		if err := send(t, name, local, map[string]string{"url": r.URL, "secret": "right"}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestKnownSignatures compares with values worked out by other means.
func TestKnownSignatures(t *testing.T) {
	// printf '1577262236757\nthis is secret' | openssl dgst -sha256 -hmac 'this is secret' -binary | base64
	if got := robot.SignDingTalk("this is secret", "1577262236757"); got != dingTalkVector {
		t.Errorf("DingTalk %s", got)
	}
	// printf '' | openssl dgst -sha256 -hmac "$(printf '1599360473\ndemo')" -binary | base64
	if got := robot.SignFeishu("demo", "1599360473"); got != feishuVector {
		t.Errorf("Feishu %s", got)
	}
	// printf '1700000000.{}' | openssl dgst -sha256 -hmac key
	if got := robot.SignWebhook("key", "1700000000", []byte("{}")); got != webhookVector {
		t.Errorf("webhook %s", got)
	}
}

// TestMentions checks who is called.
func TestMentions(t *testing.T) {
	d := notifytest.NewDingTalk(t, "")
	if err := send(t, workflow.ChannelDingTalk, local, map[string]string{"url": d.URL, "atMobiles": "13800000000", "atAll": "true", "keyword": "告警"}); err != nil {
		t.Fatal(err)
	}
	raw := string(d.Calls()[0].Raw)
	for _, want := range []string{`"atMobiles":["13800000000"]`, `"isAtAll":true`, "@13800000000", "告警"} {
		if !strings.Contains(raw, want) {
			t.Errorf("no %s in %s", want, raw)
		}
	}
	w := notifytest.NewWeCom(t)
	if err := send(t, workflow.ChannelWeCom, local, map[string]string{"url": w.URL, "mentionedMobiles": "@all"}); err != nil {
		t.Fatal(err)
	}
	if raw := string(w.Calls()[0].Raw); !strings.Contains(raw, `"mentioned_mobile_list":["@all"]`) {
		t.Errorf("sent %s", raw)
	}
}

// TestNowhereElse refuses inner addresses and redirects.
func TestNowhereElse(t *testing.T) {
	inner := notifytest.NewWebhook(t, "")
	err := send(t, workflow.ChannelWebhook, robot.Config{}, map[string]string{"url": inner.URL})
	if _, refused := netguard.Refused(err); !refused || notify.IsUnknown(err) || len(inner.Calls()) != 0 {
		t.Errorf("error %v, %d calls", err, len(inner.Calls()))
	}
	away := httptest.NewServer(http.RedirectHandler(inner.URL, http.StatusTemporaryRedirect))
	t.Cleanup(away.Close)
	if err := send(t, workflow.ChannelWebhook, local, map[string]string{"url": away.URL}); err == nil || notify.IsUnknown(err) || len(inner.Calls()) != 0 {
		t.Errorf("error %v, %d calls behind a redirect", err, len(inner.Calls()))
	}
}

// TestTalkativeAnswers has a webhook take messages with a large answer, and
// with one that breaks off; the status said all.
func TestTalkativeAnswers(t *testing.T) {
	large := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<20)) }))
	t.Cleanup(large.Close)
	cut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		w.WriteHeader(http.StatusOK)
	}))
	t.Cleanup(cut.Close)
	for name, server := range map[string]*httptest.Server{"large": large, "cut": cut} {
		if err := send(t, workflow.ChannelWebhook, local, map[string]string{"url": server.URL}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := send(t, workflow.ChannelFeishu, local, map[string]string{"url": server.URL}); err == nil || notify.IsUnknown(err) != (name == "cut") {
			t.Errorf("%s, of a robot: %v, unknown %v", name, err, notify.IsUnknown(err))
		}
	}
}

// TestUnknownOutcome loses the answer to a message that was taken, and times
// out on one that is never answered.
func TestUnknownOutcome(t *testing.T) {
	r := notifytest.NewWebhook(t, "")
	r.HangUp(func(string) bool { return true })
	if err := send(t, workflow.ChannelWebhook, local, map[string]string{"url": r.URL}); !notify.IsUnknown(err) || len(r.Calls()) != 1 {
		t.Errorf("error %v, %d calls", err, len(r.Calls()))
	}
	if err := sendSlowly(t); !notify.IsUnknown(err) {
		t.Errorf("error %v", err)
	}
	if err := send(t, workflow.ChannelWebhook, local, map[string]string{"url": "http://127.0.0.1:1/"}); err == nil || notify.IsUnknown(err) {
		t.Errorf("nobody listens: %v", err)
	}
}

// sendSlowly gives the error of a message that arrived and was not answered in
// time. What times out before it arrives is sent again, with more time.
func sendSlowly(t *testing.T) (err error) {
	t.Helper()
	arrived, release := make(chan struct{}, 100), make(chan struct{})
	defer close(release)
	slow := notifytest.NewWebhook(t, "")
	slow.Before(func(string) { arrived <- struct{}{}; <-release })
	short := local
	for short.Timeout = 200 * time.Millisecond; len(arrived) == 0; short.Timeout *= 2 {
		err = send(t, workflow.ChannelWebhook, short, map[string]string{"url": slow.URL})
	}
	return err
}

const (
	dingTalkVector = "hmPWwU+7lVdm3ZZz0r9tSfx0L4Q26jWOZr9+Gs6EZQM="
	feishuVector   = "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8="
	webhookVector  = "sha256=9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae"
)
