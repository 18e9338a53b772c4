package audit

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

type (
	workerGroup  = workflow.WorkerGroup
	taskGroup    = workflow.TaskGroup
	environment  = workflow.Environment
	calendar     = workflow.Calendar
	alertGroup   = workflow.AlertGroup
	alertChannel = workflow.AlertChannel
)

func tellWorkerGroup(v, _ *workerGroup) thing {
	return thing{id: v.ID, name: v.Name, state: facts{"name": v.Name, "addresses": v.Addresses}}
}

type (
	workerGroupsBelow struct{ store.WorkerGroups }
	workerGroups      struct {
		workerGroupsBelow
		saved[workerGroup]
	}
)

func tellTaskGroup(v, _ *taskGroup) thing {
	return thing{id: v.ID, name: v.Name, project: v.ProjectID,
		state: facts{"name": v.Name, "description": v.Description, "size": v.Size, "closed": v.Closed}}
}

type (
	taskGroupsBelow struct{ store.TaskGroups }
	taskGroups      struct {
		taskGroupsBelow
		saved[taskGroup]
	}
)

// values tells of secret values which there are, and which are others now.
func values(now, old map[string]string, known bool) map[string]string {
	told := make(map[string]string, len(now))
	for name, value := range now {
		told[name] = "***"
		if before, there := old[name]; known && (!there || before != value) {
			told[name] = "changed"
		}
	}
	return told
}

func tellEnvironment(v, old *environment) thing {
	var before map[string]string
	if old != nil {
		before = old.Variables
	}
	return thing{id: v.ID, name: v.Name, state: facts{"name": v.Name, "description": v.Description,
		"variables": values(v.Variables, before, old != nil), "workerGroups": v.WorkerGroups}}
}

type (
	environmentsBelow struct{ store.Environments }
	environments      struct {
		environmentsBelow
		saved[environment]
	}
)

func tellCalendar(v, _ *calendar) thing {
	return thing{id: v.ID, name: v.Name, state: facts{"name": v.Name, "description": v.Description, "weekend": v.Weekend, "days": v.Days}}
}

type (
	calendarsBelow struct{ store.Calendars }
	calendars      struct {
		calendarsBelow
		saved[calendar]
	}
)

func tellAlertGroup(v, _ *alertGroup) thing {
	return thing{id: v.ID, name: v.Name, state: facts{"name": v.Name, "type": v.Type, "description": v.Description}}
}

type (
	alertGroupsBelow struct{ store.AlertGroups }
	alertGroups      struct {
		alertGroupsBelow
		kept[alertGroup]
	}
)

func (s alertGroups) SetUsers(ctx context.Context, id int64, userIDs []int64) error {
	return s.n.act(ctx, "members", id, facts{"userIds": userIDs}, func() error { return s.AlertGroups.SetUsers(ctx, id, userIDs) })
}

func tellAlertChannel(v, old *alertChannel) thing {
	var before map[string]string
	if old != nil {
		before = old.Settings
	}
	return thing{id: v.ID, name: v.Name, state: facts{"name": v.Name, "kind": v.Kind, "description": v.Description, "enabled": v.Enabled,
		"settings": values(v.Settings, before, old != nil), "groupIds": v.GroupIDs}}
}

type (
	alertChannelsBelow struct{ store.AlertChannels }
	alertChannels      struct {
		alertChannelsBelow
		saved[alertChannel]
	}
)

type retentions struct {
	store.Retentions
	r *recorder
}

func (s retentions) Save(ctx context.Context, v workflow.Retention) error {
	before, err := s.before(ctx, v.ProjectID)
	if err != nil {
		return err
	}
	if err := s.Retentions.Save(ctx, v); err != nil {
		return err
	}
	s.told(ctx, "update", v.ProjectID, before, tellRetention(v))
	return nil
}

func (s retentions) Delete(ctx context.Context, projectID int64) error {
	before, err := s.before(ctx, projectID)
	if err != nil {
		return err
	}
	if err := s.Retentions.Delete(ctx, projectID); err != nil {
		return err
	}
	s.told(ctx, "delete", projectID, before, nil)
	return nil
}

func (s retentions) told(ctx context.Context, action string, projectID int64, before, after any) {
	s.r.done(ctx, change{action: action, resource: "retention", id: strconv.FormatInt(projectID, 10),
		before: thing{id: projectID, project: projectID, state: before}, after: thing{project: projectID, state: after}})
}

func (s retentions) before(ctx context.Context, projectID int64) (any, error) {
	rows, err := s.Retentions.All(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(rows, func(r workflow.Retention) bool { return r.ProjectID == projectID })
	if i < 0 {
		return nil, nil
	}
	return tellRetention(rows[i]), nil
}

func tellRetention(r workflow.Retention) any {
	told := facts{"instanceDays": r.InstanceDays, "logDays": r.LogDays}
	if r.ProjectID == 0 {
		told["cacheDays"] = r.CacheDays
	}
	return told
}

// sortedKeys gives the names in a set, for states that read the same each time.
func sortedKeys[V any](m map[int64]V) []int64 { return slices.Sorted(maps.Keys(m)) }
