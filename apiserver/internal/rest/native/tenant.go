package native

import (
	"context"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Tenant is an operating-system user that tasks run as.
type Tenant struct {
	ID          int64      `json:"id"`
	Code        string     `json:"code" doc:"the user of the operating system"`
	Name        string     `json:"name"`
	QueueID     int64      `json:"queueId"`
	Queue       string     `json:"queue" doc:"the queue's name"`
	Description string     `json:"description"`
	Created     *time.Time `json:"created"`
	Updated     *time.Time `json:"updated"`
}

// TenantInput is what a caller says of a tenant.
type TenantInput struct {
	Code        string `json:"code" minLength:"1" maxLength:"64"`
	Name        string `json:"name,omitempty" maxLength:"64" doc:"the code, if empty"`
	QueueID     int64  `json:"queueId"`
	Description string `json:"description,omitempty" maxLength:"255"`
}

func (in TenantInput) input() usecase.TenantInput {
	if in.Name == "" {
		in.Name = in.Code
	}
	return usecase.TenantInput{Code: in.Code, Name: in.Name, QueueID: in.QueueID, Description: in.Description}
}

func tenant(t usecase.TenantView) Tenant {
	return Tenant{ID: t.ID, Code: t.Code, Name: t.Name, QueueID: t.QueueID, Queue: t.Queue.Name, Description: t.Description,
		Created: moment(t.CreateTime), Updated: moment(t.UpdateTime)}
}

func (a *API) declareTenants() {
	crud[Tenant, TenantInput]{
		One: "Tenant", Many: "Tenants", Path: "/tenants", Tag: "Tenants", Read: SignedIn, Write: AdminOnly,
		List: func(ctx context.Context, in *Paging) (*listed[Tenant], error) {
			return paged(in, func(search string, p store.Page) ([]usecase.TenantView, int, error) {
				return a.uc.FindTenants(ctx, search, p)
			}, tenant)
		},
		Get: func(ctx context.Context, id int64) (Tenant, error) {
			t, err := a.uc.Tenant(ctx, id)
			return tenant(t), err
		},
		Create: func(ctx context.Context, in TenantInput) (int64, error) {
			return a.uc.CreateTenant(ctx, callerOf(ctx), in.input())
		},
		Update: func(ctx context.Context, id int64, in TenantInput) error {
			return a.uc.UpdateTenant(ctx, callerOf(ctx), id, in.input())
		},
		Delete: func(ctx context.Context, id int64) error { return a.uc.DeleteTenant(ctx, callerOf(ctx), id) },
		Fields: []string{"tenantCode", "code", "tenantName", "name"},
	}.declare(a)
}

// Queue is a resource queue of a cluster.
type Queue struct {
	ID      int64      `json:"id"`
	Name    string     `json:"name"`
	Value   string     `json:"value" doc:"what programs are told"`
	Created *time.Time `json:"created"`
	Updated *time.Time `json:"updated"`
}

// QueueInput is what a caller says of a queue.
type QueueInput struct {
	Name  string `json:"name" minLength:"1" maxLength:"64"`
	Value string `json:"value" minLength:"1" maxLength:"64"`
}

func queue(q workflow.Queue) Queue {
	return Queue{ID: q.ID, Name: q.Name, Value: q.Value, Created: moment(q.CreateTime), Updated: moment(q.UpdateTime)}
}

func (a *API) declareQueues() {
	crud[Queue, QueueInput]{
		One: "Queue", Many: "Queues", Path: "/queues", Tag: "Queues", Read: SignedIn, Write: AdminOnly,
		List: func(ctx context.Context, in *Paging) (*listed[Queue], error) {
			return paged(in, func(search string, p store.Page) ([]workflow.Queue, int, error) {
				return a.uc.FindQueues(ctx, search, p)
			}, queue)
		},
		Get: func(ctx context.Context, id int64) (Queue, error) {
			q, err := a.uc.Queue(ctx, id)
			return queue(q), err
		},
		Create: func(ctx context.Context, in QueueInput) (int64, error) {
			return a.uc.CreateQueue(ctx, callerOf(ctx), in.Value, in.Name)
		},
		Update: func(ctx context.Context, id int64, in QueueInput) error {
			err := a.uc.UpdateQueue(ctx, callerOf(ctx), id, in.Value, in.Name)
			if workflow.ErrorReason(err) == "queue.unchanged" {
				return nil // what is wanted is there
			}
			return err
		},
		Delete: func(ctx context.Context, id int64) error { return a.uc.DeleteQueue(ctx, callerOf(ctx), id) },
		Fields: []string{"queueName", "name", "queue", "value"},
	}.declare(a)
}
