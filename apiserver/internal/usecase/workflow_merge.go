package usecase

import (
	"encoding/json"
	"reflect"

	"github.com/porpoise-scheduler/porpoise/pkg/manifest"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// carry completes a version that was read from a document by what documents do
// not hold: the codes of tasks, what dialects want back, and, when the document
// draws nothing, where tasks are drawn.
func carry(prev, next *workflow.Spec) {
	drawn := manifest.Points(next.Layout)
	was := olderNames(prev, next)
	before := make(map[string]*workflow.Task, len(prev.Tasks))
	for i := range prev.Tasks {
		before[prev.Tasks[i].Name] = &prev.Tasks[i]
	}
	if len(drawn) == 0 {
		drawn = manifest.Points(prev.Layout)
		for now, then := range was {
			if at, ok := drawn[then]; ok && now != then {
				drawn[now] = at
				delete(drawn, then)
			}
		}
	}
	for i := range next.Tasks {
		t := &next.Tasks[i]
		old := before[was[t.Name]]
		if old == nil {
			continue
		}
		t.Code = old.Code
		if t.Kind == old.Kind {
			t.Ext = old.Ext
		}
	}
	next.Layout = prev.Layout
	manifest.Draw(next, drawn)
}

// olderNames gives what the tasks of next were called in prev. A task that is
// new is one that is gone when they are the same but for the name, or when there
// is just one of each and they are of one kind.
func olderNames(prev, next *workflow.Spec) map[string]string {
	out := map[string]string{}
	var gone, fresh []*workflow.Task
	known := make(map[string]bool, len(next.Tasks))
	for i := range next.Tasks {
		known[next.Tasks[i].Name] = true
	}
	before := make(map[string]bool, len(prev.Tasks))
	for i := range prev.Tasks {
		name := prev.Tasks[i].Name
		before[name] = true
		if !known[name] {
			gone = append(gone, &prev.Tasks[i])
		}
	}
	for i := range next.Tasks {
		name := next.Tasks[i].Name
		if before[name] {
			out[name] = name
		} else {
			fresh = append(fresh, &next.Tasks[i])
		}
	}
	if len(gone) == 1 && len(fresh) == 1 && gone[0].Kind == fresh[0].Kind {
		out[fresh[0].Name] = gone[0].Name
		return out
	}
	pairAlike(gone, fresh, out)
	return out
}

// pairAlike pairs tasks that say the same, when there is just one on each side.
func pairAlike(gone, fresh []*workflow.Task, out map[string]string) {
	left, right := alike(gone), alike(fresh)
	for content, olds := range left {
		if news := right[content]; len(olds) == 1 && len(news) == 1 {
			out[news[0]] = olds[0]
		}
	}
}

// alike gives the names of tasks by what they say otherwise.
func alike(tasks []*workflow.Task) map[string][]string {
	out := map[string][]string{}
	for _, t := range tasks {
		same := *t
		same.Name, same.Code, same.Ext = "", 0, nil
		same.Params = canonical(same.Params)
		raw, err := json.Marshal(same)
		if err == nil {
			out[string(raw)] = append(out[string(raw)], t.Name)
		}
	}
	return out
}

// canonical writes JSON with its fields in order.
func canonical(raw json.RawMessage) json.RawMessage {
	var v any
	if len(raw) == 0 || json.Unmarshal(raw, &v) != nil || reflect.ValueOf(v).Kind() != reflect.Map {
		return raw
	}
	out, err := json.Marshal(v)
	if err != nil {
		return raw
	}
	return out
}
