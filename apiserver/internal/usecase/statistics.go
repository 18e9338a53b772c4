package usecase

import (
	"context"
	"fmt"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// StatisticsRequest says what figures are wanted about.
type StatisticsRequest struct {
	Project  workflow.Project // zero: all that the caller sees
	From, To time.Time        // zero: the last day
	Step     time.Duration    // of the series; 0: a suitable one
	Apart    int              // how many projects to tell apart, the busiest ones
}

// Statistics is an overview.
type Statistics struct {
	From, To  time.Time
	Step      time.Duration
	Instances map[workflow.State]int
	Tasks     map[workflow.State]int
	Series    []store.Bucket
	Projects  []ProjectFigures
	Running   []Run
	Failed    []Run
	Due       []store.ScheduleRow
	Health    Health
}

// ProjectFigures are those of one project.
type ProjectFigures struct {
	store.ProjectCount
	Series []store.Bucket
}

// Health says how the parts of the system are.
type Health struct {
	Masters, Workers, APIServers int
	Database, Registry           bool
	Problems                     []string
}

const (
	maxSteps = 500 // of a series
	mostRuns = 10  // of each list in an overview
	lastDay  = 24 * time.Hour
)

// Statistics gives an overview. Reasons: "param.invalid".
func (s *Service) Statistics(ctx context.Context, c Caller, req StatisticsRequest) (out Statistics, err error) {
	if out, err = s.span(req); err != nil {
		return out, err
	}
	count := CountRequest{ProjectID: req.Project.ID, From: out.From, To: out.To}
	if out.Instances, err = s.CountInstances(ctx, c, count); err != nil {
		return out, err
	}
	if out.Tasks, err = s.CountTasks(ctx, c, count); err != nil {
		return out, err
	}
	projects, err := s.visible(ctx, c, req.Project, false)
	if err != nil {
		return out, err
	}
	if out.Series, err = s.Store.Runs.Series(ctx, projects, out.From, out.To, out.Step); err != nil {
		return out, err
	}
	if out.Projects, err = s.figures(ctx, projects, &out, req.Apart); err != nil {
		return out, err
	}
	if out.Due, err = s.Store.Runs.Due(ctx, projects, mostRuns); err != nil {
		return out, err
	}
	running := store.RunQuery{States: []workflow.State{workflow.Running, workflow.Pausing, workflow.Stopping}}
	if out.Running, _, err = s.Runs(ctx, c, req.Project, running, store.Place{}, mostRuns); err != nil {
		return out, err
	}
	failed := store.RunQuery{States: []workflow.State{workflow.Failed}, From: out.From, To: out.To}
	if out.Failed, _, err = s.Runs(ctx, c, req.Project, failed, store.Place{}, mostRuns); err != nil {
		return out, err
	}
	out.Health = s.Health(ctx)
	return out, nil
}

// figures tells the busiest projects apart.
func (s *Service) figures(ctx context.Context, projects []int64, span *Statistics, limit int) ([]ProjectFigures, error) {
	if limit == 0 {
		return nil, nil
	}
	counts, err := s.Store.Runs.Busiest(ctx, projects, span.From, span.To, limit)
	if err != nil {
		return nil, err
	}
	list, ids := make([]ProjectFigures, len(counts)), make([]int64, len(counts))
	for i, c := range counts {
		list[i].ProjectCount, ids[i] = c, c.ProjectID
	}
	series, err := s.Store.Runs.ProjectSeries(ctx, ids, span.From, span.To, span.Step)
	for i := range list {
		list[i].Series = series[list[i].ProjectID]
	}
	return list, err
}

// span fills in the period and the step.
func (s *Service) span(req StatisticsRequest) (out Statistics, err error) {
	out.From, out.To, out.Step = req.From, req.To, req.Step
	if out.To.IsZero() {
		out.To = s.Now()
	}
	if out.From.IsZero() {
		out.From = out.To.Add(-lastDay)
	}
	length := out.To.Sub(out.From)
	if length <= 0 {
		return out, invalid("to", "to")
	}
	if out.Step == 0 {
		out.Step = suitable(length)
	}
	if out.Step < time.Second || length/out.Step > maxSteps {
		return out, invalid("step", "step")
	}
	return out, nil
}

// suitable gives a step that cuts a period into a few dozen.
func suitable(length time.Duration) time.Duration {
	for _, step := range []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour, lastDay} {
		if length/step <= 48 {
			return step
		}
	}
	return max(lastDay, (length / 48).Truncate(lastDay))
}

// Health looks at every part of the system. That one is away is an answer, too.
func (s *Service) Health(ctx context.Context) Health {
	h := Health{Registry: true}
	for _, part := range []struct {
		role  coord.Role
		count *int
		none  string
	}{{coord.Master, &h.Masters, "no master is alive"}, {coord.Worker, &h.Workers, "no worker is alive"}, {coord.APIServer, &h.APIServers, ""}} {
		members, err := s.Members(ctx, part.role)
		if err != nil {
			h.Registry = false
			continue
		}
		if *part.count = len(members); len(members) == 0 && part.none != "" {
			h.Problems = append(h.Problems, part.none)
		}
	}
	if !h.Registry || s.Coord.Healthy(ctx) != nil {
		h.Registry = false
		h.Problems = append(h.Problems, "the registry does not answer")
	}
	if h.Database = s.Store.Database.Ping(ctx) == nil; !h.Database {
		h.Problems = append(h.Problems, "the database does not answer")
	}
	if failed, err := s.Store.Commands.Failed(ctx, maxFailedCommands); err == nil && len(failed) > 0 {
		h.Problems = append(h.Problems, fmt.Sprintf("%d commands could not be obeyed", len(failed)))
	}
	return h
}

// maxFailedCommands is how many commands in quarantine are looked at.
const maxFailedCommands = 100
