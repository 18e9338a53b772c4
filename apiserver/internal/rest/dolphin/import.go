package dolphin

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/codec139"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// projectByName finds the project that projectName names outside the path.
func (d *Dialect) projectByName(ctx context.Context, r *Request) (workflow.Project, error) {
	return d.uc.ProjectToStart(ctx, r.String("projectName"))
}

// importDefinitions saves the workflows of a file.
func (d *Dialect) importDefinitions(ctx context.Context, r *Request) (any, error) {
	file, _ := r.File("file") // required
	var metas []processMetaJSON
	if err := json.NewDecoder(file.Reader()).Decode(&metas); err != nil {
		return nil, &paramError{fmt.Errorf("the file holds no exported workflows: %w", err)}
	}
	if len(metas) == 0 {
		return nil, Fail(status.DataIsNull, "fileContent")
	}
	items := make([]usecase.Import, 0, len(metas))
	for i := range metas {
		item, err := d.imported(ctx, r.Caller, &metas[i])
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return nil, d.uc.ImportDefinitions(ctx, r.Caller, r.Project, items)
}

// imported decodes a workflow of a file.
func (d *Dialect) imported(ctx context.Context, c usecase.Caller, m *processMetaJSON) (usecase.Import, error) {
	item := usecase.Import{Project: m.ProjectName, Runs: map[string]usecase.Origin{}}
	item.Name, item.Description = m.ProcessDefinitionName, m.ProcessDefinitionDescription
	for field, text := range map[string]string{"projectName": m.ProjectName, "processDefinitionName": item.Name,
		"processDefinitionJson": m.ProcessDefinitionJSON} {
		if text == "" {
			return item, Fail(status.DataIsNull, field)
		}
	}
	if len(m.ProcessDefinitionJSON) > d.uc.MaxSpecBytes() {
		return item, Fail(status.DataIsNotValid, "processDefinitionJson")
	}
	text, err := codec139.MapRefs(m.ProcessDefinitionJSON, func(ref *codec139.Ref) error {
		return d.relink(ctx, c, ref, item.Runs)
	})
	if err != nil {
		return item, err
	}
	if item.Spec, err = codec139.DecodeProcess(text); err != nil {
		return item, err
	}
	codec139.SetLayout(&item.Spec, m.ProcessDefinitionLocations, m.ProcessDefinitionConnects)
	if m.ScheduleCrontab != nil {
		item.WarningGroup = textOf(m.ScheduleWarningGroupName)
		item.Schedule, err = m.schedule()
	}
	return item, err
}

// relink gives a reference the id that what it names has here; without a name,
// or when there is nothing of that name, the id stays. Sub-workflows are found
// later, among the other workflows of the file too.
func (d *Dialect) relink(ctx context.Context, c usecase.Caller, ref *codec139.Ref, runs map[string]usecase.Origin) error {
	name, project := ref.Name, ref.Project
	ref.Name, ref.Project = "", ""
	if name == "" {
		return nil
	}
	switch ref.Kind {
	case workflow.KindSubWorkflow:
		runs[ref.Task] = usecase.Origin{Project: project, Name: name}
	case workflow.KindDependent:
		projectID, id, err := d.uc.DefinitionAt(ctx, c, project, name)
		if err != nil {
			return err
		}
		if id != 0 {
			ref.ProjectID, ref.ID = projectID, id
		}
	default:
		id, err := d.uc.DataSourceNamed(ctx, c, name)
		if err != nil {
			return err
		}
		ref.ID = cmp.Or(id, ref.ID)
	}
	return nil
}

// schedule decodes the schedule beside a workflow. What is no word of 1.3.9
// gets the endpoint's own constant.
func (m *processMetaJSON) schedule() (*usecase.ScheduleInput, error) {
	in := &usecase.ScheduleInput{Cron: *m.ScheduleCrontab, Timezone: cmp.Or(textOf(m.ScheduleTimezoneID), zoneName)}
	var err error
	if in.StartTime, err = dateOf(textOf(m.ScheduleStartTime)); err != nil {
		return nil, &paramError{fmt.Errorf("scheduleStartTime: %w", err)}
	}
	if in.EndTime, err = dateOf(textOf(m.ScheduleEndTime)); err != nil {
		return nil, &paramError{fmt.Errorf("scheduleEndTime: %w", err)}
	}
	urgency, ok := codec139.PriorityOf(textOf(m.ScheduleProcessInstancePriority))
	warning, failure := cmp.Or(textOf(m.ScheduleWarningType), "NONE"), cmp.Or(textOf(m.ScheduleFailureStrategy), "CONTINUE")
	if !ok || !slices.Contains(warningType().Values, warning) || !slices.Contains(failureStrategy().Values, failure) {
		return nil, &paramError{fmt.Errorf("the schedule has an unknown priority, warning type or failure strategy")}
	}
	in.Options = workflow.StartOptions{
		FailureStrategy: workflow.FailureStrategy(failure), WarningType: workflow.WarningType(warning), Priority: urgency,
		WorkerGroup: orDefault(textOf(m.ScheduleWorkerGroupName)), Zone: zoneName,
	}
	if m.ScheduleWarningGroupID != nil {
		in.Options.WarningGroupID = *m.ScheduleWarningGroupID
	}
	return in, nil
}

// textOf reads a text that may be null.
func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
