package usecase

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/porpoise-scheduler/porpoise/pkg/manifest"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// What applying documents does to a workflow.
const (
	ChangeCreated   = "CREATED"
	ChangeUpdated   = "UPDATED"
	ChangeUnchanged = "UNCHANGED"
	ChangePruned    = "PRUNED"
	ChangeRefused   = "REFUSED"
)

// Outcome is what applying documents does, or would do, to a workflow.
type Outcome struct {
	Name     string
	Change   string
	Problems []manifest.Problem // of REFUSED
	Compared Compared           // of UPDATED
}

// ApplyInput is a folder of documents to make true.
type ApplyInput struct {
	Text   string // documents with lines of three dashes between them
	DryRun bool
	// PruneLabel and PruneValue, if not empty, remove the workflows with that label
	// that are not among the documents.
	PruneLabel, PruneValue string
}

// ApplyDocuments makes the project's workflows what documents say: all of them,
// or none when one is refused. What documents leave out about a workflow itself,
// its folder, labels, schedules and whether it is online, stays as it is. A
// *DocumentError when the text cannot be read.
func (s *Service) ApplyDocuments(ctx context.Context, c Caller, p workflow.Project, in ApplyInput) (list []Outcome, done bool, err error) {
	found, problem := s.readAll(in.Text)
	switch {
	case problem != nil:
		return nil, false, &DocumentError{[]manifest.Problem{*problem}}
	case len(found) > maxImport:
		return nil, false, workflow.Errorf(workflow.Invalid, "definition.too_large", "%d workflows are more than %d", len(found), maxImport)
	}
	a := s.newApply(ctx, c, p)
	for _, r := range found {
		a.items = append(a.items, &applied{found: r})
	}
	if err := a.recognise(); err != nil {
		return nil, false, err
	}
	if err := a.plan(); err != nil {
		return nil, false, err
	}
	if in.PruneLabel != "" {
		if err := a.prune(in.PruneLabel, in.PruneValue); err != nil {
			return nil, false, err
		}
	}
	list, refused := a.outcomes()
	if in.DryRun || refused {
		return list, false, nil
	}
	return list, true, a.commit()
}

// apply brings documents together with what is there.
type apply struct {
	s       *Service
	ctx     context.Context // of the request that an apply lives for
	caller  Caller
	project workflow.Project
	names   *names
	items   []*applied
}

// applied is a document, and what becomes of its workflow.
type applied struct {
	found    manifest.Found
	prev     *workflow.Definition // nil: there is none yet
	always   bool                 // a new version even if nothing changes
	gone     bool                 // it is pruned
	id       int64                // a stand-in while there is none
	problems []manifest.Problem
	change   *store.Change // nil: nothing changes
	tasks    []workflow.Task
	compared Compared
}

func (s *Service) newApply(ctx context.Context, c Caller, p workflow.Project) *apply {
	return &apply{s: s, ctx: ctx, caller: c, project: p, names: s.namesFor(ctx, c, p)}
}

// standIn is the first id that stands for a workflow that has none yet. Real
// ones are below 2^31.
const standIn = 1 << 40

func (it *applied) name() string { return it.found.Name }

func (it *applied) refuse(path, format string, args ...any) {
	it.problems = append(it.problems, it.found.Places.Locate(manifest.Problem{Path: path, Message: fmt.Sprintf(format, args...)}))
}

// recognise finds the workflows that the documents are about, by name.
func (a *apply) recognise() error {
	first := map[string]bool{}
	for _, it := range a.items {
		if first[it.name()] {
			it.refuse("name", "two documents are named %q", it.name())
			continue
		}
		first[it.name()] = true
		d, err := a.s.Store.Definitions.ByName(a.ctx, a.project.ID, it.name())
		there, err := found(err)
		if err != nil {
			return err
		}
		if there {
			it.prev = &d
		}
	}
	return nil
}

// plan finds out what becomes of each workflow.
func (a *apply) plan() error {
	for i, it := range a.items {
		it.id = standIn + int64(i)
		if it.prev != nil {
			it.id = it.prev.ID
			a.names.keep(&it.prev.Spec)
		}
		if _, taken := a.names.batch[it.name()]; !taken {
			a.names.batch[it.name()] = it.id
		}
	}
	for _, it := range a.items {
		if err := a.planOne(it); err != nil {
			return err
		}
	}
	return a.refuseCircles()
}

func (a *apply) planOne(it *applied) error {
	spec, problems, err := a.s.check(a.ctx, a.caller, a.names, &it.found, it.id)
	if err != nil {
		return err
	}
	if it.problems = append(it.problems, problems...); len(it.problems) > 0 {
		return nil
	}
	next := &workflow.Definition{ProjectID: a.project.ID, UserID: a.caller.User.ID}
	if it.prev != nil {
		next.ID, next.Code, next.UserID, next.ReleaseState = it.prev.ID, it.prev.Code, it.prev.UserID, it.prev.ReleaseState
		next.Receivers, next.ReceiversCc, next.Version = it.prev.Receivers, it.prev.ReceiversCc, it.prev.Version
		carry(&it.prev.Spec, &spec)
	} else {
		manifest.Draw(&spec, manifest.Points(spec.Layout))
	}
	next.Name, next.Description, next.ModifiedBy, next.Spec = it.name(), it.found.Description, a.caller.User.ID, spec
	a.s.nameTasks(&next.Spec, a.s.Now())
	return a.decide(it, next)
}

// decide compares what is there with what is to be.
func (a *apply) decide(it *applied, next *workflow.Definition) error {
	after, err := a.s.documentOf(a.names, next)
	if err != nil {
		return err
	}
	before := manifest.Document{}
	var was store.Sorting
	var schedules []workflow.Schedule
	if it.prev != nil {
		if before, err = a.s.documentOf(a.names, it.prev); err != nil {
			return err
		}
		if was, schedules, err = a.present(it.prev.ID); err != nil {
			return err
		}
	}
	from, err := text(before)
	if err != nil {
		return err
	}
	to, err := text(after)
	if err != nil {
		return err
	}
	change := &store.Change{Definition: *next, Keep: it.prev != nil && from == to && !it.always}
	if it.prev != nil {
		change.Base = it.prev.Version
	}
	fields, err := a.around(it, change, was, schedules)
	if err != nil || len(it.problems) > 0 {
		return err
	}
	if change.Keep && len(fields) == 0 {
		return nil
	}
	it.change, it.tasks = change, slices.Clone(next.Tasks)
	it.compared = Compared{From: from, To: to, Difference: manifest.Compare(before, after)}
	it.compared.Fields = append(it.compared.Fields, fields...)
	return nil
}

// present gives how a workflow is sorted, and its schedules.
func (a *apply) present(id int64) (store.Sorting, []workflow.Schedule, error) {
	sorted, err := a.s.Store.Labels.Of(a.ctx, []int64{id})
	if err != nil {
		return store.Sorting{}, nil, err
	}
	schedules, err := a.s.Store.Schedules.ByDefinition(a.ctx, id)
	return sorted[id], schedules, err
}

// around puts what the document says besides the version into a change, and
// names what of it changes.
func (a *apply) around(it *applied, change *store.Change, was store.Sorting, schedules []workflow.Schedule) (fields []string, err error) {
	doc := &it.found.Document
	if to := sortingOf(doc, was); to != nil && !sameSorting(*to, was) {
		change.Sorting = to
		fields = append(fields, "labels")
	}
	state := workflow.Offline
	if it.prev != nil {
		state = it.prev.ReleaseState
	}
	if to := wantedState(doc, state); to != state {
		change.Release = to
		fields = append(fields, "online")
	}
	if doc.Schedules == nil {
		return fields, nil
	}
	change.Schedules, err = a.schedules(it, &change.Definition, schedules)
	if len(change.Schedules) > 0 {
		fields = append(fields, "schedules")
	}
	return fields, err
}

func sameSorting(a, b store.Sorting) bool {
	if a.Folder != b.Folder || len(a.Labels) != len(b.Labels) {
		return false
	}
	for label, value := range a.Labels {
		if other, ok := b.Labels[label]; !ok || other != value {
			return false
		}
	}
	return true
}

// wantedState is the state that a document asks for. Online schedules need an
// online workflow.
func wantedState(doc *manifest.Document, now workflow.ReleaseState) workflow.ReleaseState {
	if doc.Online != nil {
		if *doc.Online {
			return workflow.Online
		}
		return workflow.Offline
	}
	for i := range doc.Schedules {
		if doc.Schedules[i].Online {
			return workflow.Online
		}
	}
	return now
}

// refuseCircles refuses workflows that would run themselves, be it through
// workflows that are there already.
func (a *apply) refuseCircles() error {
	w := circles{apply: a, planned: map[int64]*applied{}, state: map[int64]visit{}}
	for _, it := range a.items {
		if it.change != nil && len(it.problems) == 0 {
			w.planned[it.id] = it
		}
	}
	for _, it := range a.items {
		if w.planned[it.id] != it {
			continue
		}
		circle, err := w.from(it.id, 0)
		if err != nil {
			return err
		}
		if circle {
			it.refuse("tasks", "the workflow would run itself")
			it.change = nil
			return nil
		}
	}
	return nil
}

// visit is how far a walk is with a workflow.
type visit int

const (
	unseen visit = iota
	entered
	left
)

// circles walks from workflows to those that they are going to run.
type circles struct {
	*apply
	planned map[int64]*applied
	state   map[int64]visit
}

// from reports whether a walk comes back to where it is.
func (w *circles) from(id int64, depth int) (bool, error) {
	switch {
	case w.state[id] == left:
		return false, nil
	case w.state[id] == entered || depth > maxNesting:
		return true, nil
	}
	w.state[id] = entered
	tasks, err := w.tasksOf(id)
	if err != nil {
		return false, err
	}
	for i := range tasks {
		if tasks[i].SubWorkflow == nil {
			continue
		}
		if circle, err := w.from(tasks[i].SubWorkflow.DefinitionID, depth+1); circle || err != nil {
			return circle, err
		}
	}
	w.state[id] = left
	return false, nil
}

// tasksOf gives the tasks that a workflow is going to have.
func (w *circles) tasksOf(id int64) ([]workflow.Task, error) {
	if it := w.planned[id]; it != nil {
		return it.tasks, nil
	}
	if id >= standIn {
		return nil, nil // it is refused anyway
	}
	d, err := w.s.Store.Definitions.Get(w.ctx, id)
	return d.Tasks, missingAs(err, nil)
}

// prune plans to remove what has a label and is not among the documents.
func (a *apply) prune(label, value string) error {
	ids, err := a.s.Store.Labels.Find(a.ctx, a.project.ID, "", map[string]string{label: value})
	if err != nil {
		return err
	}
	kept := map[int64]bool{}
	for _, it := range a.items {
		kept[it.id] = true
	}
	for _, id := range ids {
		if kept[id] {
			continue
		}
		d, err := a.s.Definition(a.ctx, a.project, id)
		if err != nil {
			return missingAs(err, nil)
		}
		it := &applied{prev: &d, id: id, gone: true, change: &store.Change{Definition: d, Base: d.Version, Delete: true}}
		it.found.Name = d.Name
		busy, err := a.s.hasRunning(a.ctx, id)
		if err != nil {
			return err
		}
		if busy {
			it.refuse("", "instances of it are running")
		}
		a.items = append(a.items, it)
	}
	return nil
}

// outcomes tells what the plan does.
func (a *apply) outcomes() (list []Outcome, refused bool) {
	for _, it := range a.items {
		o := Outcome{Name: it.name(), Problems: it.problems}
		switch {
		case len(it.problems) > 0:
			o.Change, refused = ChangeRefused, true
		case it.change == nil:
			o.Change = ChangeUnchanged
		case it.gone:
			o.Change = ChangePruned
		case it.prev == nil:
			o.Change = ChangeCreated
		default:
			o.Change, o.Compared = ChangeUpdated, it.compared
		}
		list = append(list, o)
	}
	return list, refused
}

// commit carries the plan out.
func (a *apply) commit() error {
	var changes []*store.Change
	for _, it := range a.items {
		if it.change != nil {
			changes = append(changes, it.change)
		}
	}
	commands, err := a.s.Store.Definitions.Apply(a.ctx, changes, a.finish)
	a.s.hot.forget()
	if err != nil {
		return a.explain(err)
	}
	a.s.nudge(commands...)
	return nil
}

// explain names the workflow whose name was taken.
func (a *apply) explain(err error) error {
	if workflow.ErrorCode(err) != workflow.Exists {
		return err
	}
	name := ""
	if len(a.items) == 1 {
		name = a.items[0].name()
	}
	return definitionExists(name)
}

// finish puts the ids of new workflows where stand-ins are.
func (a *apply) finish() error {
	real := map[int64]int64{}
	for _, it := range a.items {
		if it.change != nil {
			real[it.id] = it.change.ID
		}
	}
	for _, it := range a.items {
		if it.change == nil || it.change.Keep || it.change.Delete {
			continue
		}
		tasks, err := linked(it.tasks, real)
		if err != nil {
			return err
		}
		it.change.Tasks = tasks
		if it.change.Uses, err = a.s.usesOf(&it.change.Spec); err != nil {
			return err
		}
	}
	return nil
}

// linked copies tasks and replaces stand-ins.
func linked(tasks []workflow.Task, real map[int64]int64) ([]workflow.Task, error) {
	out := slices.Clone(tasks)
	put := func(id *int64) {
		if *id >= standIn {
			*id = real[*id]
		}
	}
	for i := range out {
		if out[i].SubWorkflow != nil {
			sub := *out[i].SubWorkflow
			put(&sub.DefinitionID)
			out[i].SubWorkflow = &sub
		}
		if out[i].Dependent == nil {
			continue
		}
		var d workflow.Dependent
		raw, err := json.Marshal(out[i].Dependent)
		if err == nil {
			err = json.Unmarshal(raw, &d)
		}
		if err != nil {
			return nil, fmt.Errorf("copying task %s: %w", out[i].Name, err)
		}
		for _, g := range d.Groups {
			for j := range g.Items {
				put(&g.Items[j].DefinitionID)
			}
		}
		out[i].Dependent = &d
	}
	return out, nil
}
