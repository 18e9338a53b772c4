package dolphin

import (
	"context"
	"net/http"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func (d *Dialect) queueRoutes() []Route {
	const group = "Queue"
	fields := []Param{Text("queue").Must(), Text("queueName").Must()}
	return []Route{
		{Group: group, Operation: "queryList", Method: http.MethodGet, Path: "/queue/list",
			ErrorConstant: status.QueryQueueListError, Access: AdminOnly, Handler: d.listQueues},
		{Group: group, Operation: "queryQueueListPaging", Method: http.MethodGet, Path: "/queue/list-paging",
			Params: pageParams(), ErrorConstant: status.QueryQueueListError,
			Access: AdminOnly, Handler: d.pageQueues},
		{Group: group, Operation: "createQueue", Method: http.MethodPost, Path: "/queue/create",
			Params: fields, SuccessStatus: http.StatusCreated, ErrorConstant: status.CreateQueueError,
			Access: AdminOnly, Handler: d.createQueue},
		{Group: group, Operation: "updateQueue", Method: http.MethodPost, Path: "/queue/update",
			Params: append([]Param{Int("id").Must()}, fields...), SuccessStatus: http.StatusCreated,
			ErrorConstant: status.UpdateQueueError, Access: AdminOnly, Handler: d.updateQueue},
		{Group: group, Operation: "verifyQueue", Method: http.MethodPost, Path: "/queue/verify-queue",
			Params: fields, ErrorConstant: status.VerifyQueueError, Access: SignedIn, Handler: d.verifyQueue},
	}
}

// queueJSON is a Queue.
type queueJSON struct {
	ID         int64  `json:"id"`
	QueueName  string `json:"queueName"`
	Queue      string `json:"queue"`
	CreateTime Date   `json:"createTime"`
	UpdateTime Date   `json:"updateTime"`
}

func encodeQueue(q workflow.Queue) queueJSON {
	return queueJSON{ID: q.ID, QueueName: q.Name, Queue: q.Value, CreateTime: Date(q.CreateTime), UpdateTime: Date(q.UpdateTime)}
}

func (d *Dialect) listQueues(ctx context.Context, r *Request) (any, error) {
	rows, err := d.uc.AllQueues(ctx, r.Caller)
	if err != nil {
		return nil, err
	}
	return ListOf(rows, encodeQueue), nil
}

func (d *Dialect) pageQueues(ctx context.Context, r *Request) (any, error) {
	rows, total, err := d.uc.ListQueues(ctx, r.Caller, r.Search(), r.Page())
	if err != nil {
		return nil, err
	}
	return PageOf(r.Page(), rows, total, encodeQueue), nil
}

func (d *Dialect) createQueue(ctx context.Context, r *Request) (any, error) {
	_, err := d.uc.CreateQueue(ctx, r.Caller, r.String("queue"), r.String("queueName"))
	return nil, err
}

func (d *Dialect) updateQueue(ctx context.Context, r *Request) (any, error) {
	return nil, d.uc.UpdateQueue(ctx, r.Caller, r.ID("id"), r.String("queue"), r.String("queueName"))
}

func (d *Dialect) verifyQueue(ctx context.Context, r *Request) (any, error) {
	return nil, d.uc.QueueFree(ctx, r.String("queue"), r.String("queueName"))
}
