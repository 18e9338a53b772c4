package native

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Schedule starts a workflow by a rule.
type Schedule struct {
	ID           int64                 `json:"id"`
	WorkflowID   int64                 `json:"workflowId"`
	Workflow     string                `json:"workflow"`
	Cron         string                `json:"cron"`
	Timezone     string                `json:"timezone"`
	Start        *time.Time            `json:"start"`
	End          *time.Time            `json:"end"`
	Online       bool                  `json:"online"`
	Misfire      string                `json:"misfire" enum:"ALL,LAST,SKIP"`
	Options      RunOptions            `json:"options"`
	CalendarID   *int64                `json:"calendarId"`
	CalendarRule workflow.CalendarRule `json:"calendarRule,omitempty"`
	NextDue      *time.Time            `json:"nextDue" doc:"when it fires next, if it is online"`
	Next         []time.Time           `json:"next" nullable:"false" doc:"the next fire times of its rule"`
	Version      int                   `json:"version" doc:"for If-Match"`
	User         string                `json:"user"`
	Created      *time.Time            `json:"created"`
	Updated      *time.Time            `json:"updated"`
}

// ScheduleInput is what a caller says of a schedule.
type ScheduleInput struct {
	ScheduleRule
	Misfire string     `json:"misfire,omitempty" enum:"ALL,LAST,SKIP" doc:"what becomes of fire times that passed unseen; by default SKIP, and as it is when changed"`
	Options RunOptions `json:"options,omitempty"`
}

// ScheduleRule says when.
type ScheduleRule struct {
	Cron         string                `json:"cron" minLength:"1" maxLength:"255" doc:"Quartz: seconds first, 6 or 7 fields"`
	Timezone     string                `json:"timezone,omitempty" maxLength:"64" doc:"IANA name; by default the server's"`
	Start        *time.Time            `json:"start,omitempty" doc:"not before"`
	End          *time.Time            `json:"end,omitempty" doc:"not after"`
	CalendarID   *int64                `json:"calendarId,omitempty" minimum:"0"`
	CalendarRule workflow.CalendarRule `json:"calendarRule,omitempty" enum:"WORKDAYS,HOLIDAYS,NEXT_WORKDAY"`
}

// distantFuture ends a schedule that nobody gave an end.
func distantFuture() time.Time { return time.Date(2099, 12, 31, 23, 59, 59, 0, time.UTC) }

// input turns a rule into the use case's words.
func (r *ScheduleRule) input(now time.Time) usecase.ScheduleInput {
	in := usecase.ScheduleInput{Cron: r.Cron, Timezone: r.Timezone, StartTime: now.UTC(), EndTime: distantFuture(),
		Calendar: &usecase.ScheduleCalendar{Rule: r.CalendarRule}}
	if r.Start != nil {
		in.StartTime = r.Start.UTC()
	}
	if r.End != nil {
		in.EndTime = r.End.UTC()
	}
	if r.CalendarID != nil {
		in.Calendar.ID = *r.CalendarID
	}
	if in.Calendar.ID == 0 {
		in.Calendar.Rule = ""
	}
	return in
}

// input adds what only saved schedules have.
func (s *ScheduleInput) input(now time.Time, zone string) usecase.ScheduleInput {
	in := s.ScheduleRule.input(now)
	if s.Timezone != "" {
		zone = s.Timezone
	}
	in.Options, in.Tenant, in.Misfire = s.Options.options(zone), s.Options.Tenant, workflow.Misfire(strings.ToLower(s.Misfire))
	return in
}

// scheduleError names fields as requests here do.
func scheduleError(err error) error {
	var e *workflow.Error
	if !errors.As(err, &e) {
		return err
	}
	named := *e
	switch e.Field {
	case "timezoneId":
		named.Field = "timezone"
	case "endTime":
		named.Field = "end"
	case "tenant":
		named.Field = "options.tenant"
	}
	return &named
}

// OfSchedule is the part of a path that names a schedule of a project.
type OfSchedule struct {
	InProject
	Schedule int64 `path:"schedule" doc:"id of the schedule"`
}

func (a *API) declareSchedules() {
	const tag, one = "Schedules", "/projects/{project}/schedules/{schedule}"
	add(a, op{ID: "listSchedules", Method: http.MethodGet, Path: "/projects/{project}/schedules", Tag: tag, Access: Viewer,
		Summary: "Schedules of a project"}, a.listSchedules)
	add(a, op{ID: "createSchedule", Method: http.MethodPost, Path: "/projects/{project}/workflows/{workflow}/schedules", Tag: tag, Access: Developer,
		Status: http.StatusCreated, Summary: "Make a schedule, offline"}, a.createSchedule)
	add(a, op{ID: "getSchedule", Method: http.MethodGet, Path: one, Tag: tag, Access: Viewer, Summary: "A schedule"}, a.getSchedule)
	add(a, op{ID: "updateSchedule", Method: http.MethodPut, Path: one, Tag: tag, Access: Developer, Summary: "Change a schedule that is offline"}, a.updateSchedule)
	add(a, op{ID: "deleteSchedule", Method: http.MethodDelete, Path: one, Tag: tag, Access: Developer, Summary: "Delete a schedule that is offline"}, a.deleteSchedule)
	add(a, op{ID: "releaseSchedule", Method: http.MethodPut, Path: one + "/online", Tag: tag, Access: Developer,
		Summary: "Take a schedule online or offline"}, a.releaseSchedule)
	add(a, op{ID: "listFires", Method: http.MethodGet, Path: one + "/fires", Tag: tag, Access: Viewer,
		Summary: "What became of a schedule's due times, newest first"}, a.listFires)
	add(a, op{ID: "previewSchedule", Method: http.MethodPost, Path: "/schedules:preview", Tag: tag, Access: SignedIn,
		Summary: "The fire times of a rule"}, a.previewSchedule)
}

func (a *API) listSchedules(ctx context.Context, in *struct {
	InProject
	Paging
	Workflow int64 `query:"workflow" minimum:"0" doc:"id of a workflow"`
}) (*listed[Schedule], error) {
	page, err := in.page()
	if err != nil {
		return nil, err
	}
	rows, total, err := a.uc.Schedules(ctx, projectOf(ctx), in.Workflow, in.Search, page)
	return list(rows, total, page, schedule), err
}

type tagged[T any] struct {
	ETag string `header:"ETag"`
	Body T
}

// scheduleByID answers with a schedule and its version.
func (a *API) scheduleByID(ctx context.Context, id int64) (*tagged[Schedule], error) {
	v, err := a.uc.ScheduleView(ctx, projectOf(ctx), id)
	if err != nil {
		return nil, err
	}
	return &tagged[Schedule]{ETag: strconv.Quote(strconv.Itoa(v.Version)), Body: schedule(v)}, nil
}

func (a *API) getSchedule(ctx context.Context, in *OfSchedule) (*tagged[Schedule], error) {
	return a.scheduleByID(ctx, in.Schedule)
}

func (a *API) createSchedule(ctx context.Context, in *struct {
	InWorkflow
	Body ScheduleInput
}) (*tagged[Schedule], error) {
	workflowID, err := a.workflowID(ctx, &in.InWorkflow)
	if err != nil {
		return nil, err
	}
	sc, err := a.uc.CreateSchedule(ctx, callerOf(ctx), projectOf(ctx), workflowID, in.Body.input(a.uc.Now(), a.uc.Zone.String()))
	if err != nil {
		return nil, scheduleError(err)
	}
	return a.scheduleByID(ctx, sc.ID)
}

func (a *API) updateSchedule(ctx context.Context, in *struct {
	OfSchedule
	IfMatch string `header:"If-Match" required:"true" doc:"the version that the caller saw"`
	Body    ScheduleInput
}) (*tagged[Schedule], error) {
	version, err := strconv.Atoi(strings.Trim(in.IfMatch, `"`))
	if err != nil {
		return nil, workflow.Errorf(workflow.Invalid, "revision.invalid", "If-Match is %s, which is no version", in.IfMatch)
	}
	err = a.uc.EditSchedule(ctx, callerOf(ctx), projectOf(ctx), in.Schedule, version, in.Body.input(a.uc.Now(), a.uc.Zone.String()))
	if err != nil {
		return nil, scheduleError(err)
	}
	return a.scheduleByID(ctx, in.Schedule)
}

func (a *API) deleteSchedule(ctx context.Context, in *OfSchedule) (*struct{}, error) {
	return nil, a.uc.RemoveSchedule(ctx, projectOf(ctx), in.Schedule)
}

// OnlineInput says whether something is to be online.
type OnlineInput struct {
	Online bool `json:"online"`
}

func (a *API) releaseSchedule(ctx context.Context, in *struct {
	OfSchedule
	Body OnlineInput
}) (*tagged[Schedule], error) {
	state := workflow.Offline
	if in.Body.Online {
		state = workflow.Online
	}
	err := a.uc.ReleaseSchedule(ctx, projectOf(ctx), in.Schedule, state)
	if err != nil && workflow.ErrorReason(err) != "schedule.unchanged" {
		return nil, err
	}
	return a.scheduleByID(ctx, in.Schedule)
}

// PreviewInput asks when a rule fires.
type PreviewInput struct {
	ScheduleRule
	Count int        `json:"count,omitempty" minimum:"1" maximum:"200" default:"5"`
	From  *time.Time `json:"from,omitempty" doc:"by default now"`
}

// SchedulePreview says when a rule fires, or what is wrong with it.
type SchedulePreview struct {
	Times    []time.Time   `json:"times" nullable:"false"`
	Problems []RuleProblem `json:"problems" nullable:"false"`
}

// RuleProblem is something that is wrong with a rule.
type RuleProblem struct {
	Field   string `json:"field,omitempty"`
	Message string `json:"message"`
}

func (a *API) previewSchedule(ctx context.Context, in *struct{ Body PreviewInput }) (*body[SchedulePreview], error) {
	from := a.uc.Now()
	if in.Body.From != nil {
		from = *in.Body.From
	}
	rule := in.Body.ScheduleRule.input(from)
	out := SchedulePreview{Times: []time.Time{}, Problems: []RuleProblem{}}
	times, err := a.uc.PreviewFrom(ctx, rule, from, in.Body.Count)
	switch {
	case workflow.ErrorCode(err) == workflow.Invalid:
		out.Problems = append(out.Problems, ruleProblem(scheduleError(err)))
	case err != nil:
		return nil, err
	default:
		out.Times = listOf(times)
	}
	return answer(out), nil
}

func schedule(v usecase.ScheduleView) Schedule {
	out := Schedule{
		ID: v.ID, WorkflowID: v.DefinitionID, Workflow: v.DefinitionName, Cron: v.Cron, Timezone: v.Timezone,
		Start: moment(v.StartTime), Online: v.ReleaseState == workflow.Online, Misfire: strings.ToUpper(string(v.Misfire)),
		Options: optionsView(&v.ScheduleRow.Schedule.Start), CalendarID: known(v.CalendarID), CalendarRule: v.CalendarRule,
		NextDue: moment(v.NextDue), Next: listOf(v.Next), Version: v.Version, User: v.UserName,
		Created: moment(v.CreateTime), Updated: moment(v.UpdateTime),
	}
	if v.EndTime.Before(distantFuture()) {
		out.End = moment(v.EndTime)
	}
	return out
}
