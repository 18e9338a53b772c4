// Package audit records who changed what. It stands between those who change
// things and the stores that keep them, so that every change is seen once, by
// whichever API it came: Watch gives a store whose writes leave entries.
//
// An entry is written after the change it tells of, and by itself: a change
// whose entry cannot be written stands, and the log says so.
package audit

import (
	"context"
	"log/slog"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
)

// Actor is who changes something.
type Actor struct {
	UserID int64
	Name   string
	IP     string // where the request came from
}

type actorKey struct{}

// By is the context of what an actor does. Without one the program itself acts.
func By(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// actorOf gives who acts, if anybody does.
func actorOf(ctx context.Context) (a Actor, ok bool) {
	a, ok = ctx.Value(actorKey{}).(Actor)
	return a, ok
}

// Watch gives a store that does what s does and records every change.
func Watch(s *store.Store, log *slog.Logger) *store.Store {
	r := &recorder{entries: s.Audit, log: log}
	w := *s
	w.Users = users{usersBelow{s.Users}, keep(r, "user", s.Users, tellUser)}
	w.Sessions = sessions{s.Sessions, s.Users, r}
	w.Tokens = tokens{tokensBelow{s.Tokens}, keep(r, "token", s.Tokens, tellToken)}
	w.Tenants = tenants{tenantsBelow{s.Tenants}, keep(r, "tenant", s.Tenants, tellTenant)}
	w.Queues = queues{queuesBelow{s.Queues}, keep(r, "queue", s.Queues, tellQueue)}
	w.Projects = projects{projectsBelow{s.Projects}, keep(r, "project", s.Projects, tellProject)}
	w.Members = members{s.Members, r}
	w.WorkerGroups = workerGroups{workerGroupsBelow{s.WorkerGroups}, save(r, "worker-group", s.WorkerGroups, tellWorkerGroup)}
	w.TaskGroups = taskGroups{taskGroupsBelow{s.TaskGroups}, save(r, "task-group", s.TaskGroups, tellTaskGroup)}
	w.Environments = environments{environmentsBelow{s.Environments}, save(r, "environment", s.Environments, tellEnvironment)}
	w.Calendars = calendars{calendarsBelow{s.Calendars}, save(r, "calendar", s.Calendars, tellCalendar)}

	w.Definitions = definitions{definitionsBelow{s.Definitions}, keep(r, "workflow", s.Definitions, tellDefinition)}
	w.Schedules = schedules{s.Schedules, noun[schedule]{r, "schedule", s.Schedules.Get, tellSchedule}}
	w.Drafts = drafts{s.Drafts, s.Definitions, noun[draft]{r, "draft", s.Drafts.Get, tellDraft}}
	w.Labels = labels{s.Labels, s.Definitions, r}
	w.Commands = commands{s.Commands, s, newNames(), r}

	w.Resources = resources{s.Resources, noun[resource]{r, "file", s.Resources.Get, tellResource}}
	functions := keep(r, "udf", s.UDFs, tellUDF)
	w.UDFs = udfs{udfsBelow{s.UDFs}, functions, granted[udf]{s.UDFs, functions.n, "udfs"}}
	sources := keep(r, "data-source", s.DataSources, tellDataSource)
	w.DataSources = dataSources{dataSourcesBelow{s.DataSources}, sources, granted[dataSource]{s.DataSources, sources.n, "dataSources"}}
	w.AlertGroups = alertGroups{alertGroupsBelow{s.AlertGroups}, keep(r, "alert-group", s.AlertGroups, tellAlertGroup)}
	w.AlertChannels = alertChannels{alertChannelsBelow{s.AlertChannels}, save(r, "alert-channel", s.AlertChannels, tellAlertChannel)}
	w.Retentions = retentions{s.Retentions, r}
	return &w
}
