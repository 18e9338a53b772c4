package client

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Property is a parameter of a workflow or a task.
type Property struct {
	Prop   string `json:"prop"`
	Direct string `json:"direct"`
	Type   string `json:"type"`
	Value  string `json:"value"`
}

// In makes a text parameter.
func In(name, value string) Property { return Property{name, "IN", "VARCHAR", value} }

// Out declares a parameter that a task hands on.
func Out(name string) Property { return Property{name, "OUT", "VARCHAR", ""} }

// Flow is a definition in the making.
type Flow struct {
	Global  []Property
	Timeout int // minutes
	Tasks   []Node
	// Lean leaves out what has a default, which large definitions need: forms
	// are limited to 5,000,000 bytes.
	Lean bool
}

// Node is a task of a definition in the making.
type Node struct {
	Type, Name string
	Pre        []string
	Params     map[string]any
	Locals     []Property
	Forbidden  bool
	Retries    int // at once, or after Interval minutes
	Interval   int
	Timeout    int // minutes; 0: none
	Strategy   string
	Priority   string
	Success    string // of CONDITIONS: what comes after a fulfilled condition
	Failure    string
	Dependence any
	OnLost     string
}

// Shell is a shell task after others.
func Shell(name, script string, after ...string) Node {
	return Node{Type: "SHELL", Name: name, Pre: after, Params: map[string]any{"rawScript": script}}
}

// Python is a Python task after others.
func Python(name, script string, after ...string) Node {
	return Node{Type: "PYTHON", Name: name, Pre: after, Params: map[string]any{"rawScript": script}}
}

// Noop is a task that starts no process.
func Noop(name string, after ...string) Node {
	return Node{Type: "NOOP", Name: name, Pre: after, Params: map[string]any{}}
}

// Sub runs another definition and waits for it.
func Sub(name string, definition int, after ...string) Node {
	return Node{Type: "SUB_PROCESS", Name: name, Pre: after, Params: map[string]any{"processDefinitionId": definition}}
}

// Conditions goes on with success when all those named succeeded, else with
// failure.
func Conditions(name, success, failure string, after ...string) Node {
	items := []any{}
	for _, task := range after {
		items = append(items, map[string]any{"depTasks": task, "status": "SUCCESS"})
	}
	return Node{
		Type: "CONDITIONS", Name: name, Pre: after, Params: map[string]any{}, Success: success, Failure: failure,
		Dependence: group("AND", "dependTaskList", group("AND", "dependItemList", items...)),
	}
}

// Dependent waits for a run of another definition in a period.
func Dependent(name string, project, definition int, cycle, period string, after ...string) Node {
	item := map[string]any{
		"projectId": project, "definitionId": definition, "depTasks": "ALL", "cycle": cycle, "dateValue": period,
	}
	return Node{
		Type: "DEPENDENT", Name: name, Pre: after, Params: map[string]any{},
		Dependence: group("AND", "dependTaskList", group("AND", "dependItemList", item)),
	}
}

func group(relation, of string, items ...any) map[string]any {
	return map[string]any{"relation": relation, of: items}
}

// JSON is the processDefinitionJson.
func (f Flow) JSON() string {
	tasks := make([]map[string]any, 0, len(f.Tasks))
	for i, n := range f.Tasks {
		if f.Lean {
			tasks = append(tasks, n.lean())
		} else {
			tasks = append(tasks, n.full(i))
		}
	}
	return text(map[string]any{
		"globalParams": list(f.Global), "timeout": f.Timeout, "tenantId": -1, "tasks": tasks,
	})
}

// lean is the least that means the node.
func (n Node) lean() map[string]any {
	return map[string]any{
		"type": n.Type, "id": n.Name, "name": n.Name, "preTasks": list(n.Pre), "params": n.Params,
	}
}

// full is the node as the web console writes it.
func (n Node) full(index int) map[string]any {
	params := map[string]any{"localParams": list(n.Locals)}
	if n.Type == "SHELL" || n.Type == "PYTHON" {
		params["resourceList"] = []any{}
	}
	for key, value := range n.Params {
		params[key] = value
	}
	node := map[string]any{
		"type": n.Type, "id": id(index), "name": n.Name, "description": "", "preTasks": list(n.Pre),
		"params": params, "runFlag": "NORMAL", "dependence": map[string]any{},
		"conditionResult": map[string]any{"successNode": []string{n.Success}, "failedNode": []string{n.Failure}},
		"maxRetryTimes":   fmt.Sprint(n.Retries), "retryInterval": fmt.Sprint(n.Interval),
		"timeout":              map[string]any{"strategy": "", "interval": nil, "enable": false},
		"taskInstancePriority": "MEDIUM", "workerGroup": "default",
	}
	if n.Forbidden {
		node["runFlag"] = "FORBIDDEN"
	}
	if n.Dependence != nil {
		node["dependence"] = n.Dependence
	}
	if n.Timeout > 0 {
		node["timeout"] = map[string]any{"strategy": n.Strategy, "interval": n.Timeout, "enable": true}
	}
	if n.Priority != "" {
		node["taskInstancePriority"] = n.Priority
	}
	if n.OnLost != "" {
		node["onLost"] = n.OnLost
	}
	return node
}

// Locations is where the console would draw the nodes; nothing for a lean flow.
func (f Flow) Locations() string {
	drawn := map[string]any{}
	if f.Lean {
		return text(drawn)
	}
	for i, n := range f.Tasks {
		drawn[id(i)] = map[string]any{"name": n.Name, "targetarr": "", "nodenumber": fmt.Sprint(len(n.Pre)), "x": 100 + 150*i, "y": 100}
	}
	return text(drawn)
}

// Connects is what the console would draw between the nodes.
func (f Flow) Connects() string {
	drawn := []map[string]string{}
	if f.Lean {
		return text(drawn)
	}
	for i, n := range f.Tasks {
		for _, before := range n.Pre {
			from := slices.IndexFunc(f.Tasks, func(n Node) bool { return n.Name == before })
			drawn = append(drawn, map[string]string{"endPointSourceId": id(from), "endPointTargetId": id(i)})
		}
	}
	return text(drawn)
}

func id(index int) string { return fmt.Sprintf("tasks-%d", 10001+index) }

// list never is null, which the server would refuse.
func list[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // maps, slices and strings only
	}
	return string(b)
}
