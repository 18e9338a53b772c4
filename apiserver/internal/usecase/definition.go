package usecase

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// maxDefinitionName is what the database holds, in characters.
const maxDefinitionName = 255

// DefinitionInput is what a client says about a workflow.
type DefinitionInput struct {
	Name        string
	Description string
	Spec        workflow.Spec
}

// Definition gives a workflow of the project; "definition.not_found".
func (s *Service) Definition(ctx context.Context, p workflow.Project, id int64) (workflow.Definition, error) {
	d, err := s.Store.Definitions.Get(ctx, id)
	if workflow.ErrorCode(err) == workflow.NotFound || err == nil && d.ProjectID != p.ID {
		return d, definitionNotFound(id)
	}
	return d, err
}

// DefinitionRow gives a workflow of the project with what lists show.
func (s *Service) DefinitionRow(ctx context.Context, p workflow.Project, id int64) (store.DefinitionRow, error) {
	d, err := s.Store.Definitions.Row(ctx, id)
	if workflow.ErrorCode(err) == workflow.NotFound || err == nil && d.ProjectID != p.ID {
		return d, definitionNotFound(id)
	}
	return d, err
}

// ProjectOfDefinition finds the project of a workflow.
func (s *Service) ProjectOfDefinition(ctx context.Context, id int64) (workflow.Project, error) {
	d, err := s.Store.Definitions.Get(ctx, id)
	if workflow.ErrorCode(err) == workflow.NotFound {
		return workflow.Project{}, definitionNotFound(id)
	}
	if err != nil {
		return workflow.Project{}, err
	}
	return s.Store.Projects.Get(ctx, d.ProjectID)
}

// CreateDefinition saves the first version of a workflow, offline. Besides the
// reasons of CheckSpec: "definition.exists", "definition.name".
func (s *Service) CreateDefinition(ctx context.Context, c Caller, p workflow.Project, in DefinitionInput) (workflow.Definition, error) {
	if err := s.CheckSpec(&in.Spec); err != nil {
		return workflow.Definition{}, err
	}
	if err := checkDefinitionName(in.Name); err != nil {
		return workflow.Definition{}, err
	}
	if err := s.checkNesting(ctx, 0, &in.Spec); err != nil {
		return workflow.Definition{}, err
	}
	if err := s.checkNeeds(ctx, c, p.ID, &in.Spec); err != nil {
		return workflow.Definition{}, err
	}
	now := s.Now()
	d := workflow.Definition{
		ProjectID: p.ID, Name: in.Name, Description: in.Description, ReleaseState: workflow.Offline,
		UserID: c.User.ID, ModifiedBy: c.User.ID, CreateTime: now, UpdateTime: now, Spec: in.Spec,
	}
	s.nameTasks(&d.Spec, now)
	var err error
	if d.Uses, err = s.usesOf(&d.Spec); err != nil {
		return d, err
	}
	err = s.Store.Definitions.Create(ctx, &d)
	if workflow.ErrorCode(err) == workflow.Exists {
		return d, definitionExists(in.Name)
	}
	return d, named(err)
}

// UpdateDefinition saves a new version of an offline workflow. Reasons besides
// those of CreateDefinition: "definition.not_found", "definition.online" (with
// its name), "definition.changed". merge, if not nil, may complete the new spec
// by the present one.
func (s *Service) UpdateDefinition(ctx context.Context, c Caller, p workflow.Project, id int64, in DefinitionInput, merge func(prev, next *workflow.Spec)) (workflow.Definition, error) {
	if err := s.CheckSpec(&in.Spec); err != nil {
		return workflow.Definition{}, err
	}
	d, err := s.Definition(ctx, p, id)
	if err != nil {
		return d, err
	}
	if d.ReleaseState == workflow.Online {
		return d, definitionOnline(d.Name)
	}
	if err := checkDefinitionName(in.Name); err != nil {
		return d, err
	}
	if in.Name != d.Name {
		if err := s.VerifyDefinitionName(ctx, p, in.Name); err != nil {
			return d, err
		}
	}
	if err := s.checkNesting(ctx, id, &in.Spec); err != nil {
		return d, err
	}
	if err := s.checkNeeds(ctx, c, p.ID, &in.Spec); err != nil {
		return d, err
	}
	if merge != nil {
		merge(&d.Spec, &in.Spec)
	}
	d.Name, d.Description, d.Spec = in.Name, in.Description, in.Spec
	return d, s.saveVersion(ctx, c, &d)
}

// saveVersion stores d as the next version.
func (s *Service) saveVersion(ctx context.Context, c Caller, d *workflow.Definition) error {
	now := s.Now()
	d.ModifiedBy, d.UpdateTime = c.User.ID, now
	s.nameTasks(&d.Spec, now)
	name := d.Name
	var err error
	if d.Uses, err = s.usesOf(&d.Spec); err != nil {
		return err
	}
	err = s.Store.Definitions.Update(ctx, d)
	s.hot.forget()
	switch {
	case workflow.ErrorCode(err) == workflow.Exists:
		return definitionExists(name)
	case workflow.ErrorReason(err) == "definition.online":
		return definitionOnline(name)
	}
	return named(err)
}

// VerifyDefinitionName refuses a name that the project has already:
// "definition.exists".
func (s *Service) VerifyDefinitionName(ctx context.Context, p workflow.Project, name string) error {
	_, err := s.Store.Definitions.ByName(ctx, p.ID, name)
	switch {
	case err == nil:
		return definitionExists(name)
	case workflow.ErrorCode(err) == workflow.NotFound:
		return nil
	}
	return err
}

// CopyDefinition saves the present version under a new name.
func (s *Service) CopyDefinition(ctx context.Context, c Caller, p workflow.Project, id int64) (workflow.Definition, error) {
	d, err := s.Definition(ctx, p, id)
	if err != nil {
		return d, err
	}
	return s.CopyAs(ctx, c, p, &d, suffixed(d.Name, "_copy_", s.Now().UnixMilli()))
}

// CopyAs saves a version as a workflow of that name. Reasons are those of
// CreateDefinition.
func (s *Service) CopyAs(ctx context.Context, c Caller, p workflow.Project, d *workflow.Definition, name string) (workflow.Definition, error) {
	spec := d.Spec
	spec.Tasks = slices.Clone(spec.Tasks)
	for i := range spec.Tasks {
		spec.Tasks[i].Code = 0
	}
	return s.CreateDefinition(ctx, c, p, DefinitionInput{Name: name, Description: d.Description, Spec: spec})
}

// ReleaseDefinition takes a workflow online or offline; offline takes its
// schedules along. Who takes it online may use what its tasks need:
// "task.invalid" otherwise.
func (s *Service) ReleaseDefinition(ctx context.Context, c Caller, p workflow.Project, id int64, state workflow.ReleaseState) error {
	d, err := s.Definition(ctx, p, id)
	if err != nil {
		return err
	}
	if state == workflow.Online {
		if len(d.Tasks) == 0 {
			return workflow.Errorf(workflow.Conflict, "definition.empty", "workflow %s has no tasks", d.Name)
		}
		if err := s.checkNeeds(ctx, c, p.ID, &d.Spec); err != nil {
			return err
		}
	}
	commands, err := s.Store.Definitions.Release(ctx, d.ID, state)
	s.hot.forget()
	if err != nil {
		return err
	}
	s.nudge(commands...)
	return nil
}

// DeleteDefinition removes an offline workflow with its versions and offline
// schedule. Only its creator and admins may. Reasons: "definition.not_found",
// "user.forbidden", "definition.still_online" (its id), "schedule.still_online"
// (the schedule's id), "definition.busy" while instances of it run.
func (s *Service) DeleteDefinition(ctx context.Context, c Caller, p workflow.Project, id int64) error {
	d, err := s.Definition(ctx, p, id)
	if err != nil {
		return err
	}
	if err := requireSelf(c, d.UserID); err != nil {
		return err
	}
	return s.RemoveWorkflow(ctx, p, id)
}

// RemoveWorkflow is DeleteDefinition for whoever may change the project's
// workflows.
func (s *Service) RemoveWorkflow(ctx context.Context, p workflow.Project, id int64) error {
	d, err := s.Definition(ctx, p, id)
	if err != nil {
		return err
	}
	if d.ReleaseState == workflow.Online {
		return workflow.Errorf(workflow.Conflict, "definition.still_online", "workflow %d is online", id).With(id)
	}
	schedules, err := s.Store.Schedules.ByDefinition(ctx, id)
	if err != nil {
		return err
	}
	for _, sc := range schedules {
		if sc.ReleaseState == workflow.Online {
			return scheduleStillOnline(sc.ID)
		}
	}
	busy, err := s.hasRunning(ctx, id)
	if err != nil {
		return err
	}
	if busy {
		return workflow.Errorf(workflow.Conflict, "definition.busy", "instances of workflow %d are running", id)
	}
	err = s.Store.Definitions.Delete(ctx, id)
	s.hot.forget()
	return err
}

func (s *Service) hasRunning(ctx context.Context, definitionID int64) (bool, error) {
	open := slices.DeleteFunc(slices.Clone(workflow.InstanceStates), workflow.State.Terminal)
	_, total, err := s.Store.Instances.List(ctx, store.InstanceFilter{DefinitionID: definitionID, States: open}, store.Page{Number: 1, Size: 1})
	return total > 0, err
}

// DeleteDefinitions removes several and gives the ids it did not remove.
func (s *Service) DeleteDefinitions(ctx context.Context, c Caller, p workflow.Project, ids []int64) (failed []int64) {
	for _, id := range ids {
		if err := s.DeleteDefinition(ctx, c, p, id); err != nil {
			s.Log.InfoContext(ctx, "workflow not deleted", "definition", id, "error", err)
			failed = append(failed, id)
		}
	}
	return failed
}

// DefinitionsOf lists the project's workflows in full.
func (s *Service) DefinitionsOf(ctx context.Context, p workflow.Project) ([]store.DefinitionRow, error) {
	return s.Store.Definitions.All(ctx, p.ID)
}

// ListDefinitions gives a page of the project's workflows in full.
func (s *Service) ListDefinitions(ctx context.Context, p workflow.Project, search string, userID int64, page store.Page) ([]store.DefinitionRow, int, error) {
	page = s.bound(page)
	return s.Store.Definitions.List(ctx, p.ID, search, userID, page, true)
}

func checkDefinitionName(name string) error {
	if name == "" || utf8.RuneCountInString(name) > maxDefinitionName {
		return workflow.Errorf(workflow.Invalid, "param.invalid", "a name has 1 to %d characters", maxDefinitionName).At("name").With("name")
	}
	return nil
}

func definitionExists(name string) error {
	return workflow.Errorf(workflow.Exists, "definition.exists", "the project has a workflow %s already", name).With(name)
}

func definitionOnline(name string) error {
	return workflow.Errorf(workflow.Conflict, "definition.online", "workflow %s is online and cannot be edited", name).With(name)
}

// nudge wakes the owners of commands.
func (s *Service) nudge(commands ...workflow.Command) {
	if len(commands) == 0 {
		return
	}
	shards := make([]int, len(commands))
	for i := range commands {
		shards[i] = commands[i].Shard
	}
	slices.Sort(shards)
	s.Nudge.Nudge(slices.Compact(shards)...)
}

// codeEpoch is when task codes began to count, as clients of later versions of
// the first dialect know them.
var codeEpoch = time.UnixMilli(1609430400000)

// nameTasks gives codes to tasks that have none. Codes are unique within the
// workflow and rise with time.
func (s *Service) nameTasks(spec *workflow.Spec, now time.Time) {
	used := make(map[int64]bool, len(spec.Tasks))
	for i := range spec.Tasks {
		used[spec.Tasks[i].Code] = true
	}
	next := now.Sub(codeEpoch).Milliseconds() << 10
	for i := range spec.Tasks {
		if spec.Tasks[i].Code != 0 {
			continue
		}
		for used[next] {
			next++
		}
		spec.Tasks[i].Code, used[next] = next, true
	}
}
