package usecase

import (
	"cmp"
	"context"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/param"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Variables are the parameters of an instance with their placeholders resolved.
type Variables struct {
	Global []workflow.Property
	Local  []TaskVariables // of tasks that have any, in the order of the tasks
}

// TaskVariables are the parameters of one task.
type TaskVariables struct {
	Task   string
	Kind   workflow.Kind
	Params []workflow.Property
}

// Variables resolves the parameters of an instance.
func (s *Service) Variables(ctx context.Context, p workflow.Project, instanceID int64) (Variables, error) {
	v, err := s.InstanceInFull(ctx, p, instanceID)
	if err != nil {
		return Variables{}, err
	}
	if v.Definition == nil {
		return Variables{}, errGone
	}
	out := Variables{Global: s.GlobalParams(&v)}
	for i := range v.Definition.Tasks {
		t := &v.Definition.Tasks[i]
		if len(t.LocalParams) == 0 {
			continue
		}
		in := s.paramInput(&v)
		in.Local = t.LocalParams
		out.Local = append(out.Local, TaskVariables{Task: t.Name, Kind: t.Kind, Params: filled(t.LocalParams, param.Resolve(in))})
	}
	return out, nil
}

// GlobalParams gives the instance's global parameters resolved; none when its
// version was deleted.
func (s *Service) GlobalParams(v *InstanceView) []workflow.Property {
	if v.Definition == nil || len(v.Definition.GlobalParams) == 0 {
		return nil
	}
	return filled(v.Definition.GlobalParams, param.Resolve(s.paramInput(v)))
}

// paramInput is what the parameters of all tasks of an instance share.
func (s *Service) paramInput(v *InstanceView) param.Input {
	base := s.baseTime(&v.Instance)
	return param.Input{
		Base: base, Startup: v.Start.Params, Global: v.Definition.GlobalParams,
		Builtin: param.Builtins(param.Context{
			Base: base, BizDateIsBase: v.Start.BizDateIsBase, InstanceID: v.ID, ProjectID: v.ProjectID,
			DefinitionID: v.DefinitionID, DefinitionCode: v.Definition.Code, ProjectCode: v.Project.Code,
			WorkflowName: v.Definition.Name, ProjectName: v.Project.Name,
		}),
	}
}

// baseTime is what an instance's dates are computed from, in its zone.
func (s *Service) baseTime(in *workflow.Instance) time.Time {
	base := in.ScheduleTime
	for _, t := range []time.Time{in.StartTime, in.CommandTime, s.Now()} {
		if base.IsZero() {
			base = t
		}
	}
	zone, err := s.zone(cmp.Or(in.Start.Zone, s.Zone.String()))
	if err != nil {
		zone = s.Zone
	}
	return base.In(zone)
}

// filled gives the properties with their values; results stay as written.
func filled(ps []workflow.Property, values map[string]string) []workflow.Property {
	out := make([]workflow.Property, len(ps))
	for i, p := range ps {
		if v, ok := values[p.Prop]; ok && p.Direct != workflow.Out {
			p.Value = v
		}
		out[i] = p
	}
	return out
}
