package usecase

import (
	"context"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Import is a workflow to import, as another installation knew it.
type Import struct {
	DefinitionInput
	Project      string         // where it was
	Schedule     *ScheduleInput // nil: none
	WarningGroup string         // what the schedule's alert group was called; "" is unknown
	// Runs tells, by task, which sub-workflows were run, where the file says so.
	Runs map[string]Origin
}

// Origin is where a workflow was: the names of its project and its own.
type Origin struct{ Project, Name string }

// ImportDefinitions saves workflows under new names, offline, with offline
// schedules: all of them, or none. Sub-workflows are found in the project by
// name, else among those imported; else those of other projects that the
// caller may use are copied along. A tenant or an alert group that does not
// exist is left out. Reasons: those of CreateDefinition and CreateSchedule,
// "project.forbidden" for a sub-workflow.
func (s *Service) ImportDefinitions(ctx context.Context, c Caller, p workflow.Project, items []Import) error {
	_, err := s.ImportForeign(ctx, c, p, items, false)
	return err
}

// ImportForeign is ImportDefinitions that tells the names, or with dry does
// nothing else.
func (s *Service) ImportForeign(ctx context.Context, c Caller, p workflow.Project, items []Import, dry bool) ([]string, error) {
	if len(items) > maxImport {
		return nil, workflow.Errorf(workflow.Invalid, "definition.too_large", "%d workflows are more than %d", len(items), maxImport)
	}
	im := importer{s: s, caller: c, project: p, items: items, suffix: s.Now().UnixMilli(),
		places: make([]int, len(items)), copies: map[string]int{}}
	for i := range items {
		if _, err := im.place(ctx, i); err != nil {
			return nil, err
		}
	}
	names := make([]string, len(im.batch))
	for i, d := range im.batch {
		names[i] = d.Name
	}
	if dry {
		return names, nil
	}
	return names, named(s.Store.Definitions.CreateAll(ctx, im.batch))
}

// maxImport is how many workflows are imported at once.
const maxImport = 1000

// Places of an item in the batch that are none yet.
const (
	unplaced = 0
	placing  = -1 // its sub-workflows come first
)

// importer brings workflows into an order in which each comes after those it
// runs.
type importer struct {
	s       *Service
	caller  Caller
	project workflow.Project
	items   []Import
	suffix  int64
	batch   []*store.NewDefinition
	places  []int          // of items: one above their index in the batch
	copies  map[string]int // indexes in the batch of copied sub-workflows, by name
	depth   int            // of sub-workflows being copied
}

// place puts an item into the batch and gives its index.
func (im *importer) place(ctx context.Context, i int) (int, error) {
	switch im.places[i] {
	case unplaced:
	case placing:
		return 0, workflow.Errorf(workflow.Invalid, "definition.cycle", "workflow %s would run itself", im.items[i].Name).At("tasks")
	default:
		return im.places[i] - 1, nil
	}
	im.places[i] = placing
	d, err := im.definition(ctx, &im.items[i], i)
	if err != nil {
		return 0, err
	}
	im.batch = append(im.batch, d)
	im.places[i] = len(im.batch)
	return len(im.batch) - 1, nil
}

// definition checks an item and makes the workflow it becomes.
func (im *importer) definition(ctx context.Context, item *Import, i int) (*store.NewDefinition, error) {
	spec := item.Spec
	if err := im.s.CheckSpec(&spec); err != nil {
		return nil, err
	}
	if err := checkDefinitionName(item.Name); err != nil {
		return nil, err
	}
	t, err := im.s.tenant(ctx, spec.TenantID)
	if err != nil {
		return nil, err
	}
	spec.TenantID = t.ID
	d, err := im.fresh(ctx, suffixed(item.Name, "_import_", im.suffix+int64(i)), item.Description, spec, item)
	if err != nil {
		return nil, err
	}
	return d, im.schedule(ctx, item, d)
}

// fresh makes a workflow of the caller's in the project. item, when not nil,
// says what its sub-workflows were called.
func (im *importer) fresh(ctx context.Context, name, description string, spec workflow.Spec, item *Import) (*store.NewDefinition, error) {
	spec.Tasks = slices.Clone(spec.Tasks)
	d := &store.NewDefinition{Runs: map[string]int{}, Definition: workflow.Definition{
		ProjectID: im.project.ID, Name: name, Description: description, ReleaseState: workflow.Offline,
		UserID: im.caller.User.ID, ModifiedBy: im.caller.User.ID, Spec: spec}}
	for i := range spec.Tasks {
		spec.Tasks[i].Code = 0
		if spec.Tasks[i].SubWorkflow == nil {
			continue
		}
		if err := im.relink(ctx, d, &spec.Tasks[i], item); err != nil {
			return nil, err
		}
	}
	im.s.nameTasks(&d.Spec, im.s.Now())
	var err error
	d.Uses, err = im.s.usesOf(&d.Spec)
	return d, err
}

// relink finds the workflow that a task is to run. One that nobody knows stays
// as it is: starting it will say so.
func (im *importer) relink(ctx context.Context, d *store.NewDefinition, t *workflow.Task, item *Import) error {
	var was Origin
	if item != nil {
		was = item.Runs[t.Name]
	}
	sub, err := im.s.Store.Definitions.Get(ctx, t.SubWorkflow.DefinitionID)
	there, err := found(err)
	if err != nil {
		return err
	}
	if was.Name != "" && (!there || sub.Name != was.Name) {
		return im.relinkNamed(ctx, d, t, was)
	}
	if !there || sub.ProjectID == im.project.ID {
		return nil
	}
	id, err := im.inProject(ctx, sub.Name)
	if err != nil {
		return err
	}
	if id != 0 {
		t.SubWorkflow = &workflow.SubWorkflow{DefinitionID: id}
		return nil
	}
	d.Runs[t.Name], err = im.copy(ctx, &sub)
	return err
}

// relinkNamed finds a sub-workflow by what it was called elsewhere.
func (im *importer) relinkNamed(ctx context.Context, d *store.NewDefinition, t *workflow.Task, was Origin) error {
	id, err := im.inProject(ctx, was.Name)
	if err != nil {
		return err
	}
	if id != 0 {
		t.SubWorkflow = &workflow.SubWorkflow{DefinitionID: id}
		return nil
	}
	i := slices.IndexFunc(im.items, func(other Import) bool { return Origin{other.Project, other.Name} == was })
	if i < 0 {
		return nil
	}
	d.Runs[t.Name], err = im.place(ctx, i)
	return err
}

// inProject finds a workflow of the project by name; 0 when there is none.
func (im *importer) inProject(ctx context.Context, name string) (int64, error) {
	d, err := im.s.Store.Definitions.ByName(ctx, im.project.ID, name)
	there, err := found(err)
	if !there {
		return 0, err
	}
	return d.ID, nil
}

// copy puts a copy of another project's workflow into the batch, with what it
// runs, and gives its index.
func (im *importer) copy(ctx context.Context, sub *workflow.Definition) (int, error) {
	if index, done := im.copies[sub.Name]; done {
		return index, nil
	}
	if im.depth++; im.depth > maxNesting {
		return 0, workflow.Errorf(workflow.Invalid, "definition.cycle", "sub-workflows are nested more than %d deep", maxNesting)
	}
	defer func() { im.depth-- }()
	p, err := im.s.ProjectByID(ctx, sub.ProjectID)
	if err != nil {
		return 0, err
	}
	if err := im.s.MayUse(ctx, im.caller, p, ToRead); err != nil {
		return 0, err
	}
	d, err := im.fresh(ctx, sub.Name, sub.Description, sub.Spec, nil)
	if err != nil {
		return 0, err
	}
	d.Receivers, d.ReceiversCc = sub.Receivers, sub.ReceiversCc
	if d.ReleaseState, err = im.releaseOf(ctx, sub); err != nil {
		return 0, err
	}
	im.batch = append(im.batch, d)
	im.copies[sub.Name] = len(im.batch) - 1
	return len(im.batch) - 1, nil
}

// releaseOf is the state of a copy: its original's, unless the caller may not use
// what it needs and so could not take it online himself.
func (im *importer) releaseOf(ctx context.Context, sub *workflow.Definition) (workflow.ReleaseState, error) {
	if sub.ReleaseState != workflow.Online {
		return workflow.Offline, nil
	}
	err := im.s.checkNeeds(ctx, im.caller, im.project.ID, &sub.Spec)
	if workflow.ErrorReason(err) == "task.invalid" {
		return workflow.Offline, nil
	}
	return workflow.Online, err
}

// schedule gives d the schedule of an item, if it has one.
func (im *importer) schedule(ctx context.Context, item *Import, d *store.NewDefinition) error {
	if item.Schedule == nil {
		return nil
	}
	in := *item.Schedule
	group, err := im.warningGroup(ctx, item.WarningGroup, in.Options.WarningGroupID)
	if err != nil {
		return err
	}
	in.Options.WarningGroupID = group
	d.Schedule = &workflow.Schedule{UserID: im.caller.User.ID, ReleaseState: workflow.Offline, Misfire: workflow.MisfireSkip}
	return im.s.fillSchedule(ctx, im.caller, &d.Definition, d.Schedule, in)
}

// warningGroup finds an alert group by name, else by id; 0 when there is none.
func (im *importer) warningGroup(ctx context.Context, name string, id int64) (int64, error) {
	if name != "" {
		g, err := im.s.Store.AlertGroups.ByName(ctx, name)
		if there, err := found(err); there || err != nil {
			return g.ID, err
		}
		return 0, nil
	}
	g, err := im.s.Store.AlertGroups.Get(ctx, id)
	if there, err := found(err); !there {
		return 0, err
	}
	return g.ID, nil
}

// suffixed appends to a name, which gives way where both are too long.
func suffixed(name, word string, n int64) string {
	suffix := fmt.Sprint(word, n)
	if most := maxDefinitionName - len(suffix); utf8.RuneCountInString(name) > most {
		name = string([]rune(name)[:most])
	}
	return name + suffix
}
