package usecase

import (
	"context"
	"slices"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Export is a workflow with what is exported beside it.
type Export struct {
	store.DefinitionRow
	Schedule     *workflow.Schedule // the first one; nil: none
	WarningGroup string             // the name of the schedule's alert group
}

// ExportDefinitions gives those of the workflows that exist in the project.
func (s *Service) ExportDefinitions(ctx context.Context, p workflow.Project, ids []int64) ([]Export, error) {
	var list []Export
	for _, id := range ids {
		row, err := s.DefinitionRow(ctx, p, id)
		if workflow.ErrorCode(err) == workflow.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		e := Export{DefinitionRow: row}
		if err := s.exportSchedule(ctx, &e); err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}

func (s *Service) exportSchedule(ctx context.Context, e *Export) error {
	schedules, err := s.Store.Schedules.ByDefinition(ctx, e.ID)
	if err != nil || len(schedules) == 0 {
		return err
	}
	e.Schedule = &schedules[0]
	group, err := s.Store.AlertGroups.Get(ctx, e.Schedule.Start.WarningGroupID)
	e.WarningGroup = group.Name
	return missingAs(err, nil)
}

// DataSourceName tells what a data source is called: "" when there is none, or
// none that the caller may use.
func (s *Service) DataSourceName(ctx context.Context, c Caller, id int64) (string, error) {
	d, err := s.Store.DataSources.Get(ctx, id)
	if may, err := s.seesDataSource(ctx, c, d, err); !may {
		return "", err
	}
	return d.Name, nil
}

// DataSourceNamed finds a data source that the caller may use; 0 when there is
// none.
func (s *Service) DataSourceNamed(ctx context.Context, c Caller, name string) (int64, error) {
	d, err := s.Store.DataSources.ByName(ctx, name)
	if may, err := s.seesDataSource(ctx, c, d, err); !may {
		return 0, err
	}
	return d.ID, nil
}

// seesDataSource reports whether what was looked up is there for the caller.
func (s *Service) seesDataSource(ctx context.Context, c Caller, d workflow.DataSource, err error) (bool, error) {
	if there, err := found(err); !there || c.Admin() || c.Is(d.UserID) {
		return there, err
	}
	granted, err := s.Store.DataSources.Granted(ctx, c.User.ID)
	return slices.Contains(granted, d.ID), err
}

// DefinitionPlace tells what a workflow and its project are called; empty when
// there is none, or none that the caller may use.
func (s *Service) DefinitionPlace(ctx context.Context, c Caller, id int64) (project, name string, err error) {
	row, err := s.Store.Definitions.Row(ctx, id)
	if there, err := found(err); !there {
		return "", "", err
	}
	p, err := s.Store.Projects.Get(ctx, row.ProjectID)
	if there, err := found(err); !there {
		return "", "", err
	}
	if may, err := s.mayRead(ctx, c, p); !may {
		return "", "", err
	}
	return p.Name, row.Name, nil
}

// DefinitionAt finds a workflow by its project's name and its own, if the caller
// may use it; 0 and 0 when there is none.
func (s *Service) DefinitionAt(ctx context.Context, c Caller, project, name string) (projectID, id int64, err error) {
	p, err := s.Store.Projects.ByName(ctx, project)
	if there, err := found(err); !there {
		return 0, 0, err
	}
	if may, err := s.mayRead(ctx, c, p); !may {
		return 0, 0, err
	}
	d, err := s.Store.Definitions.ByName(ctx, p.ID, name)
	if there, err := found(err); !there {
		return 0, 0, err
	}
	return p.ID, d.ID, nil
}

// mayRead turns a refusal into a no.
func (s *Service) mayRead(ctx context.Context, c Caller, p workflow.Project) (bool, error) {
	err := s.MayUse(ctx, c, p, ToRead)
	if workflow.ErrorCode(err) == workflow.Forbidden {
		return false, nil
	}
	return err == nil, err
}
