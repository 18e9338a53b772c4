package sqlstore

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// dispatchLog is how entries of the log of dispatches are written.
var dispatchLog = table{name: "dispatch_log", columns: []string{"shard", "seq", "tasks"}, clash: keep}

// encodeLogEntry writes an entry's attempts as logEntry is read: each says how
// it differs from the one before it, which leaves a fifth of what they are.
func encodeLogEntry(r *rowset, e *store.LogEntry) {
	r.int(int64(e.Shard))
	r.int(e.Seq)
	text := append(make([]byte, 0, 256+64*len(e.Tasks)), `{"tasks":[`...)
	before := &workflow.TaskInstance{}
	for i := range e.Tasks {
		if i > 0 {
			text = append(text, ',')
		}
		text = appendLogged(text, before, &e.Tasks[i])
		before = &e.Tasks[i]
	}
	r.text(string(append(text, "]}"...)))
}

// logEntry is an entry of the log. Entries of a build before this one are lists
// of loggedTask, each complete.
type logEntry struct {
	Tasks []json.RawMessage `json:"tasks"`
}

// decodeLogEntry reads an entry.
func decodeLogEntry(text string) ([]loggedTask, error) {
	if strings.HasPrefix(text, "[") {
		var list []loggedTask
		return list, decodeJSON(text, &list)
	}
	var e logEntry
	if err := decodeJSON(text, &e); err != nil {
		return nil, err
	}
	list := make([]loggedTask, len(e.Tasks))
	var before loggedTask
	for i, raw := range e.Tasks {
		before.Vars, before.Branch = nil, nil // written whole
		if err := json.Unmarshal(raw, &before); err != nil {
			return nil, err
		}
		list[i] = before
	}
	return list, nil
}

// loggedTask is an attempt in an entry, with short names for what most have.
type loggedTask struct {
	ID           int64             `json:"id"`
	InstanceID   int64             `json:"i"`
	ProjectID    int64             `json:"p"`
	DefinitionID int64             `json:"d"`
	Task         string            `json:"t"`
	TaskCode     int64             `json:"c"`
	Kind         workflow.Kind     `json:"k"`
	State        workflow.State    `json:"s"`
	Reason       string            `json:"reason"`
	Attempt      int               `json:"n"`
	Retry        int               `json:"retry"`
	Current      bool              `json:"cur"`
	Priority     workflow.Priority `json:"prio"`
	WorkerGroup  string            `json:"g"`
	WorkerID     string            `json:"w"`
	Host         string            `json:"h"`
	Epoch        int64             `json:"e"`
	Deadline     time.Time         `json:"deadline"`
	SubmitTime   time.Time         `json:"sub"`
	StartTime    time.Time         `json:"start"`
	EndTime      time.Time         `json:"end"`
	ExitCode     int               `json:"exit"`
	PID          int               `json:"pid"`
	AppLink      string            `json:"app"`
	LogPath      string            `json:"log"`
	WorkDir      string            `json:"dir"`
	Vars         map[string]string `json:"vars"`
	Branch       []string          `json:"branch"`
	ChildID      int64             `json:"child"`
	Dependency   string            `json:"dep"`
	Warned       bool              `json:"warned"`
	Force        bool              `json:"force"`
	UpdateTime   time.Time         `json:"u"`
}

// appendLogged writes how an attempt differs from the one before it, as
// loggedTask is read. It is written for every task, which encoding/json would
// make a twentieth of a master's work.
func appendLogged(b []byte, before, t *workflow.TaskInstance) []byte {
	o := object{append(b, '{')}
	o.int("id", before.ID, t.ID)
	o.int("i", before.InstanceID, t.InstanceID)
	o.int("p", before.ProjectID, t.ProjectID)
	o.int("d", before.DefinitionID, t.DefinitionID)
	o.text("t", before.Task, t.Task)
	o.int("c", before.TaskCode, t.TaskCode)
	o.text("k", string(before.Kind), string(t.Kind))
	o.text("s", string(before.State), string(t.State))
	o.text("reason", before.Reason, t.Reason)
	o.int("n", int64(before.Attempt), int64(t.Attempt))
	o.int("retry", int64(before.Retry), int64(t.Retry))
	o.bool("cur", before.Current, t.Current)
	o.int("prio", int64(before.Priority), int64(t.Priority))
	o.text("g", before.WorkerGroup, t.WorkerGroup)
	o.text("w", before.WorkerID, t.WorkerID)
	o.text("h", before.Host, t.Host)
	o.int("e", before.Epoch, t.Epoch)
	o.time("deadline", before.Deadline, t.Deadline)
	o.time("sub", before.SubmitTime, t.SubmitTime)
	o.time("start", before.StartTime, t.StartTime)
	o.time("end", before.EndTime, t.EndTime)
	o.int("exit", int64(before.ExitCode), int64(t.ExitCode))
	o.int("pid", int64(before.PID), int64(t.PID))
	o.text("app", before.AppLink, t.AppLink)
	o.text("log", before.LogPath, t.LogPath)
	o.text("dir", before.WorkDir, t.WorkDir)
	if len(t.Vars) > 0 {
		o.json("vars", t.Vars)
	}
	if t.Branch != nil {
		o.json("branch", t.Branch)
	}
	o.int("child", before.ChildID, t.ChildID)
	o.text("dep", before.Dependency, t.Dependency)
	o.bool("warned", before.Warned, t.Warned)
	o.bool("force", before.Force, t.Force)
	o.time("u", before.UpdateTime, t.UpdateTime)
	return append(o.b, '}')
}

// object is a JSON object under construction, of what has changed.
type object struct{ b []byte }

func (o *object) name(name string) {
	if o.b[len(o.b)-1] != '{' {
		o.b = append(o.b, ',')
	}
	o.b = append(append(append(o.b, '"'), name...), '"', ':')
}

func (o *object) int(name string, before, v int64) {
	if v != before {
		o.name(name)
		o.b = strconv.AppendInt(o.b, v, 10)
	}
}

func (o *object) bool(name string, before, v bool) {
	if v != before {
		o.name(name)
		o.b = strconv.AppendBool(o.b, v)
	}
}

// time writes a time as exactly as a row has it.
func (o *object) time(name string, before, v time.Time) {
	if v = v.Truncate(time.Millisecond); !v.Equal(before.Truncate(time.Millisecond)) {
		o.name(name)
		o.b = append(v.AppendFormat(append(o.b, '"'), time.RFC3339Nano), '"')
	}
}

func (o *object) text(name, before, v string) {
	switch {
	case v == before:
	case strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }):
		o.json(name, v)
	default:
		o.name(name)
		o.b = append(append(append(o.b, '"'), v...), '"')
	}
}

func (o *object) json(name string, v any) {
	o.name(name)
	o.b = append(o.b, encodeJSON(v)...)
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

// logged is what a shard's log of dispatches has beside the rows.
type logged struct {
	tasks map[int64]workflow.TaskInstance // without a row
	last  int64                           // entry
}

// readLog reads a shard's log for some of its open instances. It is read before
// the rows, which may be written meanwhile: an attempt that is not in it has its
// row by then.
func (s scheduling) readLog(ctx context.Context, shard int, instances []workflow.Instance) (logged, error) {
	l := logged{tasks: map[int64]workflow.TaskInstance{}}
	wanted := map[int64]bool{}
	for i := range instances {
		wanted[instances[i].ID] = true
	}
	type entry struct {
		seq   int64
		tasks []loggedTask
	}
	entries, err := query(ctx, s.db.read, func(row scanner) (e entry, err error) {
		var text string
		if err := row.Scan(&e.seq, &text); err != nil {
			return e, err
		}
		if e.tasks, err = decodeLogEntry(text); err != nil {
			return e, fmt.Errorf("log of dispatches, entry %d: %w", e.seq, err)
		}
		return e, nil
	}, "SELECT seq, tasks FROM dispatch_log WHERE shard = ? ORDER BY seq", shard)
	if err != nil {
		return l, mapError(err, "dispatch")
	}
	for _, e := range entries {
		l.last = e.seq
		for _, t := range e.tasks {
			if wanted[t.InstanceID] {
				l.tasks[t.ID] = t.taskInstance()
			}
		}
	}
	written, err := byIDsAll(ctx, s.db.read, scanID, "SELECT id FROM task_instance WHERE id", slices.Sorted(maps.Keys(l.tasks)))
	for _, id := range written {
		delete(l.tasks, id)
	}
	return l, mapError(err, "task instance")
}

// addTo adds to the rows what has none.
func (l logged) addTo(st *store.ShardState) {
	for i := range st.Tasks {
		delete(l.tasks, st.Tasks[i].ID)
	}
	st.LastEntry, st.Logged = l.last, slices.Sorted(maps.Keys(l.tasks))
	for _, id := range st.Logged {
		st.Tasks = append(st.Tasks, l.tasks[id])
	}
	slices.SortFunc(st.Tasks, func(a, b workflow.TaskInstance) int { return cmp.Compare(a.ID, b.ID) })
}
