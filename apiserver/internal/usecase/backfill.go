package usecase

import (
	"context"
	"slices"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// BackfillView is a backfill with what became of its dates.
type BackfillView struct {
	workflow.Backfill
	Workflow string         // name; empty when it is gone
	Dates    []BackfillDate // in running order
}

// BackfillDate is a date with its instance, if there is one yet.
type BackfillDate struct {
	Date       time.Time
	InstanceID int64
	State      workflow.State
}

// Backfills gives a project's backfills with ids below before (0: all), newest
// first.
func (s *Service) Backfills(ctx context.Context, p workflow.Project, before int64, limit int) ([]BackfillView, error) {
	rows, err := s.Store.Backfills.List(ctx, p.ID, before, limit)
	if err != nil {
		return nil, err
	}
	views := make([]BackfillView, len(rows))
	for i := range rows {
		if views[i], err = s.viewBackfill(ctx, rows[i]); err != nil {
			return nil, err
		}
	}
	return views, nil
}

// Backfill gives a backfill of the project; "backfill.not_found".
func (s *Service) Backfill(ctx context.Context, p workflow.Project, id int64) (BackfillView, error) {
	b, err := s.backfill(ctx, p, id)
	if err != nil {
		return BackfillView{}, err
	}
	return s.viewBackfill(ctx, b)
}

func (s *Service) backfill(ctx context.Context, p workflow.Project, id int64) (workflow.Backfill, error) {
	b, err := s.Store.Backfills.Get(ctx, id)
	if workflow.ErrorCode(err) == workflow.NotFound || err == nil && b.ProjectID != p.ID {
		return b, workflow.Errorf(workflow.NotFound, "backfill.not_found", "backfill %d does not exist", id).With(id)
	}
	return b, err
}

func (s *Service) viewBackfill(ctx context.Context, b workflow.Backfill) (BackfillView, error) {
	v := BackfillView{Backfill: b, Dates: make([]BackfillDate, len(b.Plan.Dates))}
	runs, err := s.Store.Backfills.Dates(ctx, &b)
	if err != nil {
		return v, err
	}
	byDate := make(map[int64]store.DateRun, len(runs))
	for _, r := range runs {
		byDate[r.Date.UnixMilli()] = r
	}
	for i, date := range b.Plan.Dates {
		r := byDate[date.UnixMilli()]
		v.Dates[i] = BackfillDate{Date: date, InstanceID: r.InstanceID, State: r.State}
	}
	d, err := s.Store.Definitions.Row(ctx, b.DefinitionID)
	v.Workflow = d.Name
	return v, missingAs(err, nil)
}

// backfillCommand gives what an action on a backfill asks for, and the states
// that it is possible in.
func backfillCommand(a Action) (workflow.CommandType, []workflow.State) {
	switch a {
	case ActPause:
		return workflow.CmdPauseBackfill, []workflow.State{workflow.Running}
	case ActResume:
		return workflow.CmdResumeBackfill, []workflow.State{workflow.Paused}
	case ActStop:
		return workflow.CmdStopBackfill, []workflow.State{workflow.Running, workflow.Paused}
	}
	return "", nil
}

// BackfillActions lists what somebody with a role may do with a backfill now.
func BackfillActions(b *workflow.Backfill, role workflow.ProjectRole) []Action {
	var list []Action
	for _, a := range []Action{ActPause, ActResume, ActStop} {
		if _, from := backfillCommand(a); slices.Contains(from, b.State) && role.Includes(workflow.RoleOperator) {
			list = append(list, a)
		}
	}
	return list
}

// ActOnBackfill pauses, resumes or stops a backfill. Reasons:
// "backfill.not_found", "action.unknown", "backfill.state".
func (s *Service) ActOnBackfill(ctx context.Context, c Caller, p workflow.Project, id int64, a Action) error {
	b, err := s.backfill(ctx, p, id)
	if err != nil {
		return err
	}
	t, from := backfillCommand(a)
	if t == "" {
		return workflow.Errorf(workflow.Invalid, "action.unknown", "there is no action %q on backfills", a).At("action")
	}
	if !slices.Contains(from, b.State) {
		return workflow.Errorf(workflow.Conflict, "backfill.state", "backfill %d is %s: no %s", id, b.State, a)
	}
	cmd := workflow.Command{Shard: b.Shard, Type: t, ProjectID: b.ProjectID, DefinitionID: b.DefinitionID, BackfillID: b.ID, UserID: c.User.ID}
	if err := s.Store.Commands.Insert(ctx, &cmd); err != nil {
		return err
	}
	s.nudge(cmd)
	return nil
}
