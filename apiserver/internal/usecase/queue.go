package usecase

import (
	"context"
	"unicode/utf8"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// maxQueue bounds a queue's name and value.
const maxQueue = 64

// CreateQueue makes a queue. Reasons: "user.forbidden", "param.invalid" (the
// parameter), "queue.name_exists", "queue.value_exists".
func (s *Service) CreateQueue(ctx context.Context, c Caller, value, name string) (id int64, err error) {
	if err := RequireAdmin(c); err != nil {
		return 0, err
	}
	if err := s.QueueFree(ctx, value, name); err != nil {
		return 0, err
	}
	q := workflow.Queue{Name: name, Value: value}
	err = s.Store.Queues.Create(ctx, &q)
	return q.ID, takenAs(err, queueNameExists(name))
}

// UpdateQueue renames a queue; users who name its old value follow. Reasons as
// of CreateQueue, and "queue.not_found" (the id), "queue.unchanged".
func (s *Service) UpdateQueue(ctx context.Context, c Caller, id int64, value, name string) error {
	defer s.hot.forget()
	if err := RequireAdmin(c); err != nil {
		return err
	}
	if err := checkQueue(value, name); err != nil {
		return err
	}
	q, err := s.Store.Queues.Get(ctx, id)
	if err != nil {
		return missingAs(err, queueNotFound(id))
	}
	if q.Value == value && q.Name == name {
		return workflow.Errorf(workflow.Conflict, "queue.unchanged", "nothing changes")
	}
	if name != q.Name {
		if err := s.queueNameFree(ctx, name); err != nil {
			return err
		}
	}
	if value != q.Value {
		if err := s.queueValueFree(ctx, value); err != nil {
			return err
		}
	}
	q.Name, q.Value = name, value
	return takenAs(s.Store.Queues.Update(ctx, &q), queueNameExists(name))
}

// QueueFree refuses a name or value that is empty or taken.
func (s *Service) QueueFree(ctx context.Context, value, name string) error {
	if err := checkQueue(value, name); err != nil {
		return err
	}
	if err := s.queueNameFree(ctx, name); err != nil {
		return err
	}
	return s.queueValueFree(ctx, value)
}

// AllQueues gives every queue.
func (s *Service) AllQueues(ctx context.Context, c Caller) ([]workflow.Queue, error) {
	if err := RequireAdmin(c); err != nil {
		return nil, err
	}
	return s.Store.Queues.All(ctx)
}

// ListQueues gives a page of the queues whose name contains search.
func (s *Service) ListQueues(ctx context.Context, c Caller, search string, p store.Page) ([]workflow.Queue, int, error) {
	if err := RequireAdmin(c); err != nil {
		return nil, 0, err
	}
	return s.Store.Queues.List(ctx, search, s.bound(p))
}

func (s *Service) queuesByID(ctx context.Context) (map[int64]workflow.Queue, error) {
	all, err := s.Store.Queues.All(ctx)
	if err != nil {
		return nil, err
	}
	byID := make(map[int64]workflow.Queue, len(all))
	for _, q := range all {
		byID[q.ID] = q
	}
	return byID, nil
}

func (s *Service) queueExists(ctx context.Context, id int64) error {
	_, err := s.Store.Queues.Get(ctx, id)
	return missingAs(err, queueNotFound(id))
}

func (s *Service) queueNameFree(ctx context.Context, name string) error {
	_, err := s.Store.Queues.ByName(ctx, name)
	taken, err := found(err)
	if err == nil && taken {
		return queueNameExists(name)
	}
	return err
}

func (s *Service) queueValueFree(ctx context.Context, value string) error {
	_, err := s.Store.Queues.ByValue(ctx, value)
	taken, err := found(err)
	if err == nil && taken {
		return workflow.Errorf(workflow.Exists, "queue.value_exists", "queue value %s already exists", value).At("queue").With(value)
	}
	return err
}

func checkQueue(value, name string) error {
	if value == "" || utf8.RuneCountInString(value) > maxQueue {
		return invalid("queue", "queue")
	}
	if name == "" || utf8.RuneCountInString(name) > maxQueue {
		return invalid("queueName", "queueName")
	}
	return nil
}

func queueNameExists(name string) error {
	return workflow.Errorf(workflow.Exists, "queue.name_exists", "queue name %s already exists", name).At("queueName").With(name)
}

func queueNotFound(id int64) error {
	return workflow.Errorf(workflow.NotFound, "queue.not_found", "queue %d does not exist", id).At("queueId").With(id)
}
