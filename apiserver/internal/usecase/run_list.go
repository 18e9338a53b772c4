package usecase

import (
	"context"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Progress says how far an instance is. Total are the tasks of its workflow;
// when only some of them were to run, the attempts there are.
type Progress struct {
	Total, Running, Succeeded, Failed, Waiting int
}

// Run is an instance with what lists show beside it.
type Run struct {
	store.RunRow
	Tasks Progress
	Role  workflow.ProjectRole // of who asks, in the instance's project
}

// maxOwn is how many projects are read one by one.
const maxOwn = 10_000

// Runs gives a page of instances, newest first, of one project or, for the zero
// project, of all that the caller sees.
func (s *Service) Runs(ctx context.Context, c Caller, p workflow.Project, q store.RunQuery, after store.Place, limit int) ([]Run, store.Place, error) {
	var err error
	if q.Projects, err = s.visible(ctx, c, p, !q.From.IsZero() || !q.To.IsZero()); err != nil {
		return nil, store.Place{}, err
	}
	rows, next, err := s.Store.Runs.Instances(ctx, q, after, limit)
	if err != nil {
		return nil, store.Place{}, err
	}
	runs, err := s.withProgress(ctx, c, rows)
	return runs, next, err
}

// visible lists the projects whose runs a caller sees; nil means all, which
// named spells out.
func (s *Service) visible(ctx context.Context, c Caller, p workflow.Project, named bool) ([]int64, error) {
	if p.ID != 0 {
		return []int64{p.ID}, nil
	}
	if c.Admin() && !named {
		return nil, nil
	}
	rows, _, err := s.ListProjects(ctx, c, "", store.Page{Number: 1, Size: maxOwn})
	ids := make([]int64, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	return ids, err
}

// withProgress adds what is shown beside instances.
func (s *Service) withProgress(ctx context.Context, c Caller, rows []store.RunRow) ([]Run, error) {
	ids := make([]int64, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	states, err := s.Store.Runs.TaskStates(ctx, ids)
	if err != nil {
		return nil, err
	}
	runs, roles := make([]Run, len(rows)), map[int64]workflow.ProjectRole{}
	for i, r := range rows {
		role, known := roles[r.ProjectID]
		if !known {
			if role, err = s.roleInProject(ctx, c, r.ProjectID); err != nil {
				return nil, err
			}
			roles[r.ProjectID] = role
		}
		size, err := s.tasksIn(ctx, &r.Instance)
		if err != nil {
			return nil, err
		}
		runs[i] = Run{RunRow: r, Tasks: progress(states[r.ID], size), Role: role}
	}
	return runs, nil
}

func (s *Service) roleInProject(ctx context.Context, c Caller, projectID int64) (workflow.ProjectRole, error) {
	if c.Admin() {
		return workflow.RoleProjectAdmin, nil
	}
	p, err := s.Store.Projects.Get(ctx, projectID)
	if workflow.ErrorCode(err) == workflow.NotFound {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return s.RoleIn(ctx, c, p)
}

// progress sums up attempts by state; size is 0 when it is not known.
func progress(states map[workflow.State]int, size int) Progress {
	var out Progress
	all := 0
	for state, n := range states {
		all += n
		switch {
		case state == workflow.Running || state == workflow.Dispatched:
			out.Running += n
		case state.Success():
			out.Succeeded += n
		case state == workflow.Failed || state == workflow.Killed || state == workflow.Lost:
			out.Failed += n
		default:
			out.Waiting += n
		}
	}
	out.Total = max(size, all)
	return out
}

// version names a version of a workflow.
type version struct {
	id     int64
	number int
}

// tasksIn gives how many tasks an instance may run; 0 when that is not known.
func (s *Service) tasksIn(ctx context.Context, in *workflow.Instance) (int, error) {
	if len(in.Start.StartTasks) > 0 {
		return 0, nil
	}
	v := version{in.DefinitionID, in.DefinitionVersion}
	if n, known := s.sizes.get(v); known {
		return n, nil
	}
	d, err := s.versionOf(ctx, in)
	if err != nil || d == nil {
		return 0, err
	}
	s.sizes.put(v, len(d.Tasks))
	return len(d.Tasks), nil
}

// UserIDOf gives the id of a user, 0 when there is none of that name.
func (s *Service) UserIDOf(ctx context.Context, name string) (int64, error) {
	u, err := s.Store.Users.ByName(ctx, name)
	return u.ID, missingAs(err, nil)
}

// Attempts gives a page of the project's attempts, newest first.
func (s *Service) Attempts(ctx context.Context, p workflow.Project, q store.AttemptQuery, after store.Place, limit int) ([]store.TaskRow, store.Place, error) {
	q.ProjectID = p.ID
	return s.Store.Runs.Tasks(ctx, q, after, limit)
}
