package sqlstore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// step is how many instances of a project and a state started in a step of time.
type step struct {
	project, number int64
	tally
}

func scanStep(row scanner) (s step, err error) {
	err = row.Scan(&s.project, &s.number, &s.word, &s.n)
	return s, err
}

// startedIn narrows to instances of projects that started in a period; false
// when there can be none.
func (s runs) startedIn(projects []int64, from, to time.Time) (f filter, some bool) {
	f = filter{dialect: s.db.dialect}
	switch {
	case projects == nil: // all of them, by the index that begins with the project
		f.add("project_id IN (SELECT id FROM project)")
	case len(projects) == 0:
		return f, false
	default:
		f.add("project_id IN ("+marks(len(projects))+")", anys(projects)...)
	}
	f.add("start_time >= ?", f.time(from))
	f.add("start_time < ?", f.time(to))
	return f, true
}

// steps counts by steps of time, and by what project gives: the project's column
// or a constant.
func (s runs) steps(ctx context.Context, project string, projects []int64, from, to time.Time, width time.Duration) ([]step, error) {
	f, some := s.startedIn(projects, from, to)
	if !some {
		return nil, nil
	}
	number, args := "(start_time - ?) / ?", []any{from.UnixMilli(), width.Milliseconds()}
	if s.db.mysql {
		number, args = "TIMESTAMPDIFF(MICROSECOND, ?, start_time) DIV ?", []any{f.time(from), width.Microseconds()}
	}
	rows, err := query(ctx, s.db.read, scanStep, "SELECT "+project+" AS project, "+number+" AS step, state, COUNT(*) FROM instance"+f.where()+
		" GROUP BY project, step, state ORDER BY project, step, state", append(args, f.args...)...)
	return rows, mapError(err, "instance")
}

func bucket(from time.Time, width time.Duration) func(step) store.Bucket {
	return func(r step) store.Bucket {
		return store.Bucket{At: from.Add(time.Duration(r.number) * width), State: workflow.State(r.word), Count: r.n}
	}
}

func (s runs) Series(ctx context.Context, projects []int64, from, to time.Time, width time.Duration) ([]store.Bucket, error) {
	rows, err := s.steps(ctx, "0", projects, from, to, width)
	return each(rows, bucket(from, width)), err
}

func (s runs) ProjectSeries(ctx context.Context, projects []int64, from, to time.Time, width time.Duration) (map[int64][]store.Bucket, error) {
	rows, err := s.steps(ctx, "project_id", projects, from, to, width)
	out, view := make(map[int64][]store.Bucket, len(projects)), bucket(from, width)
	for _, r := range rows {
		out[r.project] = append(out[r.project], view(r))
	}
	return out, err
}

func (s runs) Busiest(ctx context.Context, projects []int64, from, to time.Time, limit int) ([]store.ProjectCount, error) {
	f, some := s.startedIn(projects, from, to)
	if !some {
		return nil, nil
	}
	rows, err := query(ctx, s.db.read, scanStep, "SELECT project_id, 0, state, COUNT(*) FROM instance"+f.where()+" GROUP BY project_id, state ORDER BY project_id", f.args...)
	if err != nil {
		return nil, mapError(err, "instance")
	}
	var list []store.ProjectCount
	for _, r := range rows {
		if n := len(list); n == 0 || list[n-1].ProjectID != r.project {
			list = append(list, store.ProjectCount{ProjectID: r.project, States: map[workflow.State]int{}})
		}
		list[len(list)-1].States[workflow.State(r.word)] = r.n
	}
	slices.SortStableFunc(list, func(a, b store.ProjectCount) int { return cmp.Compare(b.Total(), a.Total()) })
	return s.named(ctx, list[:min(limit, len(list))])
}

// named adds the names of projects.
func (s runs) named(ctx context.Context, list []store.ProjectCount) ([]store.ProjectCount, error) {
	ids := each(list, func(c store.ProjectCount) int64 { return c.ProjectID })
	names := make(map[int64]string, len(ids))
	type project struct {
		id   int64
		name string
	}
	rows, err := byIDsAll(ctx, s.db.read, func(row scanner) (p project, err error) {
		err = row.Scan(&p.id, &p.name)
		return p, err
	}, "SELECT p.id, p.name FROM project p WHERE p.id", ids)
	for _, p := range rows {
		names[p.id] = p.name
	}
	for i := range list {
		list[i].Project = names[list[i].ProjectID]
	}
	return list, mapError(err, "project")
}
