package usecase

import (
	"context"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// BatchAction is what happens to several workflows.
type BatchAction string

// Batch actions.
const (
	BatchOnline  BatchAction = "ONLINE"
	BatchOffline BatchAction = "OFFLINE"
	BatchDelete  BatchAction = "DELETE"
	BatchRun     BatchAction = "RUN"
)

// wants is what the caller must be allowed to do.
func (a BatchAction) wants() Want {
	if a == BatchRun {
		return ToRun
	}
	return ToWrite
}

// Refused is a workflow of a batch to which nothing happened.
type Refused struct {
	ID  int64
	Err error
}

// Batch does the same to several workflows, one after the other. Reasons when
// it does not begin: "user.forbidden", "action.unknown", "idempotency.repeated".
func (s *Service) Batch(ctx context.Context, c Caller, p workflow.Project, action BatchAction, ids []int64) (done []int64, refused []Refused, err error) {
	do := s.batchOf(action)
	if do == nil {
		return nil, nil, workflow.Errorf(workflow.Invalid, "action.unknown", "there is no action %q", action).At("action")
	}
	if err := s.MayUse(ctx, c, p, action.wants()); err != nil {
		return nil, nil, err
	}
	for _, id := range ids {
		err := do(ctx, c, p, id)
		switch {
		case err == nil:
			done = append(done, id)
		case workflow.ErrorReason(err) == "idempotency.repeated" || workflow.ErrorCode(err) == workflow.Internal || ctx.Err() != nil:
			return done, refused, err
		default:
			refused = append(refused, Refused{id, err})
		}
	}
	return done, refused, nil
}

func (s *Service) batchOf(action BatchAction) func(context.Context, Caller, workflow.Project, int64) error {
	switch action {
	case BatchOnline:
		return func(ctx context.Context, c Caller, p workflow.Project, id int64) error {
			return s.ReleaseDefinition(ctx, c, p, id, workflow.Online)
		}
	case BatchOffline:
		return func(ctx context.Context, c Caller, p workflow.Project, id int64) error {
			return s.ReleaseDefinition(ctx, c, p, id, workflow.Offline)
		}
	case BatchDelete:
		return func(ctx context.Context, _ Caller, p workflow.Project, id int64) error {
			return s.RemoveWorkflow(ctx, p, id)
		}
	case BatchRun:
		return func(ctx context.Context, c Caller, p workflow.Project, id int64) error {
			if err := s.CheckStart(ctx, p, id); err != nil {
				return err
			}
			return s.Start(ctx, c, p, StartRequest{DefinitionID: id, Options: usualOptions()})
		}
	}
	return nil
}

// usualOptions are those of a start that says nothing.
func usualOptions() workflow.StartOptions {
	return workflow.StartOptions{FailureStrategy: workflow.FailContinue, WarningType: workflow.WarnNone, Priority: workflow.Medium}
}
