package codec139

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// TaskNode is a node as the task list calls answer it.
type TaskNode struct {
	ID                   string               `json:"id"`
	Name                 string               `json:"name"`
	Desc                 *string              `json:"desc"`
	Type                 string               `json:"type"`
	Params               json.RawMessage      `json:"params"`
	PreTasks             json.RawMessage      `json:"preTasks"`
	Extras               json.RawMessage      `json:"extras"`
	DepList              []string             `json:"depList"`
	Loc                  *string              `json:"loc"`
	RunFlag              string               `json:"runFlag"`
	Forbidden            bool                 `json:"forbidden"`
	Dependence           json.RawMessage      `json:"dependence"`
	MaxRetryTimes        int                  `json:"maxRetryTimes"`
	RetryInterval        int                  `json:"retryInterval"`
	TaskInstancePriority string               `json:"taskInstancePriority"`
	Timeout              json.RawMessage      `json:"timeout"`
	TaskTimeoutParameter TaskTimeoutParameter `json:"taskTimeoutParameter"`
	ConditionsTask       bool                 `json:"conditionsTask"`
	WorkerGroup          string               `json:"workerGroup"`
	ConditionResult      json.RawMessage      `json:"conditionResult"`
	WorkerGroupID        *int                 `json:"workerGroupId"`
}

// TaskTimeoutParameter is a node's time limit in minutes.
type TaskTimeoutParameter struct {
	Enable   bool    `json:"enable"`
	Strategy *string `json:"strategy"`
	Interval int     `json:"interval"`
}

// Nodes gives the tasks of a spec as the task list calls answer them.
func Nodes(spec *workflow.Spec) []TaskNode {
	nodes := make([]TaskNode, 0, len(spec.Tasks))
	pre := predecessors(spec)
	for i := range spec.Tasks {
		t := &spec.Tasks[i]
		nodes = append(nodes, nodeView(t, pre[t.Name]))
	}
	return nodes
}

func nodeView(t *workflow.Task, pre []string) TaskNode {
	sent := sentFields(t, pre)
	v := TaskNode{
		ID: text(sent["id"]), Name: t.Name, Desc: optional(sent["desc"]), Type: KindName(t.Kind),
		Params: orNull(sent["params"]), PreTasks: orNull(sent["preTasks"]), Extras: orNull(sent["extras"]),
		DepList: nonNil(pre), Loc: optional(sent["loc"]), RunFlag: runFlag(t), Forbidden: t.Forbidden,
		Dependence: orNull(sent["dependence"]), MaxRetryTimes: t.MaxRetries, RetryInterval: asMinutes(t.RetryInterval),
		TaskInstancePriority: PriorityName(t.Priority), Timeout: orNull(sent["timeout"]),
		ConditionsTask: t.Kind == workflow.KindConditions, WorkerGroup: orDefault(t.WorkerGroup),
		ConditionResult: orNull(sent["conditionResult"]),
	}
	if name := timeoutName(t.TimeoutAction); t.Timeout > 0 && name != "" {
		v.TaskTimeoutParameter = TaskTimeoutParameter{Enable: true, Strategy: &name, Interval: asMinutes(t.Timeout)}
	}
	return v
}

// orNull gives the JSON a client sees: what was sent as text inside a string is
// embedded as JSON.
func orNull(raw json.RawMessage) json.RawMessage {
	if raw = embedded(raw); absent(raw) || !json.Valid(raw) {
		return json.RawMessage("null")
	}
	return raw
}

func optional(raw json.RawMessage) *string {
	if absent(raw) {
		return nil
	}
	s := text(raw)
	return &s
}

// ResourceIDs lists the resource files that tasks name, comma separated.
func ResourceIDs(spec *workflow.Spec) string {
	seen := map[int]bool{}
	var ids []byte
	for i := range spec.Tasks {
		params, err := object(spec.Tasks[i].Params)
		if err != nil {
			continue
		}
		resources, _ := list(params["resourceList"])
		if jar, sent := params["mainJar"]; sent {
			resources = append(slices.Clone(resources), jar)
		}
		for _, raw := range resources {
			f, err := object(raw)
			if err != nil {
				continue
			}
			id, err := whole(f["id"])
			if err != nil || id == 0 || seen[id] {
				continue
			}
			seen[id] = true
			if len(ids) > 0 {
				ids = append(ids, ',')
			}
			ids = append(ids, encode(id)...)
		}
	}
	return string(ids)
}

// PropertiesJSON writes parameters as the text columns of 1.3.9 hold them.
func PropertiesJSON(ps []workflow.Property) string { return string(encode(nonNil(ps))) }

// Node is a task with its text in the definition JSON.
type Node struct {
	*workflow.Task
	JSON       json.RawMessage
	Dependence json.RawMessage
}

// NodesByName gives the nodes of a spec by their names.
func NodesByName(spec *workflow.Spec) map[string]Node {
	nodes := make(map[string]Node, len(spec.Tasks))
	pre := predecessors(spec)
	for i := range spec.Tasks {
		t := &spec.Tasks[i]
		sent := sentFields(t, pre[t.Name])
		nodes[t.Name] = Node{Task: t, JSON: encode(sent), Dependence: orNull(sent["dependence"])}
	}
	return nodes
}

// Minutes writes a duration as 1.3.9 counts it; a started minute counts.
func Minutes(d time.Duration) int { return asMinutes(d) }

// TenantID gives the tenant as 1.3.9 writes it: -1 for none.
func TenantID(spec *workflow.Spec) int64 {
	if spec.TenantID == 0 {
		return -1
	}
	return spec.TenantID
}
