package usecase

import (
	"fmt"
	"path"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// usesOf gathers what the tasks of a version name, so that it can be told what
// uses a resource or a data source. Forbidden tasks count: they may be allowed
// again without another look.
func (s *Service) usesOf(spec *workflow.Spec) (u workflow.Uses, err error) {
	for i := range spec.Tasks {
		t := &spec.Tasks[i]
		kind, ok := s.Kinds.Get(t.Kind)
		if !ok {
			continue // the engine's own
		}
		needer, ok := kind.(task.Needer)
		if !ok {
			continue
		}
		needs, err := needer.Needs(t.Params)
		if err != nil {
			return u, fmt.Errorf("what task %s needs: %w", t.Name, err)
		}
		for _, r := range needs.Resources {
			if r.ID == 0 {
				r.Name = path.Clean("/" + r.Name)
			}
			u.Resources = append(u.Resources, r)
		}
		u.DataSources = append(u.DataSources, needs.DataSources...)
	}
	return u, nil
}
