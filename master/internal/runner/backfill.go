package runner

import (
	"context"

	"github.com/porpoise-scheduler/porpoise/pkg/engine"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// startBackfill makes a backfill of a command and starts its first dates.
func (s *Shard) startBackfill(ctx context.Context, c *workflow.Command) error {
	if c.Backfill == nil || len(c.Backfill.Dates) == 0 {
		return workflow.Errorf(workflow.Invalid, "backfill.empty", "the backfill names no date")
	}
	if _, err := s.deps.Definitions.Plan(ctx, c.DefinitionID, c.Start.Version); err != nil {
		return err
	}
	if err := s.backfillIDs.reserve(ctx, 1); err != nil {
		return err
	}
	start := c.Start
	start.CommandID = c.ID
	b := engine.NewBackfill(workflow.Backfill{
		ID: s.backfillIDs.next(), Shard: s.fence.Shard, ProjectID: c.ProjectID, DefinitionID: c.DefinitionID,
		UserID: c.UserID, Start: start, Plan: *c.Backfill, CreateTime: s.deps.Now(),
	})
	s.backfills[b.Row().ID] = b
	return s.advance(ctx, b)
}

// controlBackfill pauses, resumes or stops a backfill, and with it the
// instances under way when it is stopped. One that has ended meanwhile is left
// alone.
func (s *Shard) controlBackfill(ctx context.Context, c *workflow.Command) error {
	b := s.backfills[c.BackfillID]
	if b == nil {
		return nil
	}
	switch c.Type {
	case workflow.CmdPauseBackfill:
		b.Pause()
	case workflow.CmdResumeBackfill:
		b.Resume()
	case workflow.CmdStopBackfill:
		for _, id := range b.Stop(s.deps.Now()) {
			if err := s.step(ctx, id, engine.Control{Command: workflow.CmdStop}); err != nil {
				return err
			}
		}
	}
	return s.advance(ctx, b)
}

// advance starts what a backfill has to start now and records where it is.
func (s *Shard) advance(ctx context.Context, b *engine.Backfill) error {
	row := b.Row()
	for due := b.Next(); len(due) > 0; due = b.Next() {
		for _, d := range due {
			if err := s.startDate(ctx, b, &row, d); err != nil {
				return err
			}
		}
	}
	row = b.Row()
	s.out.batch.Backfills = append(s.out.batch.Backfills, row)
	if b.Done() {
		delete(s.backfills, row.ID)
	}
	return nil
}

// startDate starts the instance of one date. One that cannot be made ends its
// lane as a failed one would.
func (s *Shard) startDate(ctx context.Context, b *engine.Backfill, row *workflow.Backfill, d engine.Due) error {
	c := workflow.Command{
		Type: workflow.CmdBackfill, ProjectID: row.ProjectID, DefinitionID: row.DefinitionID,
		UserID: row.UserID, CreateTime: row.CreateTime, Start: row.Start,
	}
	id, err := s.create(ctx, &c, origin{command: workflow.CmdBackfill, backfillID: row.ID, scheduleTime: d.Date})
	switch {
	case err != nil && ctx.Err() != nil:
		return err
	case err != nil:
		s.log.Error("backfill lane ended: its instance could not be made", "backfill", row.ID, "date", d.Date, "err", err)
		const nobody = -1
		b.Started(d.Lane, nobody)
		b.Ended(nobody, workflow.Failed, s.deps.Now())
		return nil
	}
	// Noted before it begins: an instance may end in its very first step.
	b.Started(d.Lane, id)
	return s.admit(ctx, id)
}
