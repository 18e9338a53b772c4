package codec139

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// decodeNodes reads the task list and the edges, which are the nodes' preTasks.
func decodeNodes(nodes []json.RawMessage, spec *workflow.Spec) error {
	spec.Tasks = make([]workflow.Task, 0, len(nodes))
	pre := make([][]string, 0, len(nodes))
	known := make(map[string]bool, len(nodes))
	for _, raw := range nodes {
		sent, err := object(raw)
		if err != nil {
			return fmt.Errorf("task: %w", err)
		}
		t, before, err := decodeNode(sent)
		if err != nil {
			return err
		}
		if known[t.Name] {
			return nodeInvalid(t.Name, "name", fmt.Errorf("two tasks are named %q", t.Name))
		}
		known[t.Name] = true
		before = unique(before)
		if rest := leftovers(nodeFields(&t, before), sent); rest != nil {
			setRaw(&t.Ext, extNode, rest)
		}
		spec.Tasks, pre = append(spec.Tasks, t), append(pre, before)
	}
	return addEdges(spec, pre, known)
}

func addEdges(spec *workflow.Spec, pre [][]string, known map[string]bool) error {
	for i, before := range pre {
		to := spec.Tasks[i].Name
		for _, from := range before {
			if !known[from] || from == to {
				return workflow.Errorf(workflow.Invalid, "definition.cycle", "the edge from %q to %q is impossible", from, to).At("preTasks")
			}
			spec.Edges = append(spec.Edges, workflow.Edge{From: from, To: to})
		}
	}
	return nil
}

func nodeInvalid(name, field string, err error) error {
	e := workflow.Errorf(workflow.Invalid, "task.invalid", "task %q is not valid", name)
	e.Err = err
	return e.At(field).With(name)
}

// decodeNode reads a node and the names it follows.
func decodeNode(sent fields) (workflow.Task, []string, error) {
	t := workflow.Task{
		Name:        text(sent["name"]),
		Kind:        kindOf(text(sent["type"])),
		Description: text(sent["description"]),
		Forbidden:   strings.EqualFold(text(sent["runFlag"]), "FORBIDDEN"),
		WorkerGroup: text(sent["workerGroup"]),
		OnLost:      workflow.OnLost(text(sent["onLost"])),
	}
	if err := decodeNumbers(sent, &t); err != nil {
		return t, nil, fmt.Errorf("task %q: %w", t.Name, err)
	}
	before, err := texts(sent["preTasks"])
	if err != nil {
		return t, nil, fmt.Errorf("task %q: preTasks: %w", t.Name, err)
	}
	if err := decodeTimeout(sent["timeout"], &t); err != nil {
		return t, nil, fmt.Errorf("task %q: timeout: %w", t.Name, err)
	}
	if err := decodeParams(sent, &t); err != nil {
		return t, nil, nodeInvalid(t.Name, "params", err)
	}
	return t, before, nil
}

func decodeNumbers(sent fields, t *workflow.Task) (err error) {
	var ok bool
	if t.Priority, ok = PriorityOf(text(sent["taskInstancePriority"])); !ok {
		return fmt.Errorf("unknown priority %s", sent["taskInstancePriority"])
	}
	var group int
	for _, n := range []struct {
		key string
		to  *int
	}{{"maxRetryTimes", &t.MaxRetries}, {"taskGroupId", &group}, {"taskGroupPriority", &t.TaskGroupPrio}} {
		if *n.to, err = whole(sent[n.key]); err != nil {
			return fmt.Errorf("%s: %w", n.key, err)
		}
	}
	t.MaxRetries, t.TaskGroupID = max(t.MaxRetries, 0), int64(max(group, 0))
	if t.RetryInterval, err = minutes(sent["retryInterval"]); err != nil {
		return fmt.Errorf("retryInterval: %w", err)
	}
	t.Delay, err = minutes(sent["delayTime"])
	return err
}

func decodeTimeout(raw json.RawMessage, t *workflow.Task) error {
	f, err := object(raw)
	if err != nil {
		return err
	}
	enabled, err := truth(f["enable"])
	if err != nil {
		return err
	}
	limit, err := minutes(f["interval"])
	if err != nil {
		return err
	}
	if action := timeoutStrategy(text(f["strategy"])); enabled && action != "" && limit > 0 {
		t.Timeout, t.TimeoutAction = limit, action
	}
	return nil
}

// decodeParams reads what the kind defines.
func decodeParams(sent fields, t *workflow.Task) error {
	params, err := object(sent["params"])
	if err != nil {
		return err
	}
	if t.LocalParams, err = properties(params["localParams"]); err != nil {
		return err
	}
	if len(t.LocalParams) == 0 {
		t.LocalParams = nil
	}
	delete(params, "localParams")
	switch t.Kind {
	case workflow.KindSubWorkflow:
		err = decodeSub(params, t)
	case workflow.KindDependent:
		t.Dependent, err = decodeDependent(sent["dependence"])
	case workflow.KindConditions:
		t.Conditions, err = decodeConditions(sent["dependence"], sent["conditionResult"])
	case workflow.KindSwitch:
		t.Switch, err = decodeSwitch(params["switchResult"])
		delete(params, "switchResult")
	default: // its parameters are all in params
	}
	if len(params) > 0 || !t.Kind.Logic() {
		t.Params = encode(params)
	}
	return err
}

// predecessors lists for every task what its edges come from, in their order.
func predecessors(spec *workflow.Spec) map[string][]string {
	pre := make(map[string][]string, len(spec.Tasks))
	for _, e := range spec.Edges {
		pre[e.To] = append(pre[e.To], e.From)
	}
	return pre
}

// encodeNode writes a node as the client sent it, or as we would.
func encodeNode(t *workflow.Task, pre []string) json.RawMessage {
	return encode(sentFields(t, pre))
}

func sentFields(t *workflow.Task, pre []string) fields {
	return restore(nodeFields(t, pre), t.Ext[extNode], func(f fields) bool {
		back, before, err := decodeNode(f)
		back.Code = t.Code
		return err == nil && same(encode(nodeFields(&back, unique(before))), encode(nodeFields(t, pre)))
	})
}

// unique leaves out what came before.
func unique(names []string) []string {
	seen := make(map[string]bool, len(names))
	out := make([]string, 0, len(names))
	for _, n := range names {
		if !seen[n] {
			seen[n] = true
			out = append(out, n)
		}
	}
	return out
}

// nodeFields is a node as the web console of 1.3.9 writes it. What other
// dialects can say in addition is written only when it is said.
func nodeFields(t *workflow.Task, pre []string) fields {
	f := fields{
		"type":                 encode(KindName(t.Kind)),
		"id":                   encode(nodeID(t)),
		"name":                 encode(t.Name),
		"params":               encodeParams(t),
		"description":          encode(t.Description),
		"timeout":              encodeTimeout(t),
		"runFlag":              encode(runFlag(t)),
		"conditionResult":      encodeConditionResult(t.Conditions),
		"dependence":           encodeDependence(t),
		"maxRetryTimes":        encode(strconv.Itoa(t.MaxRetries)),
		"retryInterval":        encode(strconv.Itoa(asMinutes(t.RetryInterval))),
		"taskInstancePriority": encode(PriorityName(t.Priority)),
		"workerGroup":          encode(orDefault(t.WorkerGroup)),
		"preTasks":             encode(nonNil(pre)),
	}
	if t.Delay > 0 {
		f["delayTime"] = encode(asMinutes(t.Delay))
	}
	if t.OnLost != "" {
		f["onLost"] = encode(t.OnLost)
	}
	if t.TaskGroupID != 0 {
		f["taskGroupId"], f["taskGroupPriority"] = encode(t.TaskGroupID), encode(t.TaskGroupPrio)
	}
	return f
}

// nodeID names a node that no client of 1.3.9 has named.
func nodeID(t *workflow.Task) string {
	if t.Code != 0 {
		return "tasks-" + strconv.FormatInt(t.Code, 10)
	}
	return "tasks-" + t.Name
}

func runFlag(t *workflow.Task) string {
	if t.Forbidden {
		return "FORBIDDEN"
	}
	return "NORMAL"
}

func orDefault(group string) string {
	if group == "" {
		return "default"
	}
	return group
}

type timeoutJSON struct {
	Strategy string `json:"strategy"`
	Interval *int   `json:"interval"`
	Enable   bool   `json:"enable"`
}

func encodeTimeout(t *workflow.Task) json.RawMessage {
	j := timeoutJSON{Strategy: timeoutName(t.TimeoutAction)}
	if t.Timeout > 0 && j.Strategy != "" {
		limit := int((t.Timeout + time.Minute - 1) / time.Minute)
		j.Interval, j.Enable = &limit, true
	}
	return encode(j)
}

func encodeParams(t *workflow.Task) json.RawMessage {
	f, err := object(t.Params)
	if err != nil {
		f = fields{}
	}
	switch {
	case t.SubWorkflow != nil:
		f["processDefinitionId"] = encode(t.SubWorkflow.DefinitionID)
	case t.Switch != nil:
		f["switchResult"] = encodeSwitch(t.Switch)
	}
	if t.LocalParams != nil || !t.Kind.Logic() {
		f["localParams"] = encode(nonNil(t.LocalParams))
	}
	return encode(f)
}
