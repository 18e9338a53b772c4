package usecase

import (
	"slices"

	"github.com/porpoise-scheduler/porpoise/pkg/manifest"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

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
	source := it.found.Text
	if source == to {
		source = "" // nobody's own words
	}
	manifest.KeepSource(&next.Spec, source, []byte(to))
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
