package dolphin_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// textLogs are logs by attempt. hosts remembers who was asked.
type textLogs struct {
	texts map[int64]string
	hosts []string
	reads int64 // bytes given out
}

func (l *textLogs) Read(_ context.Context, host string, attempt, offset, limit int64, _ bool, w io.Writer) error {
	l.hosts = append(l.hosts, host)
	text, ok := l.texts[attempt]
	if !ok {
		return workflow.Errorf(workflow.Unavailable, "log.unreachable", "the log is on worker %s, which cannot be reached", host)
	}
	text = text[min(int64(len(text)), offset):]
	if limit > 0 {
		text = text[:min(int64(len(text)), limit)]
	}
	for len(text) > 0 {
		n, err := io.WriteString(w, text[:min(len(text), 7)])
		l.reads += int64(n)
		if err != nil {
			return err
		}
		text = text[n:]
	}
	return nil
}

func (l *textLogs) Size(_ context.Context, _ string, attempt int64) (int64, error) {
	return int64(len(l.texts[attempt])), nil
}

// newLogs makes task instances: one with a log, one whose worker is gone, one
// that never ran.
func newLogs(t *testing.T, text string) (*flows, *textLogs, []workflow.TaskInstance) {
	f := newFlows(t)
	id := f.online("flow", oneTask)
	_, tasks := f.run(workflow.Instance{DefinitionID: id, State: workflow.Running},
		workflow.TaskInstance{Task: "a", Kind: workflow.KindShell, State: workflow.Running, Host: "10.0.0.1:1234"},
		workflow.TaskInstance{Task: "b", Kind: workflow.KindShell, State: workflow.Lost, Host: "10.0.0.2:1234"},
		workflow.TaskInstance{Task: "c", Kind: workflow.KindShell, State: workflow.Submitted})
	logs := &textLogs{texts: map[int64]string{tasks[0].ID: text}}
	f.uc.Logs = logs
	return f, logs, tasks
}

func (f *flows) log(id int64, skip, limit int) reply {
	f.t.Helper()
	return f.call(f.asUser, http.MethodGet, "/log/detail", "taskInstanceId", fmt.Sprint(id), "skipLineNum", fmt.Sprint(skip), "limit", fmt.Sprint(limit))
}

func TestLogPages(t *testing.T) {
	var text strings.Builder
	for i := range 100 {
		fmt.Fprintf(&text, "line %d <&>\r\n", i)
	}
	f, logs, tasks := newLogs(t, text.String()+"unfinished")
	page := func(skip, limit int, want ...string) {
		t.Helper()
		if got := into[string](t, f.log(tasks[0].ID, skip, limit)); got != strings.Join(want, "\r\n") {
			t.Errorf("from %d, %d lines: %q, want %q", skip, limit, got, want)
		}
	}
	page(0, 2, "line 0 <&>", "line 1 <&>")
	page(2, 2, "line 2 <&>", "line 3 <&>")
	page(98, 10, "line 98 <&>", "line 99 <&>", "unfinished")
	page(1, 1, "line 1 <&>")
	page(101, 10)
	page(5000, 10)
	page(0, 0)
	if logs.hosts[0] != "10.0.0.1:1234" {
		t.Errorf("asked %v", logs.hosts)
	}
	page(0, 2, "line 0 <&>", "line 1 <&>")
	before := logs.reads
	page(2, 1, "line 2 <&>")
	if again := logs.reads - before; again > 40 {
		t.Errorf("the next page read %d bytes", again)
	}
}

func TestLogRefusals(t *testing.T) {
	f, _, tasks := newLogs(t, "x\n")
	r := f.log(tasks[1].ID, 0, 10)
	r.is(t, 200, status.QueryTaskInstanceLogError)
	contains(t, r.Msg, "view task instance log error", "10.0.0.2:1234")
	f.log(tasks[2].ID, 0, 10).is(t, 200, status.TaskInstanceNotFound)
	f.log(99999, 0, 10).is(t, 200, status.TaskInstanceNotFound)
	f.log(tasks[0].ID, -1, 10).is(t, 200, status.QueryTaskInstanceLogError)
	f.log(tasks[0].ID, 0, -1).is(t, 200, status.QueryTaskInstanceLogError)
	stranger := f.user("zoe", workflow.RoleGeneral)
	f.asUser = token(f.token(stranger.ID))
	f.log(tasks[0].ID, 0, 10).is(t, 200, status.UserNoOperationProjectPerm)
}

func TestLogDownload(t *testing.T) {
	f, _, tasks := newLogs(t, "one\ntwo\xff\n")
	download := func(id int64) reply {
		return f.call(f.asUser, http.MethodGet, "/log/download-log", "taskInstanceId", fmt.Sprint(id))
	}
	r := download(tasks[0].ID)
	if r.HTTP != 200 || string(r.Body) != "one\ntwo\xff\n" || !strings.HasPrefix(r.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("answered %d %v %q", r.HTTP, r.Header, r.Body)
	}
	r = download(tasks[1].ID)
	r.is(t, 200, status.DownloadTaskInstanceLogFileError)
	contains(t, r.Msg, "10.0.0.2:1234")
	download(tasks[2].ID).is(t, 200, status.DownloadTaskInstanceLogFileError)
	download(99999).is(t, 200, status.DownloadTaskInstanceLogFileError)
}
