package native

import (
	"context"
	"net/http"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// TaskGroupRow limits how many attempts run at once.
type TaskGroupRow struct {
	ID          int64      `json:"id"`
	ProjectID   int64      `json:"projectId" doc:"0: of all projects"`
	Name        string     `json:"name"`
	Description string     `json:"description"`
	Size        int        `json:"size"`
	Closed      bool       `json:"closed" doc:"it gives out no slots"`
	Used        int        `json:"used" doc:"slots that are held"`
	Created     *time.Time `json:"created"`
	Updated     *time.Time `json:"updated"`
}

// SlotTask is an attempt that holds a slot or waits for one.
type SlotTask struct {
	TaskID     int64      `json:"taskId"`
	Task       string     `json:"task" doc:"empty, as is the instance, when the caller may not see its project"`
	InstanceID int64      `json:"instanceId"`
	ProjectID  int64      `json:"projectId"`
	Submitted  *time.Time `json:"submitted"`
	Started    *time.Time `json:"started"`
	Priority   *int       `json:"priority,omitempty" doc:"of one that waits: larger goes first"`
	MayStart   bool       `json:"mayStart" doc:"the caller may let it go ahead without a slot"`
}

// TaskGroupDetail also says who holds slots and who waits.
type TaskGroupDetail struct {
	TaskGroupRow
	Holders []SlotTask `json:"holders" nullable:"false"`
	Waiting []SlotTask `json:"waiting" nullable:"false" doc:"in the order in which they will go: the largest priority, then who has waited longest"`
}

// TaskGroupInput is what a caller says of a task group.
type TaskGroupInput struct {
	ProjectID   int64  `json:"projectId,omitempty" doc:"0: of all projects"`
	Name        string `json:"name" minLength:"1" maxLength:"100"`
	Description string `json:"description,omitempty" maxLength:"255"`
	Size        int    `json:"size" minimum:"1" maximum:"100000"`
	Closed      bool   `json:"closed,omitempty"`
}

func (in TaskGroupInput) group(id int64) workflow.TaskGroup {
	return workflow.TaskGroup{ID: id, ProjectID: in.ProjectID, Name: in.Name, Description: in.Description, Size: in.Size, Closed: in.Closed}
}

func taskGroup(used int) func(workflow.TaskGroup) TaskGroupRow {
	return func(g workflow.TaskGroup) TaskGroupRow {
		return TaskGroupRow{ID: g.ID, ProjectID: g.ProjectID, Name: g.Name, Description: g.Description, Size: g.Size, Closed: g.Closed,
			Used: used, Created: moment(g.CreateTime), Updated: moment(g.UpdateTime)}
	}
}

func slotTasks(rows []usecase.SlotTask) []SlotTask {
	out := make([]SlotTask, len(rows))
	for i := range rows {
		t := &rows[i]
		out[i] = SlotTask{TaskID: t.ID, ProjectID: t.ProjectID, Submitted: moment(t.SubmitTime), Started: moment(t.StartTime),
			Priority: t.SlotPriority, MayStart: t.MayStart()}
		if t.Role != "" {
			out[i].Task, out[i].InstanceID = t.Task, t.InstanceID
		}
	}
	return out
}

func (a *API) declareTaskGroups() {
	const tag = "Task groups"
	crud[TaskGroupDetail, TaskGroupInput]{
		One: "TaskGroup", Many: "TaskGroups", Path: "/task-groups", Tag: tag, Read: SignedIn, Write: AdminOnly,
		Get: func(ctx context.Context, id int64) (TaskGroupDetail, error) {
			v, err := a.uc.TaskGroup(ctx, callerOf(ctx), id)
			return TaskGroupDetail{taskGroup(len(v.Holders))(v.TaskGroup), slotTasks(v.Holders), slotTasks(v.Waiting)}, err
		},
		Create: func(ctx context.Context, in TaskGroupInput) (int64, error) {
			return a.uc.SaveTaskGroup(ctx, callerOf(ctx), in.group(0))
		},
		Update: func(ctx context.Context, id int64, in TaskGroupInput) error {
			_, err := a.uc.SaveTaskGroup(ctx, callerOf(ctx), in.group(id))
			return err
		},
		Delete: func(ctx context.Context, id int64) error { return a.uc.DeleteTaskGroup(ctx, callerOf(ctx), id) },
	}.declare(a)
	add(a, op{ID: "listTaskGroups", Method: http.MethodGet, Path: "/task-groups", Tag: tag, Access: SignedIn,
		Summary: "List task groups"}, a.listTaskGroups)
	add(a, op{ID: "startWaitingTask", Method: http.MethodPost, Path: "/task-groups/{id}/start", Tag: tag, Access: SignedIn, Status: http.StatusAccepted,
		Summary: "Let a task go ahead that waits for a slot, over the group's limit; needs the role OPERATOR in its project"}, a.startWaitingTask)
}

func (a *API) listTaskGroups(ctx context.Context, in *struct {
	Paging
	Project int64 `query:"project" doc:"groups that this project may use"`
}) (*listed[TaskGroupRow], error) {
	rows, used, err := a.uc.TaskGroups(ctx, in.Project)
	if err != nil {
		return nil, err
	}
	return slice(rows, &in.Paging, named(in.Search, func(g workflow.TaskGroup) string { return g.Name }),
		func(g workflow.TaskGroup) TaskGroupRow { return taskGroup(used[g.ID])(g) })
}

// WaitingTask names an attempt that waits for a slot.
type WaitingTask struct {
	TaskID int64 `json:"taskId" minimum:"1" doc:"id of the task instance"`
}

func (a *API) startWaitingTask(ctx context.Context, in *struct {
	ByID
	Body WaitingTask
}) (*struct{}, error) {
	return nil, a.uc.ForceStart(ctx, callerOf(ctx), in.ID, in.Body.TaskID)
}
