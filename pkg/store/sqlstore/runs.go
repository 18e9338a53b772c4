package sqlstore

import (
	"context"
	"slices"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// runs implements store.Runs.
type runs struct{ db *database }

const runSelect = ", COALESCE(u.name, ''), COALESCE(w.name, ''), COALESCE(p.name, '')" +
	" FROM instance i LEFT JOIN user_account u ON u.id = i.user_id LEFT JOIN workflow w ON w.id = i.definition_id LEFT JOIN project p ON p.id = i.project_id"

func scanRun(row scanner) (r store.RunRow, err error) {
	r.Instance, err = scanInstance(row, &r.UserName, &r.Workflow, &r.Project)
	return r, err
}

func (s runs) Instance(ctx context.Context, id int64) (store.RunRow, error) {
	return one(ctx, s.db.read, "instance", scanRun, "SELECT "+instanceColumns+runSelect+" WHERE i.id = ?", id)
}

func (s runs) Instances(ctx context.Context, q store.RunQuery, after store.Place, limit int) ([]store.RunRow, store.Place, error) {
	if q.Projects != nil && len(q.Projects) == 0 {
		return nil, store.Place{}, nil
	}
	f := s.instanceFeed(q)
	ids, next, err := f.page(ctx, s.db.read, after, limit)
	if err != nil {
		return nil, next, mapError(err, "instance")
	}
	rows, err := byIDsAll(ctx, s.db.read, scanRun, "SELECT "+instanceColumns+runSelect+" WHERE i.id", ids)
	return inOrder(rows, ids, func(r *store.RunRow) int64 { return r.ID }), next, mapError(err, "instance")
}

// instanceFeed chooses the index. Open instances are few and have one of their
// own; those of a workflow are read in the order of their ids.
func (s runs) instanceFeed(q store.RunQuery) *feed {
	f := &feed{dialect: s.db.dialect, table: "instance i", from: q.From, to: q.To}
	f.wanted.dialect = s.db.dialect
	open := len(q.States) > 0 && !slices.ContainsFunc(q.States, workflow.State.Terminal)
	narrow := q.Projects
	switch {
	case q.DefinitionID != 0:
		f.source().equal("i.definition_id", q.DefinitionID)
	case open:
		f.source().states("i.state", q.States)
	case q.Projects != nil && len(q.Projects) <= maxSources:
		f.byTime = !q.From.IsZero() || !q.To.IsZero()
		narrow = nil
		for _, id := range q.Projects {
			f.source().equal("i.project_id", id)
		}
	default:
		f.source()
	}
	if narrow != nil {
		f.wanted.add("i.project_id IN ("+marks(len(narrow))+")", anys(narrow)...)
	}
	if !f.byTime {
		f.wanted.between("i.start_time", q.From, q.To)
	}
	if !open || q.DefinitionID != 0 {
		f.wanted.states("i.state", q.States)
	}
	f.wanted.search("i.name", q.Search)
	f.wanted.equal("i.user_id", q.UserID)
	return f
}

// source adds a source and gives it.
func (f *feed) source() *filter {
	f.sources = append(f.sources, filter{dialect: f.dialect})
	return &f.sources[len(f.sources)-1]
}

func (s runs) Tasks(ctx context.Context, q store.AttemptQuery, after store.Place, limit int) ([]store.TaskRow, store.Place, error) {
	f := s.taskFeed(q)
	ids, next, err := f.page(ctx, s.db.read, after, limit)
	if err != nil {
		return nil, next, mapError(err, "task_instance")
	}
	rows, err := byIDsAll(ctx, s.db.read, scanTaskRow, "SELECT "+taskColumns+", COALESCE(i.name, ''), COALESCE(i.user_id, 0), COALESCE(u.name, '')"+
		" FROM task_instance t LEFT JOIN instance i ON i.id = t.instance_id LEFT JOIN user_account u ON u.id = i.user_id WHERE t.id", ids)
	return inOrder(rows, ids, func(r *store.TaskRow) int64 { return r.ID }), next, mapError(err, "task_instance")
}

func (s runs) taskFeed(q store.AttemptQuery) *feed {
	f := &feed{dialect: s.db.dialect, table: "task_instance t", from: q.From, to: q.To, byTime: !q.From.IsZero() || !q.To.IsZero()}
	f.source().equal("t.project_id", q.ProjectID)
	f.wanted.dialect = s.db.dialect
	f.wanted.states("t.state", q.States)
	f.wanted.exact("t.task", q.Task)
	f.wanted.search("t.task", q.Search)
	f.wanted.exact("t.host", q.Host)
	return f
}

// inOrder puts rows into the order of ids.
func inOrder[R any](rows []R, ids []int64, id func(*R) int64) []R {
	at := make(map[int64]int, len(ids))
	for i, v := range ids {
		at[v] = i
	}
	slices.SortFunc(rows, func(a, b R) int { return at[id(&a)] - at[id(&b)] })
	return rows
}

func scanMark(row scanner) (m store.Mark, err error) {
	var start, end, update moment
	err = row.Scan(&m.ID, &m.InstanceID, &m.Task, &m.State, &start, &end, &update)
	m.Start, m.End, m.Update = start.Time, end.Time, update.Time
	return m, err
}

func (s runs) Marks(ctx context.Context, instanceIDs []int64) ([]store.Mark, error) {
	list, err := byIDsAll(ctx, s.db.read, scanMark,
		"SELECT t.id, t.instance_id, t.task, t.state, t.start_time, t.end_time, t.update_time FROM task_instance t WHERE t.is_current = 1 AND t.instance_id", instanceIDs)
	slices.SortFunc(list, func(a, b store.Mark) int { return int(a.ID - b.ID) })
	return list, mapError(err, "task_instance")
}

func (s runs) Attempts(ctx context.Context, ids []int64) ([]workflow.TaskInstance, error) {
	list, err := byIDsAll(ctx, s.db.read, plain(scanTask), "SELECT "+taskColumns+" FROM task_instance t WHERE t.id", ids)
	slices.SortFunc(list, func(a, b workflow.TaskInstance) int { return int(a.ID - b.ID) })
	return list, mapError(err, "task_instance")
}

func (s runs) States(ctx context.Context, instanceIDs []int64) (map[int64]workflow.State, error) {
	type stated struct {
		id    int64
		state workflow.State
	}
	rows, err := byIDsAll(ctx, s.db.read, func(row scanner) (r stated, err error) {
		err = row.Scan(&r.id, &r.state)
		return r, err
	}, "SELECT i.id, i.state FROM instance i WHERE i.id", instanceIDs)
	out := make(map[int64]workflow.State, len(rows))
	for _, r := range rows {
		out[r.id] = r.state
	}
	return out, mapError(err, "instance")
}

// share is how many attempts of an instance are in a state.
type share struct {
	instance int64
	tally
}

func scanShare(row scanner) (s share, err error) {
	err = row.Scan(&s.instance, &s.word, &s.n)
	return s, err
}

func (s runs) TaskStates(ctx context.Context, instanceIDs []int64) (map[int64]map[workflow.State]int, error) {
	out := make(map[int64]map[workflow.State]int, len(instanceIDs))
	for rest := instanceIDs; len(rest) > 0; {
		n := min(len(rest), maxInIDs)
		rows, err := query(ctx, s.db.read, scanShare,
			inIDs("SELECT t.instance_id, t.state, COUNT(*) FROM task_instance t WHERE t.is_current = 1 AND t.instance_id", rest[:n])+" GROUP BY t.instance_id, t.state")
		if err != nil {
			return nil, mapError(err, "task_instance")
		}
		for _, r := range rows {
			if out[r.instance] == nil {
				out[r.instance] = map[workflow.State]int{}
			}
			out[r.instance][workflow.State(r.word)] = r.n
		}
		rest = rest[n:]
	}
	return out, nil
}

// newest is how many rows are searched for what a command started.
const newest = 300

// started is who started something.
type started struct {
	id    int64
	start workflow.StartOptions
}

func scanStarted(row scanner) (s started, err error) {
	var text string
	if err = row.Scan(&s.id, &text); err == nil {
		err = decodeJSON(text, &s.start)
	}
	return s, err
}

func (s runs) StartedBy(ctx context.Context, definitionID, commandID int64) (int64, error) {
	rows, err := query(ctx, s.db.read, scanStarted,
		"SELECT i.id, i.start_options FROM instance i WHERE i.definition_id = ? ORDER BY i.id DESC LIMIT ?", definitionID, newest)
	return startedBy(rows, commandID), mapError(err, "instance")
}

func startedBy(rows []started, commandID int64) int64 {
	for _, r := range rows {
		if r.start.CommandID == commandID {
			return r.id
		}
	}
	return 0
}

func (s runs) Due(ctx context.Context, projects []int64, limit int) ([]store.ScheduleRow, error) {
	f := filter{dialect: s.db.dialect}
	f.add("s.release_state = ?", workflow.Online)
	f.add("s.next_due IS NOT NULL")
	switch {
	case projects == nil:
	case len(projects) == 0:
		return nil, nil
	default:
		f.add("s.project_id IN ("+marks(len(projects))+")", anys(projects)...)
	}
	rows, err := query(ctx, s.db.read, scanScheduleRow, "SELECT "+scheduleColumns+scheduleBeside+scheduleJoins+f.where()+
		" ORDER BY s.next_due, s.id LIMIT ?", append(f.args, limit)...)
	return rows, mapError(err, "schedule")
}

func (s runs) Waiting(ctx context.Context, limit int) ([]workflow.Command, error) {
	list, err := query(ctx, s.db.read, scanCommand, "SELECT "+commandSelect+" FROM command c ORDER BY c.id LIMIT ?", limit)
	return list, mapError(err, "command")
}
