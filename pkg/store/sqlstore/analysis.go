package sqlstore

import (
	"context"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// analysis implements store.Analysis.
type analysis struct{ db *database }

// projects narrows to the projects of a scope. All of them are a list too: it
// leads the planner to the indexes, which begin with the project.
func (f *filter) projects(column string, sc store.CountScope) {
	if sc.ProjectID != 0 {
		f.add(column+" = ?", sc.ProjectID)
	}
	switch {
	case sc.VisibleTo != 0:
		f.add(column+" IN (SELECT id FROM project WHERE user_id = ? UNION SELECT project_id FROM project_grant WHERE user_id = ?)",
			sc.VisibleTo, sc.VisibleTo)
	case sc.ProjectID == 0:
		f.add(column + " IN (SELECT id FROM project)")
	}
}

// tally is a word and how often it stands in a column.
type tally struct {
	word string
	n    int
}

func scanTally(row scanner) (t tally, err error) {
	err = row.Scan(&t.word, &t.n)
	return t, err
}

// tallies counts the rows of a table by the words of a column.
func tallies[W ~string](ctx context.Context, q querier, table, column string, f *filter) (map[W]int, error) {
	rows, err := query(ctx, q, scanTally, "SELECT "+column+", COUNT(*) FROM "+table+f.where()+" GROUP BY "+column, f.args...)
	counts := make(map[W]int, len(rows))
	for _, r := range rows {
		counts[W(r.word)] = r.n
	}
	return counts, mapError(err, table)
}

// within narrows to a scope with its period.
func (a analysis) within(sc store.CountScope, moment string) *filter {
	f := &filter{dialect: a.db.dialect}
	f.projects("project_id", sc)
	f.between(moment, sc.From, sc.To)
	return f
}

func (a analysis) InstanceStates(ctx context.Context, sc store.CountScope) (map[workflow.State]int, error) {
	return tallies[workflow.State](ctx, a.db.read, "instance", "state", a.within(sc, "start_time"))
}

func (a analysis) TaskStates(ctx context.Context, sc store.CountScope) (map[workflow.State]int, error) {
	return tallies[workflow.State](ctx, a.db.read, "task_instance", "state", a.within(sc, "start_time"))
}

func (a analysis) Commands(ctx context.Context, sc store.CountScope) (c store.CommandCounts, err error) {
	f := a.within(sc, "create_time")
	if c.Waiting, err = tallies[workflow.CommandType](ctx, a.db.read, "command", "type", f); err != nil {
		return c, err
	}
	c.Failed, err = tallies[workflow.CommandType](ctx, a.db.read, "failed_command", "type", f)
	return c, err
}

func scanUserCount(row scanner) (u store.UserCount, err error) {
	err = row.Scan(&u.UserID, &u.UserName, &u.Count)
	return u, err
}

func (a analysis) DefinitionsByUser(ctx context.Context, sc store.CountScope) ([]store.UserCount, error) {
	f := filter{dialect: a.db.dialect}
	f.projects("w.project_id", sc)
	list, err := query(ctx, a.db.read, scanUserCount, "SELECT w.user_id, COALESCE(u.name, ''), COUNT(*)"+
		" FROM workflow w LEFT JOIN user_account u ON u.id = w.user_id"+f.where()+" GROUP BY w.user_id, u.name ORDER BY w.user_id", f.args...)
	return list, mapError(err, "workflow")
}

// Queues starts from the instances that are not terminal, which are few.
func (a analysis) Queues(ctx context.Context, sc store.CountScope) (c store.QueueCounts, err error) {
	f := filter{dialect: a.db.dialect}
	f.add("i.state IN (" + openStates + ")")
	f.add("t.is_current = 1")
	f.projects("i.project_id + 0", sc)
	err = a.db.read.QueryRowContext(ctx,
		"SELECT COALESCE(SUM(t.state = ?), 0), COALESCE(SUM(i.state = ? AND t.state IN (?, ?)), 0)"+
			" FROM instance i CROSS JOIN task_instance t ON t.instance_id = i.id"+f.where(),
		append([]any{workflow.Submitted, workflow.Stopping, workflow.Dispatched, workflow.Running}, f.args...)...).
		Scan(&c.Queued, &c.Dying)
	return c, mapError(err, "task_instance")
}
