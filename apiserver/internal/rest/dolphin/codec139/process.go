package codec139

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/manifest"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Keys of Spec.Layout this dialect owns.
const (
	layoutLocations = "dolphin139.locations"
	layoutConnects  = "dolphin139.connects"
	layoutProcess   = "dolphin139.process" // leftovers of the definition JSON
)

// extNode is the key of Task.Ext this dialect owns: leftovers of the node.
const extNode = "dolphin139.node"

// DecodeProcess reads a definition JSON. Reasons of its Invalid errors:
// "definition.not_valid" (it is no definition), "definition.null" (it has no
// task list), "definition.cycle" (an edge from nowhere, or to itself) and
// "task.invalid" (a node's parameters; the node's name is the argument).
func DecodeProcess(processJSON string) (workflow.Spec, error) {
	var spec workflow.Spec
	sent, err := object(json.RawMessage(strings.TrimSpace(processJSON)))
	if err != nil || len(sent) == 0 {
		return spec, notValid(processJSON, err)
	}
	if err := decodeHead(sent, &spec); err != nil {
		return spec, notValid(processJSON, err)
	}
	nodes, err := list(sent["tasks"])
	if err != nil {
		return spec, notValid(processJSON, err)
	}
	if nodes == nil {
		return spec, workflow.Errorf(workflow.Invalid, "definition.null",
			"the definition has no tasks").At("processDefinitionJson").With(processJSON)
	}
	if err := decodeNodes(nodes, &spec); err != nil {
		return spec, orNotValid(err, processJSON)
	}
	if rest := leftovers(headFields(&spec), sent, "tasks"); rest != nil {
		setRaw(&spec.Layout, layoutProcess, rest)
	}
	return spec, nil
}

func notValid(processJSON string, err error) error {
	e := workflow.Errorf(workflow.Invalid, "definition.not_valid", "the definition is not valid")
	e.Err = err
	return e.At("processDefinitionJson").With(processJSON)
}

// orNotValid keeps errors that have a reason of their own.
func orNotValid(err error, processJSON string) error {
	if workflow.ErrorReason(err) != "" {
		return err
	}
	return notValid(processJSON, err)
}

func decodeHead(sent fields, spec *workflow.Spec) error {
	timeout, err := minutes(sent["timeout"])
	if err != nil {
		return fmt.Errorf("timeout: %w", err)
	}
	tenant, err := whole(sent["tenantId"])
	if err != nil {
		return fmt.Errorf("tenantId: %w", err)
	}
	spec.Timeout, spec.TenantID = timeout, int64(max(tenant, 0))
	spec.Policy = workflow.ExecutionPolicy(text(sent["executionType"]))
	spec.GlobalParams, err = properties(sent["globalParams"])
	return err
}

// headFields is the definition JSON without tasks, as we write it.
func headFields(spec *workflow.Spec) fields {
	f := fields{
		"globalParams": encode(nonNil(spec.GlobalParams)),
		"timeout":      encode(asMinutes(spec.Timeout)),
		"tenantId":     encode(TenantID(spec)),
	}
	if spec.Policy != "" {
		f["executionType"] = encode(spec.Policy)
	}
	return f
}

// EncodeProcess writes the definition JSON of a spec.
func EncodeProcess(spec *workflow.Spec) string {
	head := restore(headFields(spec), spec.Layout[layoutProcess], func(f fields) bool {
		var back workflow.Spec
		return decodeHead(f, &back) == nil && same(encode(headFields(&back)), encode(headFields(spec)))
	})
	nodes := make([]json.RawMessage, 0, len(spec.Tasks))
	pre := predecessors(spec)
	for i := range spec.Tasks {
		t := &spec.Tasks[i]
		nodes = append(nodes, encodeNode(t, pre[t.Name]))
	}
	head["tasks"] = encode(nodes)
	return string(encode(head))
}

// SetLayout keeps how the client drew the graph; nil leaves what is there.
func SetLayout(spec *workflow.Spec, locations, connects *string) {
	if locations != nil {
		setRaw(&spec.Layout, layoutLocations, encode(*locations))
	}
	if connects != nil {
		setRaw(&spec.Layout, layoutConnects, encode(*connects))
	}
}

// Locations gives back the drawing of the nodes, or the one that our own editor
// made since; nil when there is none.
func Locations(spec *workflow.Spec) *string {
	if manifest.Drawn(spec.Layout) {
		return drawnLocations(spec)
	}
	return layoutText(spec, layoutLocations)
}

// Connects gives back the drawing of the edges, like Locations.
func Connects(spec *workflow.Spec) *string {
	if manifest.Drawn(spec.Layout) {
		return drawnConnects(spec)
	}
	return layoutText(spec, layoutConnects)
}

func layoutText(spec *workflow.Spec, key string) *string {
	raw, ok := spec.Layout[key]
	if !ok {
		return nil
	}
	s := text(raw)
	return &s
}

// KeepForeign copies to next what this dialect cannot express and so could not
// send back: other dialects' layout and leftovers, and the codes of tasks that
// kept their names. The drawing is copied when next has none; one that next has
// counts more than one of our own editor.
func KeepForeign(prev, next *workflow.Spec) {
	_, redrawn := next.Layout[layoutLocations]
	for key, raw := range prev.Layout {
		if _, ok := next.Layout[key]; !ok && key != layoutProcess {
			setRaw(&next.Layout, key, raw)
		}
	}
	if redrawn {
		manifest.Erase(next)
	}
	old := make(map[string]*workflow.Task, len(prev.Tasks))
	for i := range prev.Tasks {
		old[prev.Tasks[i].Name] = &prev.Tasks[i]
	}
	for i := range next.Tasks {
		t := &next.Tasks[i]
		was, ok := old[t.Name]
		if !ok {
			continue
		}
		t.Code = was.Code
		for key, raw := range was.Ext {
			if key != extNode {
				setRaw(&t.Ext, key, raw)
			}
		}
	}
}

func setRaw(m *map[string]json.RawMessage, key string, raw json.RawMessage) {
	if *m == nil {
		*m = map[string]json.RawMessage{}
	}
	(*m)[key] = raw
}

// properties reads parameters; values may be any scalar.
func properties(raw json.RawMessage) ([]workflow.Property, error) {
	l, err := list(raw)
	if err != nil {
		return nil, fmt.Errorf("parameters: %w", err)
	}
	ps := make([]workflow.Property, 0, len(l))
	for _, r := range l {
		f, err := object(r)
		if err != nil {
			return nil, fmt.Errorf("parameter: %w", err)
		}
		p := workflow.Property{Prop: text(f["prop"]), Direct: workflow.Direct(text(f["direct"])), Type: text(f["type"]), Value: text(f["value"])}
		if p.Direct == "" {
			p.Direct = workflow.In
		}
		if p.Type == "" {
			p.Type = "VARCHAR"
		}
		ps = append(ps, p)
	}
	return ps, nil
}

// maxMinutes is a century, so that durations cannot overflow.
const maxMinutes = 100 * 366 * 24 * 60

// minutes reads a number of minutes; what is negative counts as none.
func minutes(raw json.RawMessage) (time.Duration, error) {
	n, err := whole(raw)
	if err != nil {
		return 0, err
	}
	if n > maxMinutes {
		return 0, fmt.Errorf("%d minutes are too many", n)
	}
	return time.Duration(max(n, 0)) * time.Minute, nil
}

// asMinutes rounds up, because 0 means none.
func asMinutes(d time.Duration) int { return int((d + time.Minute - 1) / time.Minute) }

// nonNil makes an empty list from nil, which clients read as [].
func nonNil[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}
