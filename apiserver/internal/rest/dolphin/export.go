package dolphin

import (
	"context"
	"io"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/codec139"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// processMetaJSON is a ProcessMeta: a workflow with its schedule in a file. The
// last field is ours; 1.3.9 passes over it.
type processMetaJSON struct {
	ProjectName                     string  `json:"projectName"`
	ProcessDefinitionName           string  `json:"processDefinitionName"`
	ProcessDefinitionJSON           string  `json:"processDefinitionJson"`
	ProcessDefinitionDescription    string  `json:"processDefinitionDescription"`
	ProcessDefinitionLocations      *string `json:"processDefinitionLocations"`
	ProcessDefinitionConnects       *string `json:"processDefinitionConnects"`
	ScheduleWarningType             *string `json:"scheduleWarningType"`
	ScheduleWarningGroupID          *int64  `json:"scheduleWarningGroupId"`
	ScheduleWarningGroupName        *string `json:"scheduleWarningGroupName"`
	ScheduleStartTime               *string `json:"scheduleStartTime"`
	ScheduleEndTime                 *string `json:"scheduleEndTime"`
	ScheduleCrontab                 *string `json:"scheduleCrontab"`
	ScheduleFailureStrategy         *string `json:"scheduleFailureStrategy"`
	ScheduleReleaseState            *string `json:"scheduleReleaseState"`
	ScheduleProcessInstancePriority *string `json:"scheduleProcessInstancePriority"`
	ScheduleWorkerGroupName         *string `json:"scheduleWorkerGroupName"`
	ScheduleTimezoneID              *string `json:"scheduleTimezoneId,omitempty"`
}

// exportDefinitions answers the workflows that exist as a file, and nothing at
// all when there is none.
func (d *Dialect) exportDefinitions(ctx context.Context, r *Request) (any, error) {
	wanted, err := idList(r.String("processDefinitionIds"))
	if err != nil {
		return nil, &paramError{err}
	}
	list, err := d.uc.ExportDefinitions(ctx, r.Project, wanted)
	if err != nil || len(list) == 0 {
		return Nothing{}, err
	}
	metas := make([]processMetaJSON, 0, len(list))
	for i := range list {
		meta, err := d.exported(ctx, r.Caller, &list[i])
		if err != nil {
			return nil, err
		}
		metas = append(metas, meta)
	}
	text, err := marshal(metas)
	if err != nil {
		return nil, err
	}
	return Attachment{Name: exportName(list), Type: "application/json;charset=UTF-8", Write: func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	}}, nil
}

// exportName names the file: after its workflow when there is one.
func exportName(list []usecase.Export) string {
	if len(list) == 1 {
		return list[0].Name + ".json"
	}
	return "workflows.json"
}

// exported encodes a workflow. Beside ids stand the names that they have here.
func (d *Dialect) exported(ctx context.Context, c usecase.Caller, e *usecase.Export) (processMetaJSON, error) {
	text, err := codec139.MapRefs(codec139.EncodeProcess(&e.Spec), func(ref *codec139.Ref) (err error) {
		switch ref.Kind {
		case workflow.KindSQL, workflow.KindProcedure:
			ref.Name, err = d.uc.DataSourceName(ctx, c, ref.ID)
		default:
			ref.Project, ref.Name, err = d.uc.DefinitionPlace(ctx, c, ref.ID)
		}
		return err
	})
	meta := processMetaJSON{
		ProjectName: e.ProjectName, ProcessDefinitionName: e.Name, ProcessDefinitionJSON: text,
		ProcessDefinitionDescription: e.Description, ProcessDefinitionLocations: codec139.Locations(&e.Spec),
		ProcessDefinitionConnects: codec139.Connects(&e.Spec),
	}
	if e.Schedule != nil {
		meta.setSchedule(e.Schedule, e.WarningGroup)
	}
	return meta, err
}

func (m *processMetaJSON) setSchedule(sc *workflow.Schedule, warningGroup string) {
	text := func(s string) *string { return &s }
	start := &sc.Start
	m.ScheduleWarningType, m.ScheduleFailureStrategy = text(warningName(start.WarningType)), text(failureName(start.FailureStrategy))
	m.ScheduleWarningGroupID, m.ScheduleWarningGroupName = &start.WarningGroupID, orNull(warningGroup)
	m.ScheduleStartTime, m.ScheduleEndTime = plainTime(sc.StartTime), plainTime(sc.EndTime)
	m.ScheduleCrontab, m.ScheduleReleaseState = &sc.Cron, text(string(workflow.Offline))
	m.ScheduleProcessInstancePriority = text(codec139.PriorityName(start.Priority))
	m.ScheduleWorkerGroupName = text(orDefault(start.WorkerGroup))
	if sc.Timezone != zoneName {
		m.ScheduleTimezoneID = &sc.Timezone
	}
}

// plainTime writes a time as requests do.
func plainTime(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.In(gmt8).Format(time.DateTime)
	return &s
}
