package memstore

import (
	"maps"
	"slices"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Copies share nothing that their owner could change, and have times as a
// database keeps them: in UTC, in milliseconds.

func kept(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}

func copyStart(o workflow.StartOptions) workflow.StartOptions {
	o.StartTasks = slices.Clone(o.StartTasks)
	o.Params = maps.Clone(o.Params)
	return o
}

func copyInstance(i workflow.Instance) workflow.Instance {
	i.History = slices.Clone(i.History)
	i.Start = copyStart(i.Start)
	i.Vars = maps.Clone(i.Vars)
	for _, t := range []*time.Time{&i.ScheduleTime, &i.CommandTime, &i.StartTime, &i.EndTime, &i.UpdateTime} {
		*t = kept(*t)
	}
	return i
}

func copyTask(t workflow.TaskInstance) workflow.TaskInstance {
	t.Vars = maps.Clone(t.Vars)
	t.Branch = slices.Clone(t.Branch)
	for _, at := range []*time.Time{&t.Deadline, &t.SubmitTime, &t.StartTime, &t.EndTime, &t.UpdateTime} {
		*at = kept(*at)
	}
	return t
}

func copyPlan(p workflow.BackfillPlan) workflow.BackfillPlan {
	p.Dates = slices.Clone(p.Dates)
	return p
}

func copyBackfill(b workflow.Backfill) workflow.Backfill {
	b.Start = copyStart(b.Start)
	b.Plan = copyPlan(b.Plan)
	b.Lanes = slices.Clone(b.Lanes)
	b.CreateTime, b.EndTime = kept(b.CreateTime), kept(b.EndTime)
	return b
}

func copyCommand(c workflow.Command) workflow.Command {
	c.Start = copyStart(c.Start)
	if c.Backfill != nil {
		plan := copyPlan(*c.Backfill)
		c.Backfill = &plan
	}
	if c.Child != nil {
		child := *c.Child
		child.Vars = maps.Clone(child.Vars)
		c.Child = &child
	}
	c.CreateTime = kept(c.CreateTime)
	return c
}

func copySchedule(s workflow.Schedule) workflow.Schedule {
	s.Start = copyStart(s.Start)
	return s
}
