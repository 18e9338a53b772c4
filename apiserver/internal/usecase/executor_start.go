package usecase

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/schedule"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// StartRequest asks for instances of a workflow: one now, or with Backfill one
// for each of past dates.
type StartRequest struct {
	DefinitionID int64
	Options      workflow.StartOptions // without tenant and queue
	// Tenant is the code of the tenant to run as; empty: the workflow's own.
	Tenant   string
	Backfill *BackfillRequest
}

// BackfillRequest is a range of dates, or a list of them.
type BackfillRequest struct {
	Dates     []time.Time // instead of From and To
	Latest    bool        // the latest date first
	From, To  time.Time
	Inclusive bool   // the ends count
	Zone      string // IANA name, of midnights when there is no schedule; "" is the server's
	Width     int    // dates that run at once; 0: all
}

// Start accepts a request: when it returns without error the command is
// durable. Reasons are those of Accept.
func (s *Service) Start(ctx context.Context, c Caller, p workflow.Project, req StartRequest) error {
	_, err := s.Accept(ctx, c, p, req)
	return err
}

// Accept is Start; it gives the command. Reasons in the order they are checked: "definition.not_found",
// "definition.offline" (the id), "start.tasks", "environment.unknown",
// "environment.group", "tenant.unsuitable",
// "tenant.forbidden", "master.none", "backfill.dates", "backfill.too_many".
func (s *Service) Accept(ctx context.Context, c Caller, p workflow.Project, req StartRequest) (cmd workflow.Command, err error) {
	d, err := s.startable(ctx, p, req.DefinitionID)
	if err != nil {
		return cmd, err
	}
	for _, name := range req.Options.StartTasks {
		if _, ok := d.Tasks[name]; !ok {
			return cmd, workflow.Errorf(workflow.Invalid, "start.tasks", "the workflow has no task %s", name).At("startTasks").With(name)
		}
	}
	if err := s.environmentFor(ctx, req.Options.Environment, req.Options.WorkerGroup); err != nil {
		return cmd, err
	}
	if req.Tenant != "" {
		if d.Tenant, d.Queue, err = s.runsAsAnother(ctx, c, p, req.Tenant); err != nil {
			return cmd, err
		}
	}
	if err := s.requireMaster(ctx); err != nil {
		return cmd, err
	}
	cmd = workflow.Command{
		Shard: s.ShardOf(req.DefinitionID), Type: workflow.CmdStart, ProjectID: p.ID,
		DefinitionID: req.DefinitionID, UserID: c.User.ID, Start: req.Options,
	}
	cmd.Start.TenantCode, cmd.Start.Queue = d.Tenant, queueFor(c, d.Queue)
	if req.Backfill != nil {
		if err := s.planBackfill(ctx, &cmd, req.Backfill); err != nil {
			return cmd, err
		}
	}
	if err := s.rememberReceivers(ctx, req.DefinitionID, d.Receivers, d.ReceiversCc, &req.Options); err != nil {
		return cmd, err
	}
	epoch := s.Nudge.Epoch(cmd.Shard)
	if err := s.Store.Commands.Insert(ctx, &cmd); err != nil {
		return cmd, err
	}
	s.Nudge.Carry(cmd, epoch)
	return cmd, nil
}

// rememberReceivers keeps the addresses last used with a workflow, which
// clients ask for before the next start. It goes ahead of what uses them.
func (s *Service) rememberReceivers(ctx context.Context, id int64, receivers, receiversCc string, o *workflow.StartOptions) error {
	to, cc := cmp.Or(o.Receivers, receivers), cmp.Or(o.ReceiversCc, receiversCc)
	if to == receivers && cc == receiversCc {
		return nil
	}
	err := s.Store.Definitions.SetReceivers(store.Ahead(ctx), id, to, cc)
	s.hot.forget()
	return err
}

// startable gives what a start needs of an online workflow of the project.
func (s *Service) startable(ctx context.Context, p workflow.Project, id int64) (startable, error) {
	now := s.Now()
	known, generation, ok := s.hot.definition(id, now)
	if ok && known.ProjectID == p.ID {
		return known, nil
	}
	d, err := s.Definition(ctx, p, id)
	if err != nil {
		return startable{}, err
	}
	if d.ReleaseState != workflow.Online {
		return startable{}, definitionOffline(id)
	}
	fresh := startable{ProjectID: p.ID, Tasks: make(map[string]struct{}, len(d.Tasks)), Receivers: d.Receivers, ReceiversCc: d.ReceiversCc}
	for i := range d.Tasks {
		fresh.Tasks[d.Tasks[i].Name] = struct{}{}
	}
	if fresh.Tenant, fresh.Queue, err = s.runsAs(ctx, &d); err != nil {
		return startable{}, err
	}
	s.hot.keep(id, fresh, generation, now)
	return fresh, nil
}

// planBackfill makes cmd a backfill over the fire times of the workflow's
// online schedules, daily without any.
func (s *Service) planBackfill(ctx context.Context, cmd *workflow.Command, b *BackfillRequest) error {
	dates, err := s.backfillDates(ctx, cmd.DefinitionID, b)
	if err != nil {
		return err
	}
	most := min(s.MaxBackfillDates(), schedule.MaxBackfillDates)
	switch {
	case len(dates) == 0:
		return workflow.Errorf(workflow.Invalid, "backfill.dates", "there is no date between %s and %s", b.From, b.To).At("scheduleTime").With("scheduleTime")
	case len(dates) > most:
		return workflow.Errorf(workflow.Invalid, "backfill.too_many", "more than %d dates", most).At("scheduleTime").With("scheduleTime")
	}
	cmd.Type = workflow.CmdBackfill
	cmd.Backfill = &workflow.BackfillPlan{Dates: dates, Width: b.Width}
	return nil
}

func (s *Service) backfillDates(ctx context.Context, definitionID int64, b *BackfillRequest) (dates []time.Time, err error) {
	if len(b.Dates) > 0 {
		dates = slices.Clone(b.Dates)
		slices.SortFunc(dates, time.Time.Compare)
		dates = slices.CompactFunc(dates, time.Time.Equal)
	} else if dates, err = s.datesBetween(ctx, definitionID, b); err != nil {
		return nil, err
	}
	if b.Latest {
		slices.Reverse(dates)
	}
	return dates, nil
}

// datesBetween gives the fire times of the workflow's online schedules.
func (s *Service) datesBetween(ctx context.Context, definitionID int64, b *BackfillRequest) ([]time.Time, error) {
	schedules, err := s.Store.Schedules.ByDefinition(ctx, definitionID)
	if err != nil {
		return nil, err
	}
	var rules []*schedule.Rule
	for i := range schedules {
		if schedules[i].ReleaseState != workflow.Online {
			continue
		}
		rule, err := s.rule(schedules[i].Cron, schedules[i].Timezone)
		if err != nil {
			return nil, err
		}
		if rule, err = s.onCalendar(ctx, rule, &ScheduleCalendar{schedules[i].CalendarID, schedules[i].CalendarRule}); err != nil {
			return nil, err
		}
		rules = append(rules, rule)
	}
	zone, err := s.zone(b.Zone)
	if err != nil {
		return nil, err
	}
	return schedule.BackfillDates(rules, b.From, b.To, b.Inclusive, zone), nil
}

// CheckStart refuses ("definition.offline") when a workflow that this one runs
// as a sub-workflow is offline.
func (s *Service) CheckStart(ctx context.Context, p workflow.Project, definitionID int64) error {
	d, err := s.Definition(ctx, p, definitionID)
	if err != nil {
		return err
	}
	return s.requireNestedOnline(ctx, &d)
}
