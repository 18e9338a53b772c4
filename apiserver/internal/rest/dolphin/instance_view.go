package dolphin

import (
	"cmp"
	"strings"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/codec139"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// instanceJSON is a ProcessInstance. Lists leave the workflow's texts null.
type instanceJSON struct {
	ID                      int64   `json:"id"`
	ProcessDefinitionID     int64   `json:"processDefinitionId"`
	State                   string  `json:"state"`
	Recovery                string  `json:"recovery"`
	StartTime               Date    `json:"startTime"`
	EndTime                 Date    `json:"endTime"`
	RunTimes                int     `json:"runTimes"`
	Name                    string  `json:"name"`
	Host                    *string `json:"host"`
	ProcessDefinition       *int    `json:"processDefinition"`
	CommandType             string  `json:"commandType"`
	CommandParam            string  `json:"commandParam"`
	TaskDependType          string  `json:"taskDependType"`
	MaxTryTimes             int     `json:"maxTryTimes"`
	FailureStrategy         string  `json:"failureStrategy"`
	WarningType             string  `json:"warningType"`
	WarningGroupID          int64   `json:"warningGroupId"`
	ScheduleTime            Date    `json:"scheduleTime"`
	CommandStartTime        Date    `json:"commandStartTime"`
	GlobalParams            *string `json:"globalParams"`
	ProcessInstanceJSON     *string `json:"processInstanceJson"`
	ExecutorID              int64   `json:"executorId"`
	ExecutorName            *string `json:"executorName"`
	TenantCode              *string `json:"tenantCode"`
	Queue                   *string `json:"queue"`
	IsSubProcess            string  `json:"isSubProcess"`
	Locations               *string `json:"locations"`
	Connects                *string `json:"connects"`
	HistoryCmd              string  `json:"historyCmd"`
	DependenceScheduleTimes *string `json:"dependenceScheduleTimes"`
	Duration                *string `json:"duration"`
	ProcessInstancePriority string  `json:"processInstancePriority"`
	WorkerGroup             string  `json:"workerGroup"`
	Timeout                 int     `json:"timeout"`
	TenantID                int64   `json:"tenantId"`
	Receivers               *string `json:"receivers"`
	ReceiversCc             *string `json:"receiversCc"`
	CmdTypeIfComplement     string  `json:"cmdTypeIfComplement"`
	ComplementData          bool    `json:"complementData"`
	ProcessInstanceStop     bool    `json:"processInstanceStop"`
}

func encodeInstance(row store.InstanceRow) instanceJSON {
	command := codec139.CommandName(row.Command)
	j := instanceJSON{
		ID: row.ID, ProcessDefinitionID: row.DefinitionID, State: codec139.StateName(row.State),
		Recovery: flag(row.Recovered), StartTime: Date(row.StartTime), EndTime: Date(row.EndTime), RunTimes: row.RunTimes,
		Name: row.Name, Host: orNull(row.MasterID), CommandType: command, CommandParam: commandParam(&row.Instance),
		TaskDependType: codec139.ScopeName(row.Start.Scope), FailureStrategy: failureName(row.Start.FailureStrategy),
		WarningType: warningName(row.Start.WarningType), WarningGroupID: row.Start.WarningGroupID,
		ScheduleTime: Date(row.ScheduleTime), CommandStartTime: Date(row.CommandTime), ExecutorID: row.UserID,
		ExecutorName: orNull(row.UserName), TenantCode: orNull(row.Start.TenantCode), Queue: orNull(row.Start.Queue),
		IsSubProcess: flag(row.ParentID != 0), HistoryCmd: history(&row.Instance),
		Duration:                durationText(row.StartTime, row.EndTime),
		ProcessInstancePriority: codec139.PriorityName(row.Start.Priority), WorkerGroup: orDefault(row.Start.WorkerGroup),
		Timeout: codec139.Minutes(row.Start.Timeout), Receivers: orNull(row.Start.Receivers), ReceiversCc: orNull(row.Start.ReceiversCc),
		CmdTypeIfComplement: command, ProcessInstanceStop: row.State.Terminal(),
	}
	if j.ComplementData = strings.HasPrefix(j.HistoryCmd, "COMPLEMENT_DATA"); j.ComplementData {
		j.CmdTypeIfComplement = "COMPLEMENT_DATA"
	}
	return j
}

// failureName and warningName write what was left open as what it means.
func failureName(f workflow.FailureStrategy) string {
	return string(cmp.Or(f, workflow.FailContinue))
}

func warningName(w workflow.WarningType) string { return string(cmp.Or(w, workflow.WarnNone)) }

// history lists the commands an instance obeyed, oldest first.
func history(in *workflow.Instance) string {
	names := make([]string, 0, len(in.History)+1)
	for _, c := range in.History {
		names = append(names, codec139.CommandName(c))
	}
	if len(names) == 0 {
		names = append(names, codec139.CommandName(in.Command))
	}
	return strings.Join(names, ",")
}

type commandParamJSON struct {
	StartNodes   string `json:"StartNodeNameList,omitempty"`
	BackfillDate string `json:"complementStartDate,omitempty"`
	BackfillEnd  string `json:"complementEndDate,omitempty"`
}

// commandParam writes what the starting command said.
func commandParam(in *workflow.Instance) string {
	p := commandParamJSON{StartNodes: strings.Join(in.Start.StartTasks, ",")}
	if in.BackfillID != 0 && !in.ScheduleTime.IsZero() {
		p.BackfillDate = in.ScheduleTime.In(gmt8).Format("2006-01-02 15:04:05")
		p.BackfillEnd = p.BackfillDate
	}
	raw, err := marshal(p)
	if err != nil {
		return "{}"
	}
	return string(raw)
}

// encodeInstanceInFull adds the texts of the version the instance runs.
func (d *Dialect) encodeInstanceInFull(v *usecase.InstanceView) instanceJSON {
	j := encodeInstance(v.InstanceRow)
	if v.Definition == nil {
		return j
	}
	spec := &v.Definition.Spec
	text, globals := codec139.EncodeProcess(spec), codec139.PropertiesJSON(d.uc.GlobalParams(v))
	j.ProcessInstanceJSON, j.GlobalParams = &text, &globals
	j.Locations, j.Connects = codec139.Locations(spec), codec139.Connects(spec)
	j.TenantID = codec139.TenantID(spec)
	if j.Timeout == 0 {
		j.Timeout = codec139.Minutes(spec.Timeout)
	}
	if j.Receivers == nil {
		j.Receivers = orNull(v.Definition.Receivers)
	}
	if j.ReceiversCc == nil {
		j.ReceiversCc = orNull(v.Definition.ReceiversCc)
	}
	return j
}
