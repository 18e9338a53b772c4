package codec139

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func decodeSub(params fields, t *workflow.Task) error {
	id, err := whole(params["processDefinitionId"])
	if err != nil {
		return fmt.Errorf("processDefinitionId: %w", err)
	}
	if id <= 0 {
		return errors.New("processDefinitionId is missing")
	}
	t.SubWorkflow = &workflow.SubWorkflow{DefinitionID: int64(id)}
	delete(params, "processDefinitionId")
	return nil
}

// dependenceJSON is the rule of DEPENDENT and CONDITIONS nodes. The last three
// keys are ours, for workflows that another dialect made.
type dependenceJSON struct {
	Relation           string      `json:"relation"`
	DependTaskList     []groupJSON `json:"dependTaskList"`
	CheckInterval      int         `json:"checkInterval,omitempty"`      // seconds
	FailureWaitingTime int         `json:"failureWaitingTime,omitempty"` // minutes
	AlwaysSucceeds     bool        `json:"alwaysSucceeds,omitempty"`
}

type groupJSON struct {
	Relation       string `json:"relation"`
	DependItemList []any  `json:"dependItemList"`
}

type dependItemJSON struct {
	ProjectID    int64  `json:"projectId"`
	DefinitionID int64  `json:"definitionId"`
	DepTasks     string `json:"depTasks"`
	Cycle        string `json:"cycle"`
	DateValue    string `json:"dateValue"`
}

type conditionItemJSON struct {
	DepTasks string `json:"depTasks"`
	Status   string `json:"status"`
}

// allTasks stands for the workflow's own state.
const allTasks = "ALL"

func relation(raw json.RawMessage) (workflow.Relation, error) {
	switch r := workflow.Relation(text(raw)); r {
	case workflow.And, workflow.Or:
		return r, nil
	case "":
		return workflow.And, nil
	default:
		return "", fmt.Errorf("unknown relation %q", r)
	}
}

// groups walks over the items of a dependence and gives the relation of each
// group to begin, and each item to item.
func groups(f fields, begin func(workflow.Relation), item func(fields) error) error {
	l, err := list(f["dependTaskList"])
	if err != nil {
		return fmt.Errorf("dependTaskList: %w", err)
	}
	for _, raw := range l {
		g, err := object(raw)
		if err != nil {
			return fmt.Errorf("dependTaskList: %w", err)
		}
		r, err := relation(g["relation"])
		if err != nil {
			return err
		}
		begin(r)
		items, err := list(g["dependItemList"])
		if err != nil {
			return fmt.Errorf("dependItemList: %w", err)
		}
		for _, raw := range items {
			it, err := object(raw)
			if err != nil {
				return fmt.Errorf("dependItemList: %w", err)
			}
			if err := item(it); err != nil {
				return err
			}
		}
	}
	return nil
}

func decodeDependent(raw json.RawMessage) (*workflow.Dependent, error) {
	f, err := object(raw)
	if err != nil {
		return nil, fmt.Errorf("dependence: %w", err)
	}
	d := &workflow.Dependent{}
	if d.Relation, err = relation(f["relation"]); err != nil {
		return nil, err
	}
	interval, err := whole(f["checkInterval"])
	if err != nil {
		return nil, fmt.Errorf("checkInterval: %w", err)
	}
	d.CheckInterval = time.Duration(max(interval, 0)) * time.Second
	if d.FailureWait, err = minutes(f["failureWaitingTime"]); err != nil {
		return nil, fmt.Errorf("failureWaitingTime: %w", err)
	}
	begin := func(r workflow.Relation) { d.Groups = append(d.Groups, workflow.DependentGroup{Relation: r}) }
	return d, groups(f, begin, func(it fields) error {
		item, err := dependentItem(it)
		g := &d.Groups[len(d.Groups)-1]
		g.Items = append(g.Items, item)
		return err
	})
}

func dependentItem(it fields) (workflow.DependentItem, error) {
	item := workflow.DependentItem{Task: text(it["depTasks"]), Cycle: text(it["cycle"]), DateValue: text(it["dateValue"])}
	if item.Task == allTasks {
		item.Task = ""
	}
	project, err := whole(it["projectId"])
	if err != nil {
		return item, fmt.Errorf("projectId: %w", err)
	}
	definition, err := whole(it["definitionId"])
	if err != nil {
		return item, fmt.Errorf("definitionId: %w", err)
	}
	item.ProjectID, item.DefinitionID = int64(project), int64(definition)
	return item, nil
}

func decodeConditions(rule, result json.RawMessage) (*workflow.Conditions, error) {
	f, err := object(rule)
	if err != nil {
		return nil, fmt.Errorf("dependence: %w", err)
	}
	always, err := truth(f["alwaysSucceeds"])
	if err != nil {
		return nil, err
	}
	c := &workflow.Conditions{Verdict: !always}
	if c.Relation, err = relation(f["relation"]); err != nil {
		return nil, err
	}
	begin := func(r workflow.Relation) { c.Groups = append(c.Groups, workflow.ConditionGroup{Relation: r}) }
	err = groups(f, begin, func(it fields) error {
		g := &c.Groups[len(c.Groups)-1]
		status := text(it["status"])
		if status != "SUCCESS" && status != "FAILURE" {
			return fmt.Errorf("unknown status %q", status)
		}
		g.Items = append(g.Items, workflow.ConditionItem{Task: text(it["depTasks"]), Success: status == "SUCCESS"})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return c, decodeBranches(result, c)
}

func decodeBranches(result json.RawMessage, c *workflow.Conditions) error {
	f, err := object(result)
	if err != nil {
		return fmt.Errorf("conditionResult: %w", err)
	}
	if c.Success, err = branch(f["successNode"]); err != nil {
		return fmt.Errorf("successNode: %w", err)
	}
	if c.Failed, err = branch(f["failedNode"]); err != nil {
		return fmt.Errorf("failedNode: %w", err)
	}
	return nil
}

// branch reads names; the empty name stands for none.
func branch(raw json.RawMessage) ([]string, error) {
	names, err := texts(raw)
	var some []string
	for _, n := range names {
		if n != "" {
			some = append(some, n)
		}
	}
	return some, err
}

func encodeDependence(t *workflow.Task) json.RawMessage {
	switch {
	case t.Dependent != nil:
		return encode(dependentJSON(t.Dependent))
	case t.Conditions != nil:
		return encode(conditionsJSON(t.Conditions))
	}
	return json.RawMessage("{}")
}

func dependentJSON(d *workflow.Dependent) dependenceJSON {
	j := dependenceJSON{
		Relation: string(d.Relation), DependTaskList: []groupJSON{},
		CheckInterval: int(d.CheckInterval / time.Second), FailureWaitingTime: asMinutes(d.FailureWait),
	}
	for _, g := range d.Groups {
		out := groupJSON{Relation: string(g.Relation), DependItemList: []any{}}
		for _, it := range g.Items {
			task := it.Task
			if task == "" {
				task = allTasks
			}
			out.DependItemList = append(out.DependItemList, dependItemJSON{it.ProjectID, it.DefinitionID, task, it.Cycle, it.DateValue})
		}
		j.DependTaskList = append(j.DependTaskList, out)
	}
	return j
}

func conditionsJSON(c *workflow.Conditions) dependenceJSON {
	j := dependenceJSON{Relation: string(c.Relation), DependTaskList: []groupJSON{}, AlwaysSucceeds: !c.Verdict}
	for _, g := range c.Groups {
		out := groupJSON{Relation: string(g.Relation), DependItemList: []any{}}
		for _, it := range g.Items {
			status := "SUCCESS"
			if !it.Success {
				status = "FAILURE"
			}
			out.DependItemList = append(out.DependItemList, conditionItemJSON{it.Task, status})
		}
		j.DependTaskList = append(j.DependTaskList, out)
	}
	return j
}

// encodeConditionResult writes the branches, which every node has.
func encodeConditionResult(c *workflow.Conditions) json.RawMessage {
	yes, no := []string{""}, []string{""}
	if c != nil && len(c.Success) > 0 {
		yes = c.Success
	}
	if c != nil && len(c.Failed) > 0 {
		no = c.Failed
	}
	return encode(struct {
		SuccessNode []string `json:"successNode"`
		FailedNode  []string `json:"failedNode"`
	}{yes, no})
}

type switchCaseJSON struct {
	Condition string `json:"condition"`
	NextNode  string `json:"nextNode"`
}

// switchJSON writes a SWITCH, which 1.3.9 does not have, in the manner of later
// versions but with names.
type switchJSON struct {
	DependTaskList []switchCaseJSON `json:"dependTaskList"`
	NextNode       string           `json:"nextNode"`
}

func decodeSwitch(raw json.RawMessage) (*workflow.Switch, error) {
	f, err := object(raw)
	if err != nil {
		return nil, fmt.Errorf("switchResult: %w", err)
	}
	cases, err := list(f["dependTaskList"])
	if err != nil {
		return nil, fmt.Errorf("switchResult: %w", err)
	}
	s := &workflow.Switch{Default: text(f["nextNode"])}
	for _, c := range cases {
		cf, err := object(c)
		if err != nil {
			return nil, fmt.Errorf("switchResult: %w", err)
		}
		s.Cases = append(s.Cases, workflow.SwitchCase{Condition: text(cf["condition"]), Next: text(cf["nextNode"])})
	}
	return s, nil
}

func encodeSwitch(s *workflow.Switch) json.RawMessage {
	j := switchJSON{DependTaskList: []switchCaseJSON{}, NextNode: s.Default}
	for _, c := range s.Cases {
		j.DependTaskList = append(j.DependTaskList, switchCaseJSON{c.Condition, c.Next})
	}
	return encode(j)
}
