package wording

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/engine"
	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func writer(t *testing.T, cfg Config) *Writer {
	t.Helper()
	w, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// subject is a failed instance with two tasks.
func subject(kind workflow.AlertKind) notify.Subject {
	start := time.Date(2026, 5, 1, 16, 0, 0, 0, time.UTC)
	end := start.Add(90 * time.Second)
	f := engine.Facts{
		Event: "failed", Workflow: "daily", InstanceID: 42, Instance: "daily-3-1", State: workflow.Failed, Reason: "task load failed: exit 1",
		Command: "SCHEDULE", RunTimes: 2, Recovered: true, Master: "m1", StartTime: &start, EndTime: &end, ScheduleTime: &start, Cc: "boss@example.com",
		Tasks: []engine.TaskFacts{
			{ID: 7, Task: "load", Kind: workflow.KindShell, State: workflow.Failed, Reason: "exit 1", Host: "w1:1234", LogPath: "/logs/7.log", StartTime: &start, EndTime: &end},
			{ID: 8, Task: "next", Kind: workflow.KindShell, State: workflow.Killed},
		},
		MoreTasks: 3,
	}
	return notify.Subject{DeliveryID: "porpoise-5", Project: "sales", Alert: workflow.Alert{ID: 9, Kind: kind, ProjectID: 2, InstanceID: 42, Content: f.JSON(), CreateTime: end}}
}

func write(t *testing.T, w *Writer, s notify.Subject) notify.Message {
	t.Helper()
	m, err := w.Write(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestFailure(t *testing.T) {
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	for language, want := range map[string]struct {
		title string
		parts []string
	}{
		"en": {"[sales] daily-3-1 failed", []string{"Workflow: daily", "State: failed", "Started by: its schedule", "Duration: 1m30s", "- 7 | load | SHELL | failed | exit 1", "and 3 more", "rerun the instance"}},
		"zh": {"[sales] daily-3-1 运行失败", []string{"工作流：daily", "状态：失败", "运行类型：定时调度", "运行时长：1m30s", "- 7 | load | SHELL | 失败 | exit 1", "另有 3 个", "恢复运行"}},
	} {
		w := writer(t, Config{Language: language, Zone: shanghai, ExternalURL: "https://porpoise.example.com/"})
		m := write(t, w, subject(workflow.AlertFailure))
		if m.Title != want.title || m.ID != "porpoise-5" || m.AlertID != 9 {
			t.Errorf("%s: %+v", language, m)
		}
		for _, part := range append(want.parts, "2026-05-02 00:00:00 +08:00", "https://porpoise.example.com/dolphinscheduler/ui/#/projects/instance/list/42") {
			if !strings.Contains(m.Text, part) {
				t.Errorf("%s: no %q in\n%s", language, part, m.Text)
			}
		}
		if strings.Count(m.HTML, "<tr>") != 3 || !strings.Contains(m.HTML, "<td>w1:1234</td>") || !strings.Contains(m.HTML, "porpoise-5") {
			t.Errorf("%s: mail %s", language, m.HTML)
		}
		if !strings.Contains(m.Markdown, "(https://porpoise.example.com/dolphinscheduler/ui/#/projects/instance/list/42)") {
			t.Errorf("%s: markdown %s", language, m.Markdown)
		}
	}
}

func TestSuccessIsAListOfFacts(t *testing.T) {
	s := subject(workflow.AlertSuccess)
	var f engine.Facts
	if err := json.Unmarshal([]byte(s.Alert.Content), &f); err != nil {
		t.Fatal(err)
	}
	f.Tasks, f.MoreTasks, f.State, f.Reason = nil, 0, workflow.Succeeded, ""
	s.Alert.Content = f.JSON()
	m := write(t, writer(t, Config{}), s)
	if strings.Contains(m.HTML, "<table") || !strings.Contains(m.HTML, "<li>State: succeeded</li>") || m.Link != "" || strings.Contains(m.HTML, "href") {
		t.Errorf("mail %s", m.HTML)
	}
}

// TestForeignText puts markup where users may write.
func TestForeignText(t *testing.T) {
	s := subject(workflow.AlertFailure)
	f := engine.Facts{Workflow: "<script>alert(1)</script>", Instance: "a[x](http://evil.example)", Reason: "one\r\nBcc: v@example.com <at id=all>"}
	s.Alert.Content = f.JSON()
	m := write(t, writer(t, Config{}), s)
	for name, text := range map[string]string{"mail": m.HTML, "markdown": m.Markdown} {
		for _, bad := range []string{"<script>alert", "[x](http", "<at id"} {
			if name == "mail" && bad == "[x](http" {
				continue // means nothing there
			}
			if strings.Contains(text, bad) {
				t.Errorf("%s has %s:\n%s", name, bad, text)
			}
		}
	}
	if strings.ContainsAny(m.Title, "\r\n") {
		t.Errorf("title %q", m.Title)
	}
}

// TestEveryKind writes every kind of alert in every language, with facts and
// without.
func TestEveryKind(t *testing.T) {
	kinds := []workflow.AlertKind{workflow.AlertSuccess, workflow.AlertFailure, workflow.AlertTimeout, workflow.AlertFailover, workflow.AlertNoStart,
		workflow.AlertHold, workflow.AlertMissed, workflow.AlertPoison, workflow.AlertTaskError, notify.EventTest}
	for _, language := range Languages() {
		w := writer(t, Config{Language: language})
		for _, kind := range kinds {
			for _, content := range []string{subject(kind).Alert.Content, `{"scheduleId":5,"skipped":{"count":3,"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z"}}`, "{}"} {
				s := subject(kind)
				s.Alert.Content, s.Alert.TaskID, s.Alert.Title = content, 7, "no phrase"
				m := write(t, w, s)
				if m.Title == "[sales] no phrase" || strings.Contains(m.Text, "label.") || strings.Contains(m.HTML, "column.") {
					t.Errorf("%s %s: %q\n%s", language, kind, m.Title, m.Text)
				}
			}
		}
	}
}

// TestLanguagesSayTheSame compares the sets of phrases.
func TestLanguagesSayTheSame(t *testing.T) {
	names := map[string][]string{}
	for _, language := range Languages() {
		for _, p := range writer(t, Config{Language: language}).phrases.Templates() {
			if strings.Contains(p.Name(), ".") && !strings.HasSuffix(p.Name(), ".tmpl") {
				names[language] = append(names[language], p.Name())
			}
		}
		slices.Sort(names[language])
	}
	if !slices.Equal(names["en"], names["zh"]) || len(names["en"]) < 50 {
		t.Errorf("en %v\nzh %v", names["en"], names["zh"])
	}
	for _, s := range append(slices.Clone(workflow.InstanceStates), workflow.TaskStates...) {
		if !slices.Contains(names["en"], "state."+string(s)) {
			t.Errorf("no word for %s", s)
		}
	}
}

func TestFactsForPrograms(t *testing.T) {
	m := write(t, writer(t, Config{}), subject(workflow.AlertFailure))
	var got map[string]any
	if err := json.Unmarshal(m.Facts, &got); err != nil {
		t.Fatal(err)
	}
	if got["project"] != "sales" || got["instanceId"] != 42.0 || got["cc"] != nil || len(got["tasks"].([]any)) != 2 {
		t.Errorf("facts %s", m.Facts)
	}
}

func TestSettings(t *testing.T) {
	for field, cfg := range map[string]Config{"alert-language": {Language: "fr"}, "external-url": {ExternalURL: "javascript:alert(1)"}} {
		if _, err := New(cfg); err == nil || !strings.HasPrefix(err.Error(), field+":") {
			t.Errorf("%s: %v", field, err)
		}
	}
	w := writer(t, Config{ExternalURL: "https://ui.example.com/p/{project}/i/{instance}"})
	if m := write(t, w, subject(workflow.AlertFailure)); m.Link != "https://ui.example.com/p/2/i/42" {
		t.Errorf("link %s", m.Link)
	}
}
