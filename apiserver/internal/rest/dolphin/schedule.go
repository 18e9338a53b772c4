package dolphin

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/codec139"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func (d *Dialect) scheduleRoutes() []Route {
	const group, base = "Scheduler", "/projects/{projectName}/schedule"
	return []Route{
		{Group: group, Operation: "createSchedule", Method: http.MethodPost, Path: base + "/create",
			Params: inProject(Int("processDefinitionId").Must(), Text("schedule").Must(), warningType().Or("NONE"),
				Int("warningGroupId").Or("1"), failureStrategy().Or("CONTINUE"), Text("receivers"), Text("receiversCc"),
				Text("workerGroup").Or("default"), priority("processInstancePriority")),
			SuccessStatus: http.StatusCreated, ErrorConstant: status.CreateScheduleError,
			Access: ProjectWrite, Handler: d.createSchedule},
		{Group: group, Operation: "updateSchedule", Method: http.MethodPost, Path: base + "/update",
			Params: inProject(Int("id").Must(), Text("schedule").Must(), warningType().Or("NONE"),
				Int("warningGroupId").Must(), failureStrategy().Or("END"), Text("receivers"), Text("receiversCc"),
				Text("workerGroup").Or("default"), priority("processInstancePriority")),
			ErrorConstant: status.UpdateScheduleError, Access: ProjectWrite, Handler: d.updateSchedule},
		{Group: group, Operation: "online", Method: http.MethodPost, Path: base + "/online",
			Params: inProject(Int("id").Must()), ErrorConstant: status.PublishScheduleOnlineError,
			Access: ProjectWrite, Handler: d.scheduleOnline},
		{Group: group, Operation: "offline", Method: http.MethodPost, Path: base + "/offline",
			Params: inProject(Int("id").Must()), ErrorConstant: status.OfflineScheduleError,
			Access: ProjectWrite, Handler: d.scheduleOffline},
		{Group: group, Operation: "queryScheduleListPaging", Method: http.MethodGet, Path: base + "/list-paging",
			Params:        inProject(Int("processDefinitionId").Must(), Text("searchVal"), Int("pageNo").Must(), Int("pageSize").Must()),
			ErrorConstant: status.QueryScheduleListPagingError, Access: ProjectRead, Handler: d.pageSchedules},
		{Group: group, Operation: "deleteScheduleById", Method: http.MethodGet, Path: base + "/delete",
			Params: inProject(Int("scheduleId").Must()), ErrorConstant: status.DeleteScheduleCronByIDError,
			Access: ProjectWrite, Writes: true, Handler: d.deleteSchedule},
		{Group: group, Operation: "queryScheduleList", Method: http.MethodPost, Path: base + "/list",
			Params: inProject(), ErrorConstant: status.QueryScheduleListError,
			Access: ProjectRead, Handler: d.listSchedules},
		{Group: group, Operation: "previewSchedule", Method: http.MethodPost, Path: base + "/preview",
			Params: inProject(Text("schedule").Must()), SuccessStatus: http.StatusCreated,
			ErrorConstant: status.PreviewScheduleError, Access: ProjectRead, Handler: d.previewSchedule},
	}
}

// scheduleParam is the JSON text of the schedule parameter.
type scheduleParam struct {
	StartTime  lenientDate `json:"startTime"`
	EndTime    lenientDate `json:"endTime"`
	Crontab    string      `json:"crontab"`
	TimezoneID string      `json:"timezoneId"`
}

// lenientDate is a date as text in one of the forms clients send, or as
// milliseconds since 1970.
type lenientDate struct {
	text   string
	millis int64
}

// UnmarshalJSON reads the date; its zone is not known yet.
func (l *lenientDate) UnmarshalJSON(raw []byte) error {
	if json.Unmarshal(raw, &l.millis) == nil {
		return nil
	}
	return json.Unmarshal(raw, &l.text)
}

func (l lenientDate) in(zone *time.Location) (time.Time, error) {
	if l.millis != 0 {
		return time.UnixMilli(l.millis), nil
	}
	text := strings.TrimSpace(l.text)
	for _, layout := range []string{time.DateTime, "2006-01-02T15:04:05.000-0700", time.RFC3339, "2006-01-02T15:04:05", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no date", text)
}

// scheduleInput decodes the schedule parameter. What cannot be read gets the
// endpoint's own constant, as a failed parse does in the original.
func scheduleInput(r *Request) (usecase.ScheduleInput, error) {
	var p scheduleParam
	if err := json.Unmarshal([]byte(r.String("schedule")), &p); err != nil {
		return usecase.ScheduleInput{}, &paramError{fmt.Errorf("schedule: %w", err)}
	}
	in := usecase.ScheduleInput{Cron: p.Crontab, Timezone: cmp.Or(p.TimezoneID, zoneName)}
	var err error
	if in.StartTime, err = p.StartTime.in(gmt8); err != nil {
		return in, &paramError{fmt.Errorf("startTime: %w", err)}
	}
	if in.EndTime, err = p.EndTime.in(gmt8); err != nil {
		return in, &paramError{fmt.Errorf("endTime: %w", err)}
	}
	return in, nil
}

func (d *Dialect) createSchedule(ctx context.Context, r *Request) (any, error) {
	in, err := scheduleInput(r)
	if err != nil {
		return nil, err
	}
	in.Options = startOptions(r)
	_, err = d.uc.CreateSchedule(ctx, r.Caller, r.Project, r.ID("processDefinitionId"), in)
	return nil, err
}

func (d *Dialect) updateSchedule(ctx context.Context, r *Request) (any, error) {
	in, err := scheduleInput(r)
	if err != nil {
		return nil, err
	}
	in.Options = startOptions(r)
	err = d.uc.UpdateSchedule(ctx, r.Caller, r.Project, r.ID("id"), in)
	return nil, as(err, "schedule.cron", status.ScheduleCronCheckFailed, in.Cron)
}

func (d *Dialect) scheduleOnline(ctx context.Context, r *Request) (any, error) {
	return nil, d.uc.ReleaseSchedule(ctx, r.Project, r.ID("id"), workflow.Online)
}

func (d *Dialect) scheduleOffline(ctx context.Context, r *Request) (any, error) {
	return nil, d.uc.ReleaseSchedule(ctx, r.Project, r.ID("id"), workflow.Offline)
}

func (d *Dialect) pageSchedules(ctx context.Context, r *Request) (any, error) {
	rows, total, err := d.uc.ListSchedules(ctx, r.Project, r.ID("processDefinitionId"), r.Search(), r.Page())
	if err != nil {
		return nil, err
	}
	return PageOf(r.Page(), rows, total, encodeSchedule), nil
}

func (d *Dialect) listSchedules(ctx context.Context, r *Request) (any, error) {
	rows, err := d.uc.SchedulesOf(ctx, r.Project)
	if err != nil {
		return nil, err
	}
	return ListOf(rows, encodeSchedule), nil
}

func (d *Dialect) deleteSchedule(ctx context.Context, r *Request) (any, error) {
	return nil, d.uc.DeleteSchedule(ctx, r.Caller, r.Project, r.ID("scheduleId"))
}

// previewCount is how many fire times a preview shows at most.
const previewCount = 5

func (d *Dialect) previewSchedule(ctx context.Context, r *Request) (any, error) {
	in, err := scheduleInput(r)
	if err != nil {
		return nil, err
	}
	fires, err := d.uc.PreviewSchedule(ctx, in, previewCount)
	if err != nil {
		return nil, as(err, "schedule.cron", status.ParseToCronExpressionError)
	}
	return ListOf(fires, func(t time.Time) string { return t.In(gmt8).Format(time.DateTime) }), nil
}

// scheduleJSON is a Schedule.
type scheduleJSON struct {
	ID                      int64   `json:"id"`
	ProcessDefinitionID     int64   `json:"processDefinitionId"`
	ProcessDefinitionName   *string `json:"processDefinitionName"`
	ProjectName             *string `json:"projectName"`
	DefinitionDescription   *string `json:"definitionDescription"`
	StartTime               Date    `json:"startTime"`
	EndTime                 Date    `json:"endTime"`
	Crontab                 string  `json:"crontab"`
	FailureStrategy         string  `json:"failureStrategy"`
	WarningType             string  `json:"warningType"`
	CreateTime              Date    `json:"createTime"`
	UpdateTime              Date    `json:"updateTime"`
	UserID                  int64   `json:"userId"`
	UserName                *string `json:"userName"`
	ReleaseState            string  `json:"releaseState"`
	WarningGroupID          int64   `json:"warningGroupId"`
	ProcessInstancePriority string  `json:"processInstancePriority"`
	WorkerGroup             string  `json:"workerGroup"`
}

func encodeSchedule(row store.ScheduleRow) scheduleJSON {
	return scheduleJSON{
		ID: row.ID, ProcessDefinitionID: row.DefinitionID, ProcessDefinitionName: orNull(row.DefinitionName),
		ProjectName: orNull(row.ProjectName), DefinitionDescription: orNull(row.DefinitionDesc),
		StartTime: Date(row.StartTime), EndTime: Date(row.EndTime), Crontab: row.Cron,
		FailureStrategy: failureName(row.Start.FailureStrategy), WarningType: warningName(row.Start.WarningType),
		CreateTime: Date(row.CreateTime), UpdateTime: Date(row.UpdateTime), UserID: row.UserID,
		UserName: orNull(row.UserName), ReleaseState: string(row.ReleaseState), WarningGroupID: row.Start.WarningGroupID,
		ProcessInstancePriority: codec139.PriorityName(row.Start.Priority), WorkerGroup: orDefault(row.Start.WorkerGroup),
	}
}
