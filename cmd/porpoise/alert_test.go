package main

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/notify/notifytest"
	"github.com/porpoise-scheduler/porpoise/pkg/secret"
)

// porpoise runs the program with arguments and a standard input.
func porpoise(t *testing.T, in string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(strings.NewReader(in))
	root.SetOut(&out)
	root.SetErr(&out)
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

// installation is a migrated database with a key.
func installation(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	if _, err := secret.LoadOrCreate(filepath.Join(dir, "secret.key")); err != nil {
		t.Fatal(err)
	}
	if out, err := porpoise(t, "", "migrate", "up", "--database", standaloneDatabase(dir)); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	return []string{"--data-dir", dir}
}

// TestAlertChannels goes through the life of a channel.
func TestAlertChannels(t *testing.T) {
	here := installation(t)
	robot := notifytest.NewDingTalk(t, "SEC-hidden")
	t.Setenv("DING_URL", robot.URL)
	run := func(in string, args ...string) string {
		t.Helper()
		out, err := porpoise(t, in, append(append([]string{"alert"}, args...), here...)...)
		if err != nil {
			t.Fatalf("%v: %v", args, err)
		}
		if strings.Contains(out, "SEC-hidden") || strings.Contains(out, "t0ken") {
			t.Errorf("%v tells a secret: %s", args, out)
		}
		return out
	}
	run("SEC-hidden\n", "channel", "add", "ding", "--kind", "dingtalk", "--groups", "default admin warning group",
		"--set-env", "url=DING_URL", "--set", "secret=-", "--set", "atAll=true", "--description", "the night shift")
	list := run("", "channel", "list")
	for _, want := range []string{"ding", "DINGTALK", "true", "default admin warning group", "atAll,secret,url", "the night shift"} {
		if !strings.Contains(list, want) {
			t.Errorf("no %q in %s", want, list)
		}
	}
	run("", "channel", "test", "ding", "--alert-allow-loopback", "--alert-language", "zh")
	if calls := robot.Calls(); len(calls) != 1 || !strings.Contains(string(calls[0].Raw), "告警渠道测试") {
		t.Errorf("calls %+v", calls)
	}
	run("", "channel", "set", "ding", "--unset", "atAll", "--enabled=false")
	if list := run("", "channel", "list"); !strings.Contains(list, "false") || strings.Contains(list, "atAll") {
		t.Errorf("listed %s", list)
	}
	if out := run("", "deliveries", "--state", "failed"); !strings.Contains(out, "LAST ERROR") {
		t.Errorf("deliveries %s", out)
	}
	run("", "channel", "remove", "1")
	if list := run("", "channel", "list"); strings.Contains(list, "ding") {
		t.Errorf("listed %s", list)
	}
}

// TestAlertChannelRefusals checks that bad input is told and changes nothing.
func TestAlertChannelRefusals(t *testing.T) {
	here := installation(t)
	for want, args := range map[string][]string{
		"no kind of channel":   {"channel", "add", "x", "--kind", "PIGEON"},
		"url is missing":       {"channel", "add", "x", "--kind", "SLACK"},
		"colour is not known":  {"channel", "add", "x", "--kind", "SLACK", "--set", "url=https://hooks.slack.com/x", "--set", "colour=red"},
		"no alert group":       {"channel", "add", "x", "--kind", "SLACK", "--set", "url=https://hooks.slack.com/x", "--groups", "nobody"},
		"name=value":           {"channel", "add", "x", "--kind", "SLACK", "--set", "url"},
		"a variable that is":   {"channel", "add", "x", "--kind", "SLACK", "--set-env", "url=NO_SUCH_VARIABLE"},
		"no channel":           {"channel", "set", "x", "--enabled=false"},
		"there is no channel":  {"channel", "remove", "x"},
		"pending, sent or":     {"deliveries", "--state", "lost"},
		"alert-script-dir":     {"channel", "add", "x", "--kind", "SCRIPT", "--set", "script=a.sh"},
		"setting external-url": {"channel", "list", "--external-url", "porpoise"},
		"setting mail-from":    {"channel", "list", "--mail-host", "mail.example.com"},
		"accepts 1 arg":        {"channel", "test"},
	} {
		out, err := porpoise(t, "", append(append([]string{"alert"}, args...), here...)...)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q; %s", args, err, want, out)
		}
	}
	out, err := porpoise(t, "", append([]string{"alert", "channel", "list"}, here...)...)
	if err != nil || strings.Count(out, "\n") != 1 {
		t.Errorf("%v: %s", err, out)
	}
	if _, err := porpoise(t, "", "alert", "channel", "list", "--data-dir", t.TempDir()); err == nil || !strings.Contains(err.Error(), "secret.key does not exist") {
		t.Errorf("without a key: %v", err)
	}
}

// TestAlertOptions checks what masters are told wrong.
func TestAlertOptions(t *testing.T) {
	for want, args := range map[string][]string{
		"setting alert-time-zone":  {"--alert-time-zone", "Mars/North"},
		"setting alert-language":   {"--alert-language", "fr"},
		"setting alert-timeout":    {"--alert-timeout", "1ms"},
		"setting alert-script-dir": {"--alert-script-dir", "/no/such/folder"},
		"mail-user is set":         {"--mail-host", "h", "--mail-from", "a@example.com", "--mail-user", "u"},
		"mail-password-file":       {"--mail-host", "h", "--mail-password-file", "/no/such/file"},
	} {
		_, err := porpoise(t, "", append([]string{"standalone", "--data-dir", t.TempDir(), "--listen", "127.0.0.1:0"}, args...)...)
		if err == nil || errors.Is(err, t.Context().Err()) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", args, err)
		}
	}
}
