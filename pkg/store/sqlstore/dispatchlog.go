package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// dispatchLog is how entries of the log of dispatches are written.
var dispatchLog = table{name: "dispatch_log", columns: []string{"shard", "seq", "tasks"}, clash: keep}

func encodeLogEntry(r *rowset, e *store.LogEntry) {
	r.int(int64(e.Shard))
	r.int(e.Seq)
	list := make([]loggedTask, len(e.Tasks))
	for i := range e.Tasks {
		list[i] = loggedTask(e.Tasks[i])
	}
	r.text(encodeJSON(list))
}

// loggedTask is an attempt in an entry, with short names for what most have.
type loggedTask struct {
	ID           int64             `json:"id"`
	InstanceID   int64             `json:"i"`
	ProjectID    int64             `json:"p,omitempty"`
	DefinitionID int64             `json:"d,omitempty"`
	Task         string            `json:"t,omitempty"`
	TaskCode     int64             `json:"c,omitempty"`
	Kind         workflow.Kind     `json:"k,omitempty"`
	State        workflow.State    `json:"s,omitempty"`
	Reason       string            `json:"reason,omitempty"`
	Attempt      int               `json:"n,omitempty"`
	Retry        int               `json:"retry,omitempty"`
	Current      bool              `json:"cur,omitempty"`
	Priority     workflow.Priority `json:"prio,omitempty"`
	WorkerGroup  string            `json:"g,omitempty"`
	WorkerID     string            `json:"w,omitempty"`
	Host         string            `json:"h,omitempty"`
	Epoch        int64             `json:"e,omitempty"`
	Deadline     time.Time         `json:"deadline,omitzero"`
	SubmitTime   time.Time         `json:"sub,omitzero"`
	StartTime    time.Time         `json:"start,omitzero"`
	EndTime      time.Time         `json:"end,omitzero"`
	ExitCode     int               `json:"exit,omitempty"`
	PID          int               `json:"pid,omitempty"`
	AppLink      string            `json:"app,omitempty"`
	LogPath      string            `json:"log,omitempty"`
	WorkDir      string            `json:"dir,omitempty"`
	Vars         map[string]string `json:"vars,omitempty"`
	Branch       []string          `json:"branch,omitempty"`
	ChildID      int64             `json:"child,omitempty"`
	Dependency   string            `json:"dep,omitempty"`
	Warned       bool              `json:"warned,omitempty"`
	Force        bool              `json:"force,omitempty"`
	UpdateTime   time.Time         `json:"u,omitzero"`
}

// taskInstance gives the attempt as a row would: times in milliseconds of UTC.
func (l loggedTask) taskInstance() workflow.TaskInstance {
	t := workflow.TaskInstance(l)
	for _, at := range []*time.Time{&t.Deadline, &t.SubmitTime, &t.StartTime, &t.EndTime, &t.UpdateTime} {
		*at = at.UTC().Truncate(time.Millisecond)
	}
	return t
}

// writeLog adds to the logs of dispatches and takes away from them.
func (s scheduling) writeLog(ctx context.Context, tx querier, b *store.Batch) error {
	if err := upsert(ctx, tx, s.db.dialect, dispatchLog, b.Log, encodeLogEntry); err != nil {
		return err
	}
	for _, m := range b.Forget {
		if _, err := tx.ExecContext(ctx, "DELETE FROM dispatch_log WHERE shard = ? AND seq <= ?", m.Shard, m.Seq); err != nil {
			return err
		}
	}
	return nil
}

// withLogged adds the attempts of the shard's open instances that have no row
// yet.
func (s scheduling) withLogged(ctx context.Context, shard int, st *store.ShardState) error {
	type entry struct {
		seq   int64
		tasks []loggedTask
	}
	entries, err := query(ctx, s.db.read, func(row scanner) (e entry, err error) {
		var text string
		if err := row.Scan(&e.seq, &text); err != nil {
			return e, err
		}
		if err := decodeJSON(text, &e.tasks); err != nil {
			return e, fmt.Errorf("log of dispatches, entry %d: %w", e.seq, err)
		}
		return e, nil
	}, "SELECT seq, tasks FROM dispatch_log WHERE shard = ? ORDER BY seq", shard)
	if err != nil || len(entries) == 0 {
		return mapError(err, "dispatch")
	}
	st.LastEntry = entries[len(entries)-1].seq
	open := map[int64]bool{}
	for i := range st.Instances {
		open[st.Instances[i].ID] = true
	}
	missing := map[int64]workflow.TaskInstance{}
	for _, e := range entries {
		for _, t := range e.tasks {
			if open[t.InstanceID] {
				missing[t.ID] = t.taskInstance()
				st.Logged = append(st.Logged, t.ID)
			}
		}
	}
	written, err := byIDsAll(ctx, s.db.read, scanID, "SELECT id FROM task_instance WHERE id", st.Logged)
	if err != nil {
		return mapError(err, "task instance")
	}
	for _, id := range written {
		delete(missing, id)
	}
	st.Logged = slices.DeleteFunc(st.Logged, func(id int64) bool {
		t, is := missing[id]
		if is {
			st.Tasks = append(st.Tasks, t)
		}
		return !is
	})
	slices.SortFunc(st.Tasks, func(a, b workflow.TaskInstance) int { return cmp.Compare(a.ID, b.ID) })
	return nil
}
