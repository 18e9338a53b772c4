package sqlstore

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// TestLoggedTasksAreReadAsWritten holds the writer of entries of the log to
// their reader, whatever the texts and whatever stands before an attempt.
func TestLoggedTasksAreReadAsWritten(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)
	for _, text := range []string{"", "plain", `"quoted"`, `back\slash`, "line\nline\ttab\x00", "数据 🐬", "</script>\u2028", "a'b", strings.Repeat("x", 5000)} {
		full := workflow.TaskInstance{
			ID: 1, InstanceID: 2, ProjectID: 3, DefinitionID: 4, Task: text, TaskCode: -5, Kind: workflow.Kind(text), State: workflow.Dispatched,
			Reason: text, Attempt: 6, Retry: 7, Current: true, Priority: workflow.Medium, WorkerGroup: text, WorkerID: text, Host: text, Epoch: 8,
			Deadline: at, SubmitTime: at, StartTime: at, EndTime: at, ExitCode: -9, PID: 10, AppLink: text, LogPath: text, WorkDir: text,
			Vars: map[string]string{"k" + text: text}, Branch: []string{text}, ChildID: 11, Dependency: text, Warned: true, Force: true, UpdateTime: at,
		}
		next := full
		next.ID, next.Vars, next.Branch = 2, map[string]string{"other": text}, []string{}
		want := []workflow.TaskInstance{full, {Task: text}, {}, full, full, next, {}}
		written := encoded(want)
		logged, err := decodeLogEntry(written)
		if err != nil {
			t.Fatalf("%q: %v in %s", text, err, written)
		}
		var got []workflow.TaskInstance
		for _, l := range logged {
			got = append(got, l.taskInstance())
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %+v, want %+v", text, got, want)
		}
	}
}

// encoded is what a database without literals of its own is given.
func encoded(list []workflow.TaskInstance) string {
	r := rowset{dialect: dialect{mysql: true}}
	encodeLogEntry(&r, &store.LogEntry{Shard: 1, Seq: 1, Tasks: list})
	return r.args[0].(string)
}

// Times are as exact as those of rows, so that attempts of one moment share
// them.
func TestLoggedTasksSayWhatDiffers(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678_111_222, time.UTC)
	list := make([]workflow.TaskInstance, 100)
	for i := range list {
		list[i] = workflow.TaskInstance{ID: int64(i), InstanceID: 7, Task: "task", WorkerID: "worker-1", SubmitTime: at.Add(time.Duration(i))}
	}
	if written := encoded(list); len(written) > 20*len(list) {
		t.Errorf("%d bytes for %d attempts: %.300s", len(written), len(list), written)
	}
}

// Entries that a build before this one wrote are read.
func TestEarlierLogEntries(t *testing.T) {
	list, err := decodeLogEntry(`[{"id":1,"t":"a","w":"w1","sub":"2026-01-02T03:04:05.678999Z"},{"id":2,"t":"b"}]`)
	if err != nil {
		t.Fatal(err)
	}
	want := []workflow.TaskInstance{
		{ID: 1, Task: "a", WorkerID: "w1", SubmitTime: time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)}, {ID: 2, Task: "b"},
	}
	for i := range want {
		if got := list[i].taskInstance(); !reflect.DeepEqual(got, want[i]) {
			t.Errorf("got %+v, want %+v", got, want[i])
		}
	}
}
