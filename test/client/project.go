package client

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
)

// Project is the place most calls happen in.
type Project struct {
	*Client
	Name string
}

// Project gives the calls below a project.
func (c *Client) Project(name string) Project { return Project{c, name} }

func (p Project) path(rest string) string {
	return "/projects/" + url.PathEscape(p.Name) + rest
}

// Save stores a definition and gives its id, which the answer does not hold.
func (p Project) Save(ctx context.Context, name string, f Flow) (int, error) {
	form := url.Values{
		"name": {name}, "processDefinitionJson": {f.JSON()},
		"locations": {f.Locations()}, "connects": {f.Connects()},
	}
	if err := p.Post(ctx, p.path("/process/save"), form, nil); err != nil {
		return 0, err
	}
	query := url.Values{"pageNo": {"1"}, "pageSize": {"100"}, "searchVal": {name}}
	page, err := read[Page[Definition]](ctx, p.Client, p.path("/process/list-paging"), query)
	if err != nil {
		return 0, err
	}
	for _, d := range page.TotalList {
		if d.Name == name {
			return d.ID, nil
		}
	}
	return 0, fmt.Errorf("definition %q is not listed after it was saved", name)
}

// Release puts a definition online, or takes it offline.
func (p Project) Release(ctx context.Context, definition int, online bool) error {
	state := "0"
	if online {
		state = "1"
	}
	form := url.Values{"processId": {strconv.Itoa(definition)}, "releaseState": {state}}
	return p.Post(ctx, p.path("/process/release"), form, nil)
}

// Publish saves a definition and puts it online.
func (p Project) Publish(ctx context.Context, name string, f Flow) (int, error) {
	id, err := p.Save(ctx, name, f)
	if err != nil {
		return 0, err
	}
	return id, p.Release(ctx, id, true)
}

// Start starts a definition. Options are further form fields, in pairs.
func (p Project) Start(ctx context.Context, definition int, options ...string) error {
	form := url.Values{
		"processDefinitionId": {strconv.Itoa(definition)},
		"failureStrategy":     {"CONTINUE"},
		"warningType":         {"NONE"},
		"warningGroupId":      {"0"},
	}
	for i := 0; i+1 < len(options); i += 2 {
		form.Set(options[i], options[i+1])
	}
	return p.Post(ctx, p.path("/executors/start-process-instance"), form, nil)
}

// Execute acts on an instance: STOP, PAUSE, REPEAT_RUNNING and so on.
func (p Project) Execute(ctx context.Context, instance int, executeType string) error {
	form := url.Values{"processInstanceId": {strconv.Itoa(instance)}, "executeType": {executeType}}
	return p.Post(ctx, p.path("/executors/execute"), form, nil)
}

// Instance reads an instance.
func (p Project) Instance(ctx context.Context, id int) (Instance, error) {
	query := url.Values{"processInstanceId": {strconv.Itoa(id)}}
	return read[Instance](ctx, p.Client, p.path("/instance/select-by-id"), query)
}

// Instances lists instances of a definition (0: of the project), newest first.
// An empty state means all.
func (p Project) Instances(ctx context.Context, definition int, state string, number, size int) (Page[Instance], error) {
	query := url.Values{"pageNo": {strconv.Itoa(number)}, "pageSize": {strconv.Itoa(size)}}
	if definition != 0 {
		query.Set("processDefinitionId", strconv.Itoa(definition))
	}
	if state != "" {
		query.Set("stateType", state)
	}
	return read[Page[Instance]](ctx, p.Client, p.path("/instance/list-paging"), query)
}

// AllInstances lists every instance of a definition.
func (p Project) AllInstances(ctx context.Context, definition int) ([]Instance, error) {
	var all []Instance
	for number := 1; ; number++ {
		page, err := p.Instances(ctx, definition, "", number, 500)
		if err != nil {
			return nil, err
		}
		all = append(all, page.TotalList...)
		if number >= page.TotalPage {
			return all, nil
		}
	}
}

type taskList struct {
	Tasks []Task `json:"taskList"`
}

// Tasks lists the current attempts of an instance.
func (p Project) Tasks(ctx context.Context, instance int) ([]Task, error) {
	query := url.Values{"processInstanceId": {strconv.Itoa(instance)}}
	list, err := read[taskList](ctx, p.Client, p.path("/instance/task-list-by-process-id"), query)
	return list.Tasks, err
}

// CountTasks counts attempts of an instance in a state.
func (p Project) CountTasks(ctx context.Context, instance int, state string) (int, error) {
	query := url.Values{
		"processInstanceId": {strconv.Itoa(instance)}, "stateType": {state},
		"pageNo": {"1"}, "pageSize": {"1"},
	}
	page, err := read[Page[Task]](ctx, p.Client, p.path("/task-instance/list-paging"), query)
	return page.Total, err
}

// Log reads limit lines of a task's log after the first skip.
func (c *Client) Log(ctx context.Context, task, skip, limit int) (string, error) {
	query := url.Values{
		"taskInstanceId": {strconv.Itoa(task)},
		"skipLineNum":    {strconv.Itoa(skip)}, "limit": {strconv.Itoa(limit)},
	}
	return read[string](ctx, c, "/log/detail", query)
}

// Download reads a task's whole log.
func (c *Client) Download(ctx context.Context, task int) ([]byte, error) {
	status, body, err := c.Raw(ctx, "/log/download-log", url.Values{"taskInstanceId": {strconv.Itoa(task)}})
	if err == nil && status != 200 {
		err = fmt.Errorf("download of log %d: HTTP %d: %.200s", task, status, body)
	}
	return body, err
}
