package storetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func testMembers(t *testing.T, s *store.Store) {
	ctx := t.Context()
	p, q := workflow.Project{Name: "p"}, workflow.Project{Name: "q"}
	must(t, errors.Join(s.Projects.Create(ctx, &p), s.Projects.Create(ctx, &q)))
	ada, bob := workflow.User{Name: "ada", Role: workflow.RoleGeneral}, workflow.User{Name: "bob", Role: workflow.RoleGeneral}
	must(t, errors.Join(s.Users.Create(ctx, &ada), s.Users.Create(ctx, &bob)))
	equal(t, value(s.Members.Role(ctx, p.ID, ada.ID))(t), workflow.ProjectRole(""))

	must(t, s.Members.Set(ctx, p.ID, ada.ID, workflow.RoleViewer))
	must(t, s.Members.Set(ctx, p.ID, bob.ID, workflow.RoleOperator))
	must(t, s.Members.Set(ctx, p.ID, bob.ID, workflow.RoleProjectAdmin))
	equal(t, value(s.Members.Roles(ctx, bob.ID))(t), map[int64]workflow.ProjectRole{p.ID: workflow.RoleProjectAdmin})
	equal(t, value(s.Members.Role(ctx, p.ID, ada.ID))(t), workflow.RoleViewer)
	equal(t, value(s.Members.Of(ctx, p.ID))(t), []workflow.Membership{
		{UserID: ada.ID, UserName: "ada", ProjectID: p.ID, Role: workflow.RoleViewer},
		{UserID: bob.ID, UserName: "bob", ProjectID: p.ID, Role: workflow.RoleProjectAdmin},
	})
	wantCode(t, s.Members.Set(ctx, p.ID, 99, workflow.RoleViewer), workflow.NotFound)
	wantCode(t, s.Members.Set(ctx, 99, ada.ID, workflow.RoleViewer), workflow.NotFound)

	// A grant keeps the role that there is.
	must(t, s.Users.GrantProjects(ctx, ada.ID, []int64{p.ID, q.ID}))
	equal(t, value(s.Members.Role(ctx, p.ID, ada.ID))(t), workflow.RoleViewer)
	equal(t, value(s.Members.Role(ctx, q.ID, ada.ID))(t), workflow.RoleDeveloper)
	must(t, s.Users.GrantProjects(ctx, ada.ID, []int64{q.ID}))
	equal(t, value(s.Members.Role(ctx, p.ID, ada.ID))(t), workflow.ProjectRole(""))
	must(t, s.Members.Set(ctx, q.ID, ada.ID, ""))
	equal(t, len(value(s.Users.GrantedProjects(ctx, ada.ID))(t)), 0)
}

func testDrafts(t *testing.T, s *store.Store) {
	ctx := t.Context()
	w := aDefinition(1, 1, "etl")
	must(t, s.Definitions.Create(ctx, &w))
	_, err := s.Drafts.Get(ctx, w.ID)
	wantCode(t, err, workflow.NotFound)

	d := workflow.Draft{DefinitionID: w.ID, Document: "name: etl\n", BaseVersion: 1, UserID: 3}
	must(t, s.Drafts.Save(ctx, &d))
	equal(t, d.Revision, int64(1))
	equal(t, value(s.Drafts.Get(ctx, w.ID))(t), d)
	late := workflow.Draft{DefinitionID: w.ID, Document: "name: late\n"}
	wantReason(t, s.Drafts.Save(ctx, &late), workflow.Conflict, "revision.changed")

	var wg sync.WaitGroup
	saved := make(chan bool, 8)
	for range 8 { // of several people who began with the same revision one wins
		wg.Go(func() {
			mine := d
			saved <- s.Drafts.Save(ctx, &mine) == nil
		})
	}
	wg.Wait()
	close(saved)
	won := 0
	for ok := range saved {
		if ok {
			won++
		}
	}
	equal(t, won, 1)
	equal(t, value(s.Drafts.Get(ctx, w.ID))(t).Revision, int64(2))

	must(t, s.Drafts.Delete(ctx, w.ID))
	wantCode(t, s.Drafts.Delete(ctx, w.ID), workflow.NotFound)
	must(t, s.Drafts.Save(ctx, &workflow.Draft{DefinitionID: w.ID}))
	must(t, s.Definitions.Delete(ctx, w.ID))
	_, err = s.Drafts.Get(ctx, w.ID)
	wantCode(t, err, workflow.NotFound)
}

func testLabels(t *testing.T, s *store.Store) {
	ctx := t.Context()
	var ids []int64
	for i, name := range []string{"a", "b", "c"} {
		w := aDefinition(i+1, 1, name)
		must(t, s.Definitions.Create(ctx, &w))
		ids = append(ids, w.ID)
	}
	first := store.Sorting{Folder: "sales/daily", Labels: map[string]string{"team": "bi", "tier": "1"}}
	must(t, s.Labels.Set(ctx, ids[0], store.Sorting{Folder: "old", Labels: map[string]string{"gone": "x"}}))
	must(t, s.Labels.Set(ctx, ids[0], first))
	must(t, s.Labels.Set(ctx, ids[1], store.Sorting{Folder: "sales_daily", Labels: map[string]string{"team": "bi"}}))
	equal(t, value(s.Labels.Of(ctx, ids))(t), map[int64]store.Sorting{
		ids[0]: first, ids[1]: {Folder: "sales_daily", Labels: map[string]string{"team": "bi"}},
	})
	for _, c := range []struct {
		folder string
		labels map[string]string
		want   []int64
	}{
		{"", nil, ids},
		{"sales", nil, ids[:1]},
		{"sales/daily", nil, ids[:1]},
		{"sales/da", nil, nil},
		{"", map[string]string{"team": "bi"}, ids[:2]},
		{"", map[string]string{"team": "bi", "tier": "1"}, ids[:1]},
		{"", map[string]string{"team": "other"}, nil},
	} {
		equal(t, value(s.Labels.Find(ctx, 1, c.folder, c.labels))(t), c.want)
	}
	equal(t, value(s.Labels.Folders(ctx, 1))(t), map[string]int{"sales/daily": 1, "sales_daily": 1})
	must(t, s.Definitions.Delete(ctx, ids[0]))
	equal(t, value(s.Labels.Folders(ctx, 1))(t), map[string]int{"sales_daily": 1})
}

func testCalendars(t *testing.T, s *store.Store) {
	ctx := t.Context()
	c := workflow.Calendar{Name: "cn", Description: "China", Weekend: []time.Weekday{time.Saturday, time.Sunday}, Days: map[string]bool{"2026-10-01": false, "2026-10-10": true}}
	must(t, s.Calendars.Save(ctx, &c))
	stamped(t, c.CreateTime, c.UpdateTime)
	equal(t, value(s.Calendars.Get(ctx, c.ID))(t), c)
	wantCode(t, s.Calendars.Save(ctx, &workflow.Calendar{Name: "cn"}), workflow.Exists)
	c.Days, c.Weekend = nil, nil
	must(t, s.Calendars.Save(ctx, &c))
	equal(t, value(s.Calendars.All(ctx))(t), []workflow.Calendar{c})

	w := aDefinition(1, 1, "etl")
	must(t, s.Definitions.Create(ctx, &w))
	v := aSchedule(1, w)
	v.CalendarID, v.CalendarRule = c.ID, workflow.NextWorkday
	must(t, s.Schedules.Create(ctx, &v))
	equal(t, value(s.Schedules.Get(ctx, v.ID))(t), v)
	read := value(s.Scheduling.Schedule(ctx, v.ID))(t)
	equal(t, *read.Calendar, c)
	wantReason(t, s.Calendars.Delete(ctx, c.ID), workflow.Conflict, "calendar.used")
	must(t, s.Schedules.Delete(ctx, v.ID))
	must(t, s.Calendars.Delete(ctx, c.ID))
	wantCode(t, s.Calendars.Delete(ctx, c.ID), workflow.NotFound)
}

func testEnvironments(t *testing.T, s *store.Store) {
	ctx := t.Context()
	e := workflow.Environment{Name: "spark3", Description: "d", Variables: map[string]string{"SPARK_HOME": "/opt/spark", "SECRET": "x'y"}, WorkerGroups: []string{"gpu"}}
	must(t, s.Environments.Save(ctx, &e))
	stamped(t, e.CreateTime, e.UpdateTime)
	equal(t, value(s.Environments.Get(ctx, e.ID))(t), e)
	equal(t, value(s.Environments.ByName(ctx, "spark3"))(t), e)
	wantCode(t, s.Environments.Save(ctx, &workflow.Environment{Name: "spark3"}), workflow.Exists)
	e.Variables, e.WorkerGroups = nil, nil
	must(t, s.Environments.Save(ctx, &e))
	equal(t, value(s.Environments.All(ctx))(t), []workflow.Environment{e})
	must(t, s.Environments.Delete(ctx, e.ID))
	_, err := s.Environments.Get(ctx, e.ID)
	wantCode(t, err, workflow.NotFound)
}

func testAudit(t *testing.T, s *store.Store) {
	ctx := t.Context()
	var all []workflow.AuditEntry
	for i := range 5 {
		e := workflow.AuditEntry{UserID: int64(i%2 + 1), UserName: "ada", IP: "::1", Action: "update", Resource: "project", ResourceID: "7",
			Name: "p", ProjectID: 7, Before: `{"a":1}`, After: `{"a":2}`}
		must(t, s.Audit.Add(ctx, &e))
		all = append([]workflow.AuditEntry{e}, all...)
	}
	equal(t, value(s.Audit.List(ctx, store.AuditFilter{}, 0, 10))(t), all)
	equal(t, value(s.Audit.List(ctx, store.AuditFilter{ProjectID: 7, Resource: "project", Action: "update"}, all[1].ID, 2))(t), all[2:4])
	equal(t, len(value(s.Audit.List(ctx, store.AuditFilter{UserID: 2}, 0, 10))(t)), 2)
	equal(t, len(value(s.Audit.List(ctx, store.AuditFilter{From: all[0].Time.Add(time.Hour)}, 0, 10))(t)), 0)
	equal(t, value(s.Audit.Purge(ctx, all[0].Time.Add(time.Hour), 3))(t), 3)
	equal(t, value(s.Audit.List(ctx, store.AuditFilter{}, 0, 10))(t), all[:2])
}

// testAuditOfCommands sees that an entry of a command is there if and only if
// the command is.
func testAuditOfCommands(t *testing.T, s *store.Store) {
	ctx := t.Context()
	told := func(name string) *workflow.AuditEntry {
		return &workflow.AuditEntry{UserName: "ada", Action: "start", Resource: "workflow", Name: name}
	}
	one := workflow.Command{Shard: 1, Type: workflow.CmdStart, Key: "k", Told: told("one")}
	again := workflow.Command{Shard: 1, Type: workflow.CmdStart, Key: "k", Told: told("again")}
	stop := workflow.Command{Shard: 1, Type: workflow.CmdStop, InstanceID: 9, Told: told("stop")}
	refused := workflow.Command{Shard: 1, Type: workflow.CmdPause, InstanceID: 9, Told: told("refused")}
	must(t, s.Commands.Insert(ctx, &one, &workflow.Command{Shard: 1, Type: workflow.CmdStart}))
	must(t, s.Commands.Insert(ctx, &again, &stop))
	wantReason(t, s.Commands.Insert(ctx, &refused), workflow.Conflict, "command.pending")
	if one.Told.ID == 0 || !one.Told.Time.Equal(one.CreateTime) {
		t.Errorf("entry %+v of command %+v", one.Told, one)
	}
	equal(t, value(s.Audit.List(ctx, store.AuditFilter{}, 0, 10))(t), []workflow.AuditEntry{*stop.Told, *one.Told})
}
