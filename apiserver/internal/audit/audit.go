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
	w.Users = users{s.Users, noun[user]{r, "user", s.Users.Get, tellUser}}
	w.Sessions = sessions{s.Sessions, s.Users, r}
	w.Tokens = tokens{s.Tokens, noun[token]{r, "token", s.Tokens.Get, tellToken}}
	w.Tenants = tenants{s.Tenants, noun[tenant]{r, "tenant", s.Tenants.Get, tellTenant}}
	w.Queues = queues{s.Queues, noun[queue]{r, "queue", s.Queues.Get, tellQueue}}
	w.Projects = projects{s.Projects, noun[project]{r, "project", s.Projects.Get, tellProject}}
	w.Members = members{s.Members, r}
	w.WorkerGroups = workerGroups{s.WorkerGroups, noun[workerGroup]{r, "worker-group", s.WorkerGroups.Get, tellWorkerGroup}}
	w.TaskGroups = taskGroups{s.TaskGroups, noun[taskGroup]{r, "task-group", s.TaskGroups.Get, tellTaskGroup}}
	w.Environments = environments{s.Environments, noun[environment]{r, "environment", s.Environments.Get, tellEnvironment}}
	w.Calendars = calendars{s.Calendars, noun[calendar]{r, "calendar", s.Calendars.Get, tellCalendar}}

	w.Definitions = definitions{s.Definitions, noun[definition]{r, "workflow", s.Definitions.Get, tellDefinition}}
	w.Schedules = schedules{s.Schedules, noun[schedule]{r, "schedule", s.Schedules.Get, tellSchedule}}
	w.Drafts = drafts{s.Drafts, s.Definitions, noun[draft]{r, "draft", s.Drafts.Get, tellDraft}}
	w.Labels = labels{s.Labels, s.Definitions, r}
	w.Commands = commands{s.Commands, s, newNames(), r}

	w.Resources = resources{s.Resources, noun[resource]{r, "file", s.Resources.Get, tellResource}}
	w.UDFs = udfs{s.UDFs, noun[udf]{r, "udf", s.UDFs.Get, tellUDF}}
	w.DataSources = dataSources{s.DataSources, noun[dataSource]{r, "data-source", s.DataSources.Get, tellDataSource}}
	w.AlertGroups = alertGroups{s.AlertGroups, noun[alertGroup]{r, "alert-group", s.AlertGroups.Get, tellAlertGroup}}
	w.AlertChannels = alertChannels{s.AlertChannels, noun[alertChannel]{r, "alert-channel", s.AlertChannels.Get, tellAlertChannel}}
	w.Retentions = retentions{s.Retentions, r}
	return &w
}
