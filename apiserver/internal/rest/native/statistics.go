package native

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Statistics is an overview.
type Statistics struct {
	From      time.Time              `json:"from"`
	To        time.Time              `json:"to"`
	StepMS    int64                  `json:"stepMs"`
	Instances map[workflow.State]int `json:"instances" doc:"started in the period, by state"`
	Tasks     map[workflow.State]int `json:"tasks" doc:"attempts started in the period, by state"`
	Series    []SeriesStep           `json:"series" nullable:"false" doc:"every step of the period"`
	Projects  []ProjectStatistics    `json:"projects" nullable:"false" doc:"the busiest projects apart, as many as were asked for"`
	Running   []Instance             `json:"running" nullable:"false" doc:"the newest that run now"`
	Failed    []Instance             `json:"failed" nullable:"false" doc:"the newest that failed in the period"`
	Due       []DueSchedule          `json:"due" nullable:"false" doc:"schedules that fire next"`
	Health    Health                 `json:"health"`
}

// SeriesStep counts instances that started in one step of time.
type SeriesStep struct {
	At     time.Time              `json:"at"`
	Counts map[workflow.State]int `json:"counts"`
}

// ProjectStatistics are the figures of one project.
type ProjectStatistics struct {
	ID        int64                  `json:"id"`
	Name      string                 `json:"name"`
	Instances map[workflow.State]int `json:"instances" doc:"started in the period, by state"`
	Series    []SeriesStep           `json:"series" nullable:"false" doc:"every step of the period"`
}

// DueSchedule is a schedule that fires soon.
type DueSchedule struct {
	ScheduleID  int64      `json:"scheduleId"`
	WorkflowID  int64      `json:"workflowId"`
	Workflow    string     `json:"workflow"`
	Project     int64      `json:"project"`
	ProjectName string     `json:"projectName"`
	At          *time.Time `json:"at"`
}

// Health says how the parts of the system are.
type Health struct {
	Masters    int      `json:"masters"`
	Workers    int      `json:"workers"`
	APIServers int      `json:"apiservers"`
	Database   bool     `json:"database"`
	Etcd       bool     `json:"etcd"`
	Problems   []string `json:"problems" nullable:"false"`
}

func (a *API) declareStatistics() {
	add(a, op{ID: "statistics", Method: http.MethodGet, Path: "/statistics", Tag: "Statistics", Access: SignedIn,
		Summary: "An overview of a project, or of all that the caller sees"}, a.statistics)
}

func (a *API) statistics(ctx context.Context, in *struct {
	Project string    `query:"project" doc:"id or name; by default all that the caller sees"`
	From    time.Time `query:"from" doc:"by default a day before the end"`
	To      time.Time `query:"to" doc:"by default now"`
	Step    string    `query:"step" maxLength:"20" doc:"of the series, such as 15m, 1h or 1d; by default a suitable one"`
	Apart   int       `query:"apart" minimum:"0" maximum:"50" doc:"tell so many projects apart, those with most instances; by default none"`
}) (*body[Statistics], error) {
	step, err := stepOf(in.Step)
	if err != nil {
		return nil, err
	}
	p, err := a.projectWanted(ctx, in.Project)
	if err != nil {
		return nil, err
	}
	s, err := a.uc.Statistics(ctx, callerOf(ctx), usecase.StatisticsRequest{Project: p, From: in.From.UTC(), To: in.To.UTC(), Step: step, Apart: in.Apart})
	if err != nil {
		return nil, err
	}
	return answer(a.overview(&s)), nil
}

// stepOf reads a length of time, for which days are a unit, too.
func stepOf(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	unit := time.Duration(1)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		text, unit = days+"h", 24
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, workflow.Errorf(workflow.Invalid, "param.invalid", "step is no length of time").At("step")
	}
	return d * unit, nil
}

func (a *API) overview(s *usecase.Statistics) Statistics {
	out := Statistics{From: s.From.UTC(), To: s.To.UTC(), StepMS: s.Step.Milliseconds(), Instances: s.Instances, Tasks: s.Tasks, Series: series(s, s.Series), Projects: make([]ProjectStatistics, len(s.Projects)),
		Running: make([]Instance, len(s.Running)), Failed: make([]Instance, len(s.Failed)), Due: make([]DueSchedule, len(s.Due)), Health: health(s.Health)}
	for i, p := range s.Projects {
		out.Projects[i] = ProjectStatistics{ID: p.ProjectID, Name: p.Project, Instances: p.States, Series: series(s, p.Series)}
	}
	for i, r := range s.Running {
		out.Running[i] = a.instance(r)
	}
	for i, r := range s.Failed {
		out.Failed[i] = a.instance(r)
	}
	for i, d := range s.Due {
		out.Due[i] = DueSchedule{ScheduleID: d.ID, WorkflowID: d.DefinitionID, Workflow: d.DefinitionName, Project: d.ProjectID,
			ProjectName: d.ProjectName, At: moment(d.NextDue)}
	}
	return out
}

func health(h usecase.Health) Health {
	return Health{Masters: h.Masters, Workers: h.Workers, APIServers: h.APIServers, Database: h.Database, Etcd: h.Registry, Problems: listOf(h.Problems)}
}

// series spells out the steps that nothing started in.
func series(span *usecase.Statistics, buckets []store.Bucket) []SeriesStep {
	list := []SeriesStep{}
	i := 0
	for at := span.From; at.Before(span.To); at = at.Add(span.Step) {
		step := SeriesStep{At: at.UTC(), Counts: map[workflow.State]int{}}
		for ; i < len(buckets) && buckets[i].At.Equal(at); i++ {
			step.Counts[buckets[i].State] = buckets[i].Count
		}
		list = append(list, step)
	}
	return list
}
