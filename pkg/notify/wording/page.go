package wording

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/porpoise-scheduler/porpoise/pkg/engine"
	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// page is what layouts show.
type page struct {
	Language, Title           string
	Colon                     string
	Fields                    []field
	Table                     *table
	AdviceLabel, Advice       string
	LinkLabel, Link           string
	DeliveryLabel, DeliveryID string
}

type field struct{ Label, Value string }

// table is the list of tasks an alert is about.
type table struct {
	Title string
	Head  []string
	Rows  [][]string
	More  string
}

// headline is what titles are made of.
type headline struct {
	Subject, Instance, Task string
	Count                   int
}

// maxReason is how much of one reason is told; the rest is in the log.
const maxReason = 300

func (w *Writer) page(s notify.Subject, f *engine.Facts) page {
	h := headline{Subject: w.subject(f), Instance: f.Instance}
	if s.Alert.TaskID != 0 && len(f.Tasks) > 0 {
		h.Task = f.Tasks[0].Task
	}
	if f.Skipped != nil {
		h.Count = f.Skipped.Count
	}
	kind := string(s.Alert.Kind)
	p := page{
		Language: w.cfg.Language, Title: oneLine(w.phrase("title."+kind, h, s.Alert.Title)), Colon: w.say("label.colon"),
		Fields: w.fields(s, f), Table: w.table(f),
		AdviceLabel: w.say("label.todo"), Advice: w.phrase("advice."+kind, h, ""),
		LinkLabel: w.say("label.open"), Link: w.link(s.Alert.ProjectID, f.InstanceID),
		DeliveryLabel: w.say("label.delivery"), DeliveryID: s.DeliveryID,
	}
	if s.Project != "" {
		p.Title = "[" + oneLine(s.Project) + "] " + p.Title
	}
	return p
}

// subject is what an alert is about that may have no instance.
func (w *Writer) subject(f *engine.Facts) string {
	switch {
	case f.Instance != "":
		return f.Instance
	case f.Workflow != "":
		return w.phrase("subject.workflow", f.Workflow, f.Workflow)
	case f.ScheduleID != 0:
		return w.phrase("subject.schedule", f.ScheduleID, "")
	}
	return w.phrase("subject.command", f.CommandID, "")
}

func (w *Writer) fields(s notify.Subject, f *engine.Facts) []field {
	var out []field
	add := func(name, value string) {
		if value != "" {
			out = append(out, field{w.say("label." + name), value})
		}
	}
	add("project", s.Project)
	add("workflow", f.Workflow)
	add("instance", f.Instance)
	add("id", number(f.InstanceID))
	add("state", w.state(f.State))
	add("reason", shortened(f.Reason))
	add("command", w.phrase("command."+f.Command, nil, f.Command))
	add("run", number(int64(f.RunTimes)))
	if f.Recovered {
		add("recovered", w.say("yes"))
	}
	add("schedule", number(f.ScheduleID))
	add("scheduleTime", w.at(f.ScheduleTime))
	add("start", w.at(f.StartTime))
	add("end", w.at(f.EndTime))
	add("duration", duration(f.StartTime, f.EndTime))
	add("commandId", number(f.CommandID))
	if f.Skipped != nil {
		add("skipped", number(int64(f.Skipped.Count)))
		add("from", w.at(&f.Skipped.From))
		add("to", w.at(&f.Skipped.To))
	}
	add("master", f.Master)
	return out
}

func (w *Writer) table(f *engine.Facts) *table {
	if len(f.Tasks) == 0 {
		return nil
	}
	t := &table{Title: w.say("label.tasks")}
	for _, column := range []string{"id", "task", "kind", "state", "reason", "start", "end", "host", "log"} {
		t.Head = append(t.Head, w.say("column."+column))
	}
	for _, task := range f.Tasks {
		t.Rows = append(t.Rows, []string{
			number(task.ID), task.Task, string(task.Kind), w.state(task.State), shortened(task.Reason),
			w.at(task.StartTime), w.at(task.EndTime), task.Host, task.LogPath,
		})
	}
	if f.MoreTasks > 0 {
		t.More = w.phrase("more", f.MoreTasks, "")
	}
	return t
}

func (w *Writer) state(s workflow.State) string {
	if s == "" {
		return ""
	}
	return w.phrase("state."+string(s), nil, string(s))
}

// say gives a phrase that depends on nothing.
func (w *Writer) say(name string) string { return w.phrase(name, nil, name) }

// phrase fills a phrase; what there is no phrase for is told as otherwise.
func (w *Writer) phrase(name string, about any, otherwise string) string {
	t := w.phrases.Lookup(name)
	if t == nil {
		return otherwise
	}
	var out strings.Builder
	if err := t.Execute(&out, about); err != nil {
		return otherwise
	}
	return out.String()
}

func (w *Writer) at(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.In(w.cfg.Zone).Format("2006-01-02 15:04:05 -07:00")
}

func duration(start, end *time.Time) string {
	if start == nil || end == nil || end.Before(*start) {
		return ""
	}
	return end.Sub(*start).Round(time.Millisecond).String()
}

func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// shortened keeps the beginning of a long reason, on one line.
func shortened(s string) string {
	s = oneLine(s)
	if r := []rune(s); len(r) > maxReason {
		return string(r[:maxReason]) + "…"
	}
	return s
}

func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }), " ")
}
