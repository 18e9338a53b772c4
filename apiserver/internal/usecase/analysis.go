package usecase

import (
	"context"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// CountRequest says what a caller wants figures about.
type CountRequest struct {
	ProjectID int64     // 0: every project he may use
	From, To  time.Time // both included; zero: without an end
}

// scope narrows a request to what the caller may see. Reasons:
// "project.not_found" (the id), "project.forbidden".
func (s *Service) scope(ctx context.Context, c Caller, req CountRequest) (store.CountScope, error) {
	sc := store.CountScope{ProjectID: req.ProjectID, From: req.From, To: req.To}
	if req.ProjectID != 0 {
		p, err := s.ProjectByID(ctx, req.ProjectID)
		if err != nil {
			return sc, err
		}
		return sc, s.MayUse(ctx, c, p, ToRead)
	}
	if !c.Admin() {
		sc.VisibleTo = c.User.ID
	}
	return sc, nil
}

// CountInstances counts instances by state. Reasons are those of scope, here
// and below.
func (s *Service) CountInstances(ctx context.Context, c Caller, req CountRequest) (map[workflow.State]int, error) {
	sc, err := s.scope(ctx, c, req)
	if err != nil {
		return nil, err
	}
	return s.Store.Analysis.InstanceStates(ctx, sc)
}

// CountTasks counts attempts by state.
func (s *Service) CountTasks(ctx context.Context, c Caller, req CountRequest) (map[workflow.State]int, error) {
	sc, err := s.scope(ctx, c, req)
	if err != nil {
		return nil, err
	}
	return s.Store.Analysis.TaskStates(ctx, sc)
}

// CountDefinitions counts workflows by who created them.
func (s *Service) CountDefinitions(ctx context.Context, c Caller, req CountRequest) ([]store.UserCount, error) {
	sc, err := s.scope(ctx, c, req)
	if err != nil {
		return nil, err
	}
	return s.Store.Analysis.DefinitionsByUser(ctx, sc)
}

// CountCommands counts what waits for a master and what is in quarantine.
func (s *Service) CountCommands(ctx context.Context, c Caller, req CountRequest) (store.CommandCounts, error) {
	sc, err := s.scope(ctx, c, req)
	if err != nil {
		return store.CommandCounts{}, err
	}
	return s.Store.Analysis.Commands(ctx, sc)
}

// CountQueues counts attempts that wait for a worker or for their end.
func (s *Service) CountQueues(ctx context.Context, c Caller, req CountRequest) (store.QueueCounts, error) {
	sc, err := s.scope(ctx, c, req)
	if err != nil {
		return store.QueueCounts{}, err
	}
	return s.Store.Analysis.Queues(ctx, sc)
}
