package usecase

import (
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/param"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// PreviewParams tells what parameters, and a text that names them, would be at a
// date. Values that are made when an instance runs are not there. Reason:
// "schedule.zone".
func (s *Service) PreviewParams(at time.Time, zone string, global, local []workflow.Property, text string) (map[string]string, string, error) {
	where, err := s.zone(zone)
	if err != nil {
		return nil, "", err
	}
	at = at.In(where)
	values := param.Resolve(param.Input{Base: at, Local: local, Global: global, Builtin: param.Builtins(param.Context{Base: at})})
	return values, param.Expand(text, values, at), nil
}
