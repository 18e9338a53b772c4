package runner

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/engine"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// raise puts an alert into the outbox, for those whom a start names.
func (s *Shard) raise(ctx context.Context, kind workflow.AlertKind, start *workflow.StartOptions, project int64, title string, f engine.Facts) error {
	f.Cc = start.ReceiversCc
	return s.alert(ctx, workflow.Alert{
		Kind: kind, GroupID: start.WarningGroupID, ProjectID: project, InstanceID: f.InstanceID, Title: title,
		Receivers: strings.Trim(start.Receivers+","+start.ReceiversCc, ","), Content: f.JSON(),
	})
}

// alertPoison tells of an instance that cannot be worked with.
func (s *Shard) alertPoison(ctx context.Context, inst *workflow.Instance) error {
	const event = "is quarantined"
	return s.raise(ctx, workflow.AlertPoison, &inst.Start, inst.ProjectID, inst.Name+" "+event, engine.FactsOf(inst, event))
}

// alertCommand tells of a command that cannot be obeyed: an instance that did
// not start, or a request that came to nothing.
func (s *Shard) alertCommand(ctx context.Context, c *workflow.Command) error {
	kind, event := workflow.AlertPoison, "is quarantined"
	if c.Type == workflow.CmdStart || c.Type == workflow.CmdBackfill {
		kind, event = workflow.AlertNoStart, "did not start"
	}
	return s.raise(ctx, kind, &c.Start, c.ProjectID, fmt.Sprintf("command %d %s", c.ID, event), engine.Facts{
		Event: event, DefinitionID: c.DefinitionID, InstanceID: c.InstanceID, CommandID: c.ID, Command: string(c.Type), Reason: c.LastError,
	})
}

// alertNotFired tells of a fire time whose instance could not be made.
func (s *Shard) alertNotFired(ctx context.Context, t *timetable, due time.Time, cause error) error {
	const event = "did not start"
	return s.raise(ctx, workflow.AlertNoStart, &t.schedule.Start, t.schedule.ProjectID, fmt.Sprintf("schedule %d %s", t.schedule.ID, event), engine.Facts{
		Event: event, DefinitionID: t.schedule.DefinitionID, ScheduleID: t.schedule.ID, ScheduleTime: &due,
		Command: string(workflow.CmdSchedule), Reason: cause.Error(),
	})
}

// alertSkipped tells of fire times that passed while no master could act.
func (s *Shard) alertSkipped(ctx context.Context, t *timetable, skip []time.Time) error {
	const event = "fire times skipped"
	return s.raise(ctx, workflow.AlertMissed, &t.schedule.Start, t.schedule.ProjectID, event, engine.Facts{
		Event: event, DefinitionID: t.schedule.DefinitionID, ScheduleID: t.schedule.ID,
		Skipped: &engine.SkippedFires{Count: len(skip), From: skip[0].UTC(), To: skip[len(skip)-1].UTC()},
	})
}
