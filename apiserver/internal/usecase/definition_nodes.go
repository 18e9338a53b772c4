package usecase

import (
	"context"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// DefinitionsByID gives the workflows of the project among ids.
// "definition.not_found" when there is none of them.
func (s *Service) DefinitionsByID(ctx context.Context, p workflow.Project, ids []int64) ([]workflow.Definition, error) {
	var found []workflow.Definition
	for _, id := range ids {
		d, err := s.Definition(ctx, p, id)
		if workflow.ErrorCode(err) == workflow.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		found = append(found, d)
	}
	if len(found) == 0 {
		return nil, workflow.Errorf(workflow.NotFound, "definition.not_found", "none of the workflows exists").With(ids)
	}
	return found, nil
}
