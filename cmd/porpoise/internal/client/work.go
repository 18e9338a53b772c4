package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Workflow is what is needed of a workflow.
type Workflow struct {
	ID      int64  `json:"id"`
	Name    string `json:"name"`
	Online  bool   `json:"online"`
	Version int    `json:"version"`
}

// Instance is a run of a workflow.
type Instance struct {
	ID         int64          `json:"id"`
	Name       string         `json:"name"`
	WorkflowID int64          `json:"workflowId"`
	Workflow   string         `json:"workflow"`
	State      workflow.State `json:"state"`
	Reason     string         `json:"reason"`
	Started    *time.Time     `json:"started"`
	Ended      *time.Time     `json:"ended"`
	Duration   int64          `json:"durationMs"`
	Tasks      []TaskInstance `json:"taskInstances"`
	Params     []Value        `json:"params"`
	Waiting    []Waiting      `json:"waiting"`
	Actions    []string       `json:"actions"`
	Graph      struct {
		Nodes []Node `json:"nodes"`
	} `json:"graph"`
}

// Node is a task of an instance's workflow.
type Node struct {
	Name     string `json:"name"`
	Disabled bool   `json:"disabled"`
}

// Value is a parameter and where its value came from.
type Value struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	From   string `json:"from"`
	Source string `json:"source"`
}

// Waiting says why a task does not run.
type Waiting struct {
	Task string `json:"task"`
	Why  string `json:"why"`
}

// TaskInstance is a try of a task.
type TaskInstance struct {
	ID       int64          `json:"id"`
	Instance int64          `json:"instanceId"`
	Task     string         `json:"task"`
	Kind     string         `json:"kind"`
	State    workflow.State `json:"state"`
	Reason   string         `json:"reason"`
	Attempt  int            `json:"attempt"`
	Current  bool           `json:"current"`
	Worker   string         `json:"worker"`
	Started  *time.Time     `json:"started"`
	Ended    *time.Time     `json:"ended"`
	Duration int64          `json:"durationMs"`
	ExitCode *int           `json:"exitCode"`
}

// Project is the escaped path of a project, given by id or name.
func Project(project string) string { return "/projects/" + url.PathEscape(project) }

// Watch follows an instance: see gets its state now and after every change,
// task every change of a task. It returns when see gives ErrDone.
func (c *Client) Watch(ctx context.Context, project string, id int64, see func(Instance) error, task func(TaskInstance) error, lost func(error)) error {
	path := fmt.Sprintf("%s/instances/%d/events", Project(project), id)
	last := ""
	ask := func() Request {
		r := Request{Path: path, Header: http.Header{}}
		if last != "" {
			r.Header.Set("Last-Event-ID", last)
		}
		return r
	}
	return c.Follow(ctx, ask, func(e Event) error {
		if e.ID != "" {
			last = e.ID
		}
		switch e.Name {
		case "instance":
			var i Instance
			if err := json.Unmarshal(e.Data, &i); err != nil {
				return fmt.Errorf("reading the events of instance %d: %w", id, err)
			}
			return see(i)
		case "task":
			var t TaskInstance
			if err := json.Unmarshal(e.Data, &t); err != nil {
				return fmt.Errorf("reading the events of instance %d: %w", id, err)
			}
			return task(t)
		}
		return nil
	}, lost)
}

// Chunk is a part of a log.
type Chunk struct {
	Offset int64  `json:"offset"`
	Next   int64  `json:"next"`
	Text   string `json:"text"`
	Size   int64  `json:"size"`
	Ended  bool   `json:"ended"`
}

// Log reads a part of an attempt's log.
func (c *Client) Log(ctx context.Context, project string, attempt, offset int64, limit int) (Chunk, error) {
	var chunk Chunk
	query := url.Values{"offset": {strconv.FormatInt(offset, 10)}, "limit": {strconv.Itoa(limit)}}
	return chunk, c.Get(ctx, logPath(project, attempt), query, &chunk)
}

// FollowLog hands on an attempt's log from offset on, until it ends.
func (c *Client) FollowLog(ctx context.Context, project string, attempt, offset int64, see func(Chunk) error, lost func(error)) error {
	path := logPath(project, attempt) + "/events"
	ask := func() Request {
		return Request{Path: path, Query: url.Values{"offset": {strconv.FormatInt(offset, 10)}}}
	}
	return c.Follow(ctx, ask, func(e Event) error {
		switch e.Name {
		case "end":
			return ErrDone
		case "chunk":
			var chunk Chunk
			if err := json.Unmarshal(e.Data, &chunk); err != nil {
				return fmt.Errorf("reading the log of attempt %d: %w", attempt, err)
			}
			if chunk.Next == 0 {
				chunk.Next = chunk.Offset + int64(len(chunk.Text))
			}
			if err := see(chunk); err != nil {
				return err
			}
			offset = chunk.Next
		}
		return nil
	}, lost)
}

func logPath(project string, attempt int64) string {
	return fmt.Sprintf("%s/tasks/%d/log", Project(project), attempt)
}
