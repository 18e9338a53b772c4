package engine

import (
	"fmt"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/schedule"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// defaultCheckInterval is how often dependencies are looked up again when the
// task does not say.
const defaultCheckInterval = 5 * time.Second

// lookup is what a DEPENDENT asks. Items of all groups follow each other in
// queries.
type lookup struct {
	queries []workflow.DependencyQuery
	groups  [][]lookupItem
	poll    time.Time // when to look again
}

// lookupItem is one dependency; its intervals are queries[from:to].
type lookupItem struct {
	key      string
	self     bool
	from, to int
}

// startDependent begins a DEPENDENT attempt.
func (r *Run) startDependent(a *attempt) {
	a.row.StartTime = r.step.now
	if r.start.DryRun {
		r.resolve(a, workflow.Succeeded, "dry run: dependencies are not looked up")
		return
	}
	if err := r.prepareLookup(a); err != nil {
		r.resolve(a, workflow.Failed, err.Error())
		return
	}
	r.shift(a, workflow.Running, "looks its dependencies up")
	r.armLimit(a)
	r.mark(a)
	r.ask(a)
}

func (r *Run) prepareLookup(a *attempt) error {
	l, d := &lookup{}, r.task(a).Dependent
	for _, g := range d.Groups {
		var items []lookupItem
		for _, item := range g.Items {
			spans, err := schedule.Intervals(item.DateValue, r.base())
			if err != nil {
				return fmt.Errorf("period of a dependency: %w", err)
			}
			items = append(items, lookupItem{
				key:  itemKey(item),
				self: item.DefinitionID == r.inst.DefinitionID,
				from: len(l.queries), to: len(l.queries) + len(spans),
			})
			for _, s := range spans {
				l.queries = append(l.queries, workflow.DependencyQuery{
					DefinitionID: item.DefinitionID, Task: item.Task,
					// Both ends of a query count; an interval's end does not.
					From: s.From.UTC(), To: s.To.Add(-time.Millisecond).UTC(),
					ExcludeID: r.inst.ID,
				})
			}
		}
		l.groups = append(l.groups, items)
	}
	a.lookup = l
	return nil
}

// itemKey names a dependency as the first dialect's logs do.
func itemKey(item workflow.DependentItem) string {
	return fmt.Sprintf("%d-%s-%s-%s", item.DefinitionID, orText(item.Task, "ALL"), item.Cycle, item.DateValue)
}

// ask looks the dependencies up. Should the answer get lost, the timer asks
// again.
func (r *Run) ask(a *attempt) {
	if len(a.lookup.queries) == 0 {
		r.finish(a, workflow.Succeeded, "it depends on nothing", r.step.now)
		return
	}
	r.step.eff.Lookups = append(r.step.eff.Lookups, Lookup{TaskID: a.row.ID, Queries: a.lookup.queries})
	r.pollAgain(a)
}

func (r *Run) askAgain(a *attempt) {
	if a.lookup == nil {
		if err := r.prepareLookup(a); err != nil {
			r.finish(a, workflow.Failed, err.Error(), r.step.now)
			return
		}
	}
	r.ask(a)
}

func (r *Run) pollAgain(a *attempt) {
	interval := r.task(a).Dependent.CheckInterval
	if interval <= 0 {
		interval = defaultCheckInterval
	}
	at := r.step.now.Add(interval)
	if d := a.row.Deadline; d.After(r.step.now) && d.Before(at) {
		at = d
	}
	if !at.Equal(a.lookup.poll) {
		a.lookup.poll = at
		r.arm(at, forPoll, a)
	}
}

// looked acts on the answers.
func (r *Run) looked(e Looked) {
	a := r.byID[e.TaskID]
	if a == nil || a.row.Kind != workflow.KindDependent || a.row.State != workflow.Running ||
		a.lookup == nil || len(e.Answers) != len(a.lookup.queries) {
		return
	}
	verdict, text := r.weigh(a, e.Answers)
	changed := a.row.Dependency != text
	a.row.Dependency = text
	switch verdict {
	case met:
		r.finish(a, workflow.Succeeded, "all dependencies are met", r.step.now)
		return
	case unmet:
		changed = r.dependencyFailed(a) || changed
		if a.row.State.Terminal() || !a.row.Current {
			return
		}
	default:
		if !a.row.Deadline.IsZero() || a.row.Reason != waitsForDependencies {
			a.row.Deadline, a.row.Reason = time.Time{}, waitsForDependencies
			changed = true
		}
	}
	if changed {
		r.mark(a)
	}
	r.pollAgain(a)
}

const waitsForDependencies = "waits for its dependencies"

// dependencyFailed fails the attempt, or waits a while for the dependency's
// rerun. It reports whether the row changed.
func (r *Run) dependencyFailed(a *attempt) bool {
	wait := r.task(a).Dependent.FailureWait
	if a.row.Deadline.IsZero() && wait > 0 {
		a.row.Deadline = r.step.now.Add(wait)
		a.row.Reason = "a dependency failed; waits for its rerun until " + r.clock(a.row.Deadline)
		return true
	}
	if wait <= 0 || !a.row.Deadline.After(r.step.now) {
		r.finish(a, workflow.Failed, "a dependency failed", r.step.now)
	}
	return false
}

// weigh combines the answers and says item by item what they are.
func (r *Run) weigh(a *attempt, answers []workflow.DependencyAnswer) (result, string) {
	d, l := r.task(a).Dependent, a.lookup
	var lines []string
	results := make([]result, len(l.groups))
	for g, items := range l.groups {
		// Every item is weighed, also behind one that settles the group: the
		// text shows them all.
		weighed := make([]result, len(items))
		for i, item := range items {
			var detail string
			weighed[i], detail = r.weighItem(l, item, answers)
			lines = append(lines, item.key+","+detail)
		}
		results[g] = combine(d.Groups[g].Relation, len(items), func(i int) result { return weighed[i] })
	}
	verdict := combine(d.Relation, len(results), func(g int) result { return results[g] })
	return verdict, strings.Join(lines, "\n")
}

// weighItem wants every interval of an item to be met. The text names the
// first one that is not.
func (r *Run) weighItem(l *lookup, item lookupItem, answers []workflow.DependencyAnswer) (result, string) {
	out, text := met, "SUCCESS"
	for q := item.from; q < item.to; q++ {
		res, detail := weighAnswer(answers[q], l.queries[q].Task, item.self)
		switch {
		case res == unmet:
			return unmet, "FAILED " + detail + r.spanText(l.queries[q])
		case res == unknown && out == met:
			out, text = unknown, "WAITING "+detail+r.spanText(l.queries[q])
		}
	}
	return out, text
}

func weighAnswer(a workflow.DependencyAnswer, task string, self bool) (result, string) {
	switch {
	case a.First && self:
		return met, ""
	case !a.Found:
		return unknown, "no instance"
	case a.State.Success():
		return met, ""
	case a.State == "" && a.Finished:
		return unmet, fmt.Sprintf("instance %d ended without task %s", a.InstanceID, task)
	case a.State == "":
		return unknown, fmt.Sprintf("task %s of instance %d has not run", task, a.InstanceID)
	case a.State.Terminal():
		return unmet, fmt.Sprintf("instance %d: %s", a.InstanceID, a.State)
	}
	return unknown, fmt.Sprintf("instance %d: %s", a.InstanceID, a.State)
}

func (r *Run) spanText(q workflow.DependencyQuery) string {
	return fmt.Sprintf(" (%s .. %s)", r.clock(q.From), r.clock(q.To))
}
