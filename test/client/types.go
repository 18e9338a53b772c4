package client

import (
	"strings"
	"time"
)

// Time is a date as 1.3.9 writes it; null is the zero time.
type Time struct{ time.Time }

// UnmarshalJSON reads "2021-10-18T19:55:08.000+0800".
func (t *Time) UnmarshalJSON(text []byte) error {
	s := strings.Trim(string(text), `"`)
	if s == "null" || s == "" {
		t.Time = time.Time{}
		return nil
	}
	at, err := time.Parse("2006-01-02T15:04:05.000-0700", s)
	t.Time = at
	return err
}

// Page is a slice of a list.
type Page[T any] struct {
	TotalList   []T `json:"totalList"`
	CurrentPage int `json:"currentPage"`
	TotalPage   int `json:"totalPage"`
	Total       int `json:"total"`
}

// Names of states.
const (
	Submitted = "SUBMITTED_SUCCESS"
	Running   = "RUNNING_EXECUTION"
	Success   = "SUCCESS"
	Failure   = "FAILURE"
	Stopped   = "STOP"
	Paused    = "PAUSE"
	Killed    = "KILL"
)

// Terminal reports whether an instance in that state has ended.
func Terminal(state string) bool {
	switch state {
	case Success, Failure, Stopped, Paused, Killed:
		return true
	}
	return false
}

// Named is an object looked up by its name.
type Named struct {
	ID         int    `json:"id"`
	Name       string `json:"name"`
	UserName   string `json:"userName"`
	TenantCode string `json:"tenantCode"`
	QueueName  string `json:"queueName"`
	Queue      string `json:"queue"`
}

// Definition is a workflow as lists show it.
type Definition struct {
	ID           int    `json:"id"`
	Name         string `json:"name"`
	Version      int    `json:"version"`
	ReleaseState string `json:"releaseState"`
	JSON         string `json:"processDefinitionJson"`
}

// Instance is a run of a workflow.
type Instance struct {
	ID           int    `json:"id"`
	DefinitionID int    `json:"processDefinitionId"`
	Name         string `json:"name"`
	State        string `json:"state"`
	CommandType  string `json:"commandType"`
	RunTimes     int    `json:"runTimes"`
	Host         string `json:"host"`
	StartTime    Time   `json:"startTime"`
	EndTime      Time   `json:"endTime"`
	ScheduleTime Time   `json:"scheduleTime"`
}

// Task is a task instance.
type Task struct {
	ID         int    `json:"id"`
	Name       string `json:"name"`
	Type       string `json:"taskType"`
	InstanceID int    `json:"processInstanceId"`
	State      string `json:"state"`
	RetryTimes int    `json:"retryTimes"`
	Pid        int    `json:"pid"`
	Host       string `json:"host"`
	AppLink    string `json:"appLink"`
	SubmitTime Time   `json:"submitTime"`
	StartTime  Time   `json:"startTime"`
	EndTime    Time   `json:"endTime"`
}

// Schedule is a cron rule of a workflow.
type Schedule struct {
	ID           int    `json:"id"`
	DefinitionID int    `json:"processDefinitionId"`
	Crontab      string `json:"crontab"`
	ReleaseState string `json:"releaseState"`
}
