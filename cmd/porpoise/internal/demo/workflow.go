package demo

import (
	"encoding/json"
	"fmt"
	"net/url"
)

// name of the workflow.
const name = "tour"

type property struct {
	Prop   string `json:"prop"`
	Direct string `json:"direct"`
	Type   string `json:"type"`
	Value  string `json:"value"`
}

func in(prop, value string) property { return property{prop, "IN", "VARCHAR", value} }

type node struct {
	Type            string         `json:"type"`
	ID              string         `json:"id"`
	Name            string         `json:"name"`
	Description     string         `json:"description"`
	RunFlag         string         `json:"runFlag"`
	PreTasks        []string       `json:"preTasks"`
	Params          map[string]any `json:"params"`
	Dependence      map[string]any `json:"dependence"`
	ConditionResult map[string]any `json:"conditionResult"`
	MaxRetryTimes   string         `json:"maxRetryTimes"`
	RetryInterval   string         `json:"retryInterval"`
	Timeout         map[string]any `json:"timeout"`
	Priority        string         `json:"taskInstancePriority"`
	WorkerGroup     string         `json:"workerGroup"`
}

// task makes a node with what all nodes have in common.
func task(kind, name string, params map[string]any, pre ...string) node {
	if pre == nil {
		pre = []string{}
	}
	return node{
		Type: kind, Name: name, RunFlag: "NORMAL", PreTasks: pre, Params: params,
		Dependence:      map[string]any{},
		ConditionResult: map[string]any{"successNode": []string{""}, "failedNode": []string{""}},
		MaxRetryTimes:   "0", RetryInterval: "1",
		Timeout:  map[string]any{"strategy": "", "interval": nil, "enable": false},
		Priority: "MEDIUM", WorkerGroup: "default",
	}
}

func script(text string, local ...property) map[string]any {
	if local == nil {
		local = []property{}
	}
	return map[string]any{"rawScript": text, "localParams": local, "resourceList": []any{}}
}

// nodes are the tasks of the workflow: three side by side, a condition on
// them, and what follows from it.
func nodes(cfg Config) []node {
	greet := task("SHELL", "greet", script(
		`echo "${greeting} It is ${day}, and yesterday was ${yesterday}."`,
		in("yesterday", "$[yyyy-MM-dd-1]")))
	count := task("SHELL", "count", script(`echo "the sum of 1 to 100 is $((100 * 101 / 2))"`))
	if cfg.Python {
		count = task("PYTHON", "count", script("total = sum(range(1, 101))\nprint('the sum of 1 to 100 is', total)"))
	}
	call := task("HTTP", "call", map[string]any{
		"url": cfg.Site + "/healthz", "httpMethod": "GET", "httpParams": []any{},
		"httpCheckCondition": "STATUS_CODE_DEFAULT", "condition": "",
		"connectTimeout": 10000, "socketTimeout": 10000, "localParams": []any{},
	})
	gate := task("CONDITIONS", "gate", map[string]any{}, "greet", "count", "call")
	gate.Dependence = map[string]any{"relation": "AND", "dependTaskList": []any{map[string]any{
		"relation": "AND",
		"dependItemList": []any{
			map[string]any{"depTasks": "greet", "status": "SUCCESS"},
			map[string]any{"depTasks": "count", "status": "SUCCESS"},
			map[string]any{"depTasks": "call", "status": "SUCCESS"},
		},
	}}}
	gate.ConditionResult = map[string]any{"successNode": []string{"celebrate"}, "failedNode": []string{"apologise"}}
	celebrate := task("SHELL", "celebrate", script(`echo "All went well on ${day}."`), "gate")
	apologise := task("SHELL", "apologise", script(`echo "Something failed before; see the logs above."`), "gate")
	all := []node{greet, count, call, gate, celebrate, apologise}
	for i := range all {
		all[i].ID = fmt.Sprintf("tasks-%d", 1001+i)
	}
	return all
}

// definition is the form that saves the workflow.
func definition(cfg Config, tenantID int) (url.Values, error) {
	tasks := nodes(cfg)
	spec, err := json.Marshal(map[string]any{
		"globalParams": []property{in("day", "$[yyyy-MM-dd]"), in("greeting", "Hello from Porpoise.")},
		"tasks":        tasks, "tenantId": tenantID, "timeout": 0,
	})
	if err != nil {
		return nil, err
	}
	locations, connects, err := drawing(tasks)
	if err != nil {
		return nil, err
	}
	return url.Values{
		"name": {name}, "description": {"a few kinds of tasks, made by standalone --demo"},
		"processDefinitionJson": {string(spec)},
		"locations":             {locations}, "connects": {connects},
	}, nil
}

// drawing says where an editor shows the nodes: a column for each step.
func drawing(tasks []node) (locations, connects string, err error) {
	ids, column, height := map[string]string{}, map[string]int{}, map[int]int{}
	places, edges := map[string]any{}, []any{}
	for _, t := range tasks {
		ids[t.Name] = t.ID
		for _, pre := range t.PreTasks {
			column[t.Name] = max(column[t.Name], column[pre]+1)
		}
		x := column[t.Name]
		places[t.ID] = map[string]any{
			"name": t.Name, "targetarr": "", "nodenumber": "0", "x": 100 + 300*x, "y": 80 + 100*height[x],
		}
		height[x]++
		for _, pre := range t.PreTasks {
			edges = append(edges, map[string]any{"endPointSourceId": ids[pre], "endPointTargetId": t.ID})
		}
	}
	l, err := json.Marshal(places)
	if err != nil {
		return "", "", err
	}
	c, err := json.Marshal(edges)
	return string(l), string(c), err
}
