package engine

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// maxAlertTasks bounds the list of tasks in an alert.
const maxAlertTasks = 100

// Facts is the content of an alert, as JSON. Senders' templates read it. An
// alert that is not about an instance has the facts it knows of.
type Facts struct {
	Event        string         `json:"event"`
	Workflow     string         `json:"workflow,omitempty"`
	DefinitionID int64          `json:"definitionId,omitempty"`
	InstanceID   int64          `json:"instanceId,omitempty"`
	Instance     string         `json:"instance,omitempty"`
	State        workflow.State `json:"state,omitempty"`
	Reason       string         `json:"reason,omitempty"`
	Command      string         `json:"command,omitempty"`
	CommandID    int64          `json:"commandId,omitempty"`
	RunTimes     int            `json:"runTimes,omitempty"`
	Recovered    bool           `json:"recovered,omitempty"`
	Master       string         `json:"master,omitempty"`
	ScheduleID   int64          `json:"scheduleId,omitempty"`
	ScheduleTime *time.Time     `json:"scheduleTime,omitempty"`
	StartTime    *time.Time     `json:"startTime,omitempty"`
	EndTime      *time.Time     `json:"endTime,omitempty"`
	Skipped      *SkippedFires  `json:"skipped,omitempty"`
	Tasks        []TaskFacts    `json:"tasks,omitempty"`
	MoreTasks    int            `json:"moreTasks,omitempty"` // left out of Tasks
	// Cc are those of the alert's receivers that get a copy only.
	Cc string `json:"cc,omitempty"`
}

// SkippedFires are fire times for which nothing was started.
type SkippedFires struct {
	Count int       `json:"count"`
	From  time.Time `json:"from"`
	To    time.Time `json:"to"`
}

// JSON writes the facts as an alert carries them.
func (f Facts) JSON() string {
	content, err := json.Marshal(f)
	if err != nil {
		return "{}" // times beyond the year 9999 only
	}
	return string(content)
}

// FactsOf tells what an alert about an instance tells.
func FactsOf(inst *workflow.Instance, event string) Facts {
	return Facts{
		Event: event, DefinitionID: inst.DefinitionID, InstanceID: inst.ID, Instance: inst.Name,
		State: inst.State, Reason: inst.Reason, Command: string(inst.Command), RunTimes: inst.RunTimes,
		Recovered: inst.Recovered, Master: inst.MasterID, ScheduleID: inst.ScheduleID,
		ScheduleTime: known(inst.ScheduleTime), StartTime: known(inst.StartTime), EndTime: known(inst.EndTime),
	}
}

// TaskFacts is a task an alert is about.
type TaskFacts struct {
	ID        int64          `json:"id"`
	Task      string         `json:"task"`
	Kind      workflow.Kind  `json:"kind"`
	State     workflow.State `json:"state"`
	Reason    string         `json:"reason,omitempty"`
	Attempt   int            `json:"attempt"`
	Host      string         `json:"host,omitempty"`
	LogPath   string         `json:"logPath,omitempty"`
	StartTime *time.Time     `json:"startTime,omitempty"`
	EndTime   *time.Time     `json:"endTime,omitempty"`
}

// alertEnd raises the alert that the instance's options ask for. Children
// raise none: their parents speak for them.
func (r *Run) alertEnd(s workflow.State) {
	if r.inst.ParentID != 0 {
		return
	}
	w := r.start.WarningType
	switch {
	case s == workflow.Succeeded && (w == workflow.WarnSuccess || w == workflow.WarnAll):
		r.alert(workflow.AlertSuccess, nil, "succeeded", nil)
	case s == workflow.Failed && (w == workflow.WarnFailure || w == workflow.WarnAll):
		r.alert(workflow.AlertFailure, nil, "failed", r.unsuccessful())
	}
}

func (r *Run) alertInstance(k workflow.AlertKind, event string) { r.alert(k, nil, event, nil) }

func (r *Run) alertTask(k workflow.AlertKind, a *attempt, event string) {
	r.alert(k, a, event, []*attempt{a})
}

func (r *Run) alert(k workflow.AlertKind, about *attempt, event string, tasks []*attempt) {
	facts := FactsOf(&r.inst, event)
	facts.Workflow = r.plan.def.Name
	for i, a := range tasks {
		if i == maxAlertTasks {
			facts.MoreTasks = len(tasks) - i
			break
		}
		facts.Tasks = append(facts.Tasks, taskFacts(a))
	}
	to, cc := r.receivers()
	facts.Cc = cc
	alert := workflow.Alert{
		Kind: k, GroupID: r.start.WarningGroupID, ProjectID: r.inst.ProjectID, InstanceID: r.inst.ID,
		Title: r.inst.Name + " " + event, Receivers: strings.Trim(to+","+cc, ","), CreateTime: r.step.now,
	}
	if about != nil {
		alert.TaskID = about.row.ID
		alert.Title = "task " + about.row.Task + " of " + r.inst.Name + " " + event
	}
	alert.Content = facts.JSON()
	r.step.eff.Alerts = append(r.step.eff.Alerts, alert)
}

func taskFacts(a *attempt) TaskFacts {
	return TaskFacts{
		ID: a.row.ID, Task: a.row.Task, Kind: a.row.Kind, State: a.row.State, Reason: a.row.Reason,
		Attempt: a.row.Attempt, Host: a.row.Host, LogPath: a.row.LogPath,
		StartTime: known(a.row.StartTime), EndTime: known(a.row.EndTime),
	}
}

// unsuccessful lists the attempts an alert about a failure shows.
func (r *Run) unsuccessful() []*attempt {
	var out []*attempt
	for i := range r.nodes {
		if a := r.nodes[i].att; a != nil && !a.row.State.Success() {
			out = append(out, a)
		}
	}
	return out
}

// receivers are the addresses of the start, else those of the definition.
func (r *Run) receivers() (to, cc string) {
	to, cc = r.start.Receivers, r.start.ReceiversCc
	if to == "" && cc == "" {
		to, cc = r.plan.def.Receivers, r.plan.def.ReceiversCc
	}
	return to, cc
}

func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
