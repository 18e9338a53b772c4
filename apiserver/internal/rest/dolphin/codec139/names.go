package codec139

import (
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// StateName gives the name 1.3.9 has for a state.
func StateName(s workflow.State) string {
	switch s {
	case workflow.Submitted, workflow.Delayed, workflow.Dispatched:
		return "SUBMITTED_SUCCESS"
	case workflow.SerialWait:
		return "WAITTING_THREAD"
	case workflow.Running:
		return "RUNNING_EXECUTION"
	case workflow.Pausing:
		return "READY_PAUSE"
	case workflow.Paused:
		return "PAUSE"
	case workflow.Stopping:
		return "READY_STOP"
	case workflow.Stopped:
		return "STOP"
	case workflow.Failed:
		return "FAILURE"
	case workflow.Succeeded, workflow.ForcedSuccess:
		return "SUCCESS"
	case workflow.Killed:
		return "KILL"
	case workflow.Lost:
		return "NEED_FAULT_TOLERANCE"
	default:
		return string(s)
	}
}

// NoState is a state that nothing is ever in: the filter for a name of 1.3.9
// that has no counterpart here.
const NoState workflow.State = "NONE"

// States gives the states that carry a name of 1.3.9; false for an unknown
// name. WAITTING_DEPEND is known and matches nothing.
func States(name string) ([]workflow.State, bool) {
	if name == "WAITTING_DEPEND" {
		return []workflow.State{NoState}, true
	}
	var found []workflow.State
	for _, s := range allStates() {
		if StateName(s) == name {
			found = append(found, s)
		}
	}
	return found, len(found) > 0
}

func allStates() []workflow.State {
	return []workflow.State{
		workflow.Submitted, workflow.SerialWait, workflow.Delayed, workflow.Dispatched,
		workflow.Running, workflow.Pausing, workflow.Paused, workflow.Stopping, workflow.Stopped,
		workflow.Killed, workflow.Lost, workflow.Failed, workflow.Succeeded, workflow.ForcedSuccess,
	}
}

// StateNames lists the names clients may filter by.
func StateNames() []string {
	return []string{"SUBMITTED_SUCCESS", "RUNNING_EXECUTION", "READY_PAUSE", "PAUSE", "READY_STOP", "STOP",
		"FAILURE", "SUCCESS", "NEED_FAULT_TOLERANCE", "KILL", "WAITTING_THREAD", "WAITTING_DEPEND"}
}

// CommandName gives the name of what started an instance.
func CommandName(c workflow.CommandType) string {
	switch c {
	case workflow.CmdStart, workflow.CmdSub, "":
		return "START_PROCESS"
	case workflow.CmdBackfill:
		return "COMPLEMENT_DATA"
	case workflow.CmdSchedule:
		return "SCHEDULER"
	case workflow.CmdRerun:
		return "REPEAT_RUNNING"
	case workflow.CmdRecoverPaused:
		return "RECOVER_SUSPENDED_PROCESS"
	case workflow.CmdRecoverFailed, workflow.CmdForceSuccess, workflow.CmdReleaseHold:
		return "START_FAILURE_TASK_PROCESS"
	case workflow.CmdPause:
		return "PAUSE"
	case workflow.CmdStop:
		return "STOP"
	default:
		return string(c)
	}
}

// KindName gives the name of a kind.
func KindName(k workflow.Kind) string {
	if k == workflow.KindSubWorkflow {
		return "SUB_PROCESS"
	}
	return string(k)
}

func kindOf(name string) workflow.Kind {
	if name == "SUB_PROCESS" {
		return workflow.KindSubWorkflow
	}
	return workflow.Kind(name)
}

// priorityNames is ordered by urgency.
func priorityNames() []string { return []string{"HIGHEST", "HIGH", "MEDIUM", "LOW", "LOWEST"} }

// PriorityName gives the name of a priority.
func PriorityName(p workflow.Priority) string {
	names := priorityNames()
	if p < 0 || int(p) >= len(names) {
		return "MEDIUM"
	}
	return names[p]
}

// PriorityOf gives the priority of a name, Medium for "", false for an unknown
// name.
func PriorityOf(name string) (workflow.Priority, bool) {
	if name == "" {
		return workflow.Medium, true
	}
	for i, n := range priorityNames() {
		if n == name {
			return workflow.Priority(i), true
		}
	}
	return workflow.Medium, false
}

// ScopeName gives the TaskDependType of a scope.
func ScopeName(s workflow.StartScope) string {
	switch s {
	case workflow.ScopeOnly:
		return "TASK_ONLY"
	case workflow.ScopePre:
		return "TASK_PRE"
	default:
		return "TASK_POST"
	}
}

// ScopeOf gives the scope of a TaskDependType.
func ScopeOf(name string) workflow.StartScope {
	switch name {
	case "TASK_ONLY":
		return workflow.ScopeOnly
	case "TASK_PRE":
		return workflow.ScopePre
	case "TASK_POST":
		return workflow.ScopePost
	}
	return ""
}

// timeoutStrategy gives the action of a strategy; "" for none.
func timeoutStrategy(name string) workflow.TimeoutAction {
	switch strings.ReplaceAll(strings.TrimSpace(name), " ", "") {
	case "WARN":
		return workflow.TimeoutWarn
	case "FAILED":
		return workflow.TimeoutFail
	case "WARN,FAILED", "FAILED,WARN", "WARNFAILED":
		return workflow.TimeoutWarnFail
	}
	return ""
}

func timeoutName(a workflow.TimeoutAction) string {
	switch a {
	case workflow.TimeoutWarn:
		return "WARN"
	case workflow.TimeoutFail:
		return "FAILED"
	case workflow.TimeoutWarnFail:
		return "WARNFAILED"
	default:
		return ""
	}
}
