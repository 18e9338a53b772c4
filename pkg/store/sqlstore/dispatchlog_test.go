package sqlstore

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// TestLoggedTasksAreReadAsWritten holds the writer of attempts in the log to
// their reader, whatever the texts.
func TestLoggedTasksAreReadAsWritten(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)
	for _, text := range []string{"", "plain", `"quoted"`, `back\slash`, "line\nline\ttab\x00", "数据 🐬", "</script>\u2028", "a'b", strings.Repeat("x", 5000)} {
		want := workflow.TaskInstance{
			ID: 1, InstanceID: 2, ProjectID: 3, DefinitionID: 4, Task: text, TaskCode: -5, Kind: workflow.Kind(text), State: workflow.Dispatched,
			Reason: text, Attempt: 6, Retry: 7, Current: true, Priority: workflow.Medium, WorkerGroup: text, WorkerID: text, Host: text, Epoch: 8,
			Deadline: at, SubmitTime: at, StartTime: at, EndTime: at, ExitCode: -9, PID: 10, AppLink: text, LogPath: text, WorkDir: text,
			Vars: map[string]string{"k" + text: text}, Branch: []string{text}, ChildID: 11, Dependency: text, Warned: true, Force: true, UpdateTime: at,
		}
		for _, want := range []workflow.TaskInstance{want, {Task: text}, {}} {
			var got loggedTask
			if err := json.Unmarshal(appendLogged(nil, &want), &got); err != nil {
				t.Fatalf("%q: %v in %s", text, err, appendLogged(nil, &want))
			}
			if got := got.taskInstance(); !reflect.DeepEqual(got, want) {
				t.Errorf("%q: got %+v, want %+v", text, got, want)
			}
		}
	}
}
