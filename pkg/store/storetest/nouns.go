package storetest

import (
	"context"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Run tests all nouns. open gives a fresh database every time.
func Run(t *testing.T, open func(t *testing.T) *store.Store) {
	for name, test := range nouns() {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
	t.Run("Scheduling", func(t *testing.T) {
		RunScheduling(t, func(t *testing.T) Subject { return SubjectOf(open(t)) })
	})
}

// RunSome tests the nouns of these names: enough for a database that differs
// from one that passes Run only in how it is opened.
func RunSome(t *testing.T, open func(t *testing.T) *store.Store, names ...string) {
	all := nouns()
	for _, name := range names {
		test := all[name]
		if test == nil {
			t.Fatalf("there is no test %s", name)
		}
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func nouns() map[string]func(*testing.T, *store.Store) {
	return map[string]func(*testing.T, *store.Store){
		"Users":             testUsers,
		"UserSearch":        testUserSearch,
		"UserDelete":        testUserDelete,
		"Grants":            testGrants,
		"Sessions":          testSessions,
		"Tokens":            testTokens,
		"Tenants":           testTenants,
		"TenantUses":        testTenantUses,
		"Queues":            testQueues,
		"CutShort":          testCutShort,
		"Projects":          testProjects,
		"WorkerGroups":      testWorkerGroups,
		"TaskGroups":        testTaskGroups,
		"Definitions":       testDefinitions,
		"DefinitionsAtOnce": testCreateAll,
		"SideVersions":      testAddVersion,
		"Apply":             testApply,
		"DraftsPublished":   testDraftsPublished,
		"FindDefinitions":   testFindDefinitions,
		"DefinitionUpdates": testDefinitionUpdates,
		"DefinitionLists":   testDefinitionLists,
		"DefinitionDelete":  testDefinitionDelete,
		"DefinitionRelease": testDefinitionRelease,
		"SubWorkflows":      testSubWorkflows,
		"Schedules":         testSchedules,
		"ScheduleLists":     testScheduleLists,
		"Instances":         testInstances,
		"InstanceLists":     testInstanceLists,
		"InstanceCounts":    testInstanceCounts,
		"TaskLists":         testTaskLists,
		"RunFeeds":          testRunFeeds,
		"RareRuns":          testRareRuns,
		"AttemptFeeds":      testAttemptFeeds,
		"RunSeries":         testSeries,
		"StartedBy":         testStartedBy,
		"DueSchedules":      testDue,
		"BackfillLists":     testBackfillLists,
		"StateCounts":       testStateCounts,
		"DefinitionCounts":  testDefinitionCounts,
		"CommandCounts":     testCommandCounts,
		"QueueCounts":       testQueueCounts,
		"Resources":         testResources,
		"ResourceTree":      testResourceTree,
		"ResourceMoves":     testResourceMoves,
		"ResourceDelete":    testResourceDelete,
		"ResourceRights":    testResourceRights,
		"ResourceRaces":     testResourceRaces,
		"ResourceUses":      testResourceUses,
		"UDFs":              testUDFs,
		"DataSources":       testDataSources,
		"DataSourceUses":    testDataSourceUses,
		"AlertGroups":       testAlertGroups,
		"AlertChannels":     testAlertChannels,
		"Deliveries":        testDeliveries,
		"DeliveryLeases":    testDeliveryLeases,
		"DeliveryRaces":     testDeliveryRaces,
		"DeliveryPurge":     testDeliveryPurge,
		"Retentions":        testRetentions,
		"Members":           testMembers,
		"Drafts":            testDrafts,
		"Labels":            testLabels,
		"Calendars":         testCalendars,
		"Environments":      testEnvironments,
		"Audit":             testAudit,
		"AuditOfCommands":   testAuditOfCommands,
		"Identities":        testIdentities,
		"Grantees":          testGrantees,
		"Deletions":         testDeletions,
		"Expired":           testExpired,
		"Database":          testDatabase,
		"Once":              testOnce,
		"OnceFailures":      testOnceFailures,
		"OnceEverywhere":    testOnceEverywhere,
		"OnceAhead":         testOnceAhead,
		"OnceRaces":         testOnceRaces,
		"OnceCommands":      testOnceCommands,
		"AnswersAge":        testAnswersAge,
	}
}

// pages walks through a list by pages of size 2 and gives the ids in order,
// after checking that sizes and total fit.
func pages[T any](t testing.TB, list func(store.Page) ([]T, int, error), id func(T) int64) []int64 {
	t.Helper()
	var ids []int64
	for number := 1; ; number++ {
		rows, total, err := list(store.Page{Number: number, Size: 2})
		must(t, err)
		for _, r := range rows {
			ids = append(ids, id(r))
		}
		if len(rows) > 2 || len(ids) > total {
			t.Fatalf("page %d has %d rows, %d of %d so far", number, len(rows), len(ids), total)
		}
		if len(rows) < 2 {
			if len(ids) != total {
				t.Fatalf("%d rows over all pages, total says %d", len(ids), total)
			}
			return ids
		}
	}
}

// stamped sees that create and update times were set.
func stamped(t testing.TB, create, update time.Time) {
	t.Helper()
	if create.IsZero() || update.Before(create) || create.Location() != time.UTC || !create.Equal(create.Truncate(time.Millisecond)) {
		t.Fatalf("create time %s, update time %s", create, update)
	}
}

func testTenants(t *testing.T, s *store.Store) {
	ctx := t.Context()
	v := filled[workflow.Tenant](1)
	v.ID = 0
	must(t, s.Tenants.Create(ctx, &v))
	stamped(t, v.CreateTime, v.UpdateTime)
	equal(t, value(s.Tenants.Get(ctx, v.ID))(t), v)
	equal(t, value(s.Tenants.ByCode(ctx, v.Code))(t), v)
	create := v.CreateTime
	v = filled[workflow.Tenant](2)
	v.ID, v.Code, v.Name = 1, "etl", "Extract"
	must(t, s.Tenants.Update(ctx, &v))
	v.CreateTime = create
	equal(t, value(s.Tenants.Get(ctx, v.ID))(t), v)

	second := workflow.Tenant{Code: "bi_x", Name: "Reports"}
	must(t, s.Tenants.Create(ctx, &second))
	wantCode(t, s.Tenants.Create(ctx, &workflow.Tenant{Code: "etl"}), workflow.Exists)
	for search, want := range map[string][]int64{"": {1, 2}, "tl": {1}, "report": {2}, "i_": {2}, "zz": nil} {
		got := pages(t, func(p store.Page) ([]workflow.Tenant, int, error) { return s.Tenants.List(ctx, search, p) },
			func(v workflow.Tenant) int64 { return v.ID })
		slices.Sort(got)
		equal(t, got, want)
	}
	equal(t, value(s.Tenants.All(ctx))(t), []workflow.Tenant{v, second})
	must(t, s.Tenants.Delete(ctx, second.ID))
	wantCode(t, s.Tenants.Delete(ctx, second.ID), workflow.NotFound)
}

func testTenantUses(t *testing.T, s *store.Store) {
	ctx := t.Context()
	v, other := workflow.Tenant{Code: "etl"}, workflow.Tenant{Code: "other"}
	must(t, s.Tenants.Create(ctx, &v))
	must(t, s.Tenants.Create(ctx, &other))
	must(t, s.Users.Create(ctx, &workflow.User{Name: "u", TenantID: v.ID}))
	for _, name := range []string{"d1", "d2"} {
		must(t, s.Definitions.Create(ctx, &workflow.Definition{ProjectID: 1, Name: name, Spec: workflow.Spec{TenantID: v.ID}}))
	}
	running, ended := anInstance(1, 1, 1), anInstance(2, 1, 2)
	running.Start.TenantCode, ended.Start.TenantCode, ended.State = "etl", "etl", workflow.Stopped
	commit(t, s.Scheduling, owner(t, s.Scheduling, 1), store.Batch{Instances: []workflow.Instance{running, ended, anInstance(3, 1, 3)}})
	for id, want := range map[int64][3]int{v.ID: {1, 2, 1}, other.ID: {}} {
		users, definitions, instances, err := s.Tenants.Uses(ctx, id)
		must(t, err)
		equal(t, [3]int{users, definitions, instances}, want)
	}
	_, _, _, err := s.Tenants.Uses(ctx, 999)
	wantCode(t, err, workflow.NotFound)
}

func testQueues(t *testing.T, s *store.Store) {
	ctx := t.Context()
	first := value(s.Queues.Get(ctx, 1))(t)
	if first.Name != "default" || first.Value != "default" {
		t.Fatalf("the first queue is %+v", first)
	}
	q := workflow.Queue{Name: "fast", Value: "root.fast"}
	must(t, s.Queues.Create(ctx, &q))
	stamped(t, q.CreateTime, q.UpdateTime)
	equal(t, value(s.Queues.ByName(ctx, "fast"))(t), q)
	equal(t, value(s.Queues.ByValue(ctx, "root.fast"))(t), q)
	wantCode(t, s.Queues.Create(ctx, &workflow.Queue{Name: "fast", Value: "x"}), workflow.Exists)
	wantCode(t, s.Queues.Create(ctx, &workflow.Queue{Name: "x", Value: "root.fast"}), workflow.Exists)
	a, b := workflow.User{Name: "a", Queue: "root.fast"}, workflow.User{Name: "b", Queue: "default"}
	must(t, s.Users.Create(ctx, &a))
	must(t, s.Users.Create(ctx, &b))
	q.Name, q.Value = "faster", "root.faster"
	must(t, s.Queues.Update(ctx, &q))
	equal(t, value(s.Users.Get(ctx, a.ID))(t).Queue, "root.faster")
	equal(t, value(s.Users.Get(ctx, b.ID))(t).Queue, "default")
	equal(t, value(s.Queues.All(ctx))(t), []workflow.Queue{first, q})
	got := pages(t, func(p store.Page) ([]workflow.Queue, int, error) { return s.Queues.List(ctx, "FAST", p) },
		func(q workflow.Queue) int64 { return q.ID })
	equal(t, got, []int64{q.ID})
	_, err := s.Queues.ByName(ctx, "fast")
	wantCode(t, err, workflow.NotFound)
	wantReason(t, s.Queues.Update(ctx, &workflow.Queue{ID: 999, Name: "y", Value: "y"}), workflow.NotFound, "queue.not_found")
	wantCode(t, s.Queues.Update(ctx, &workflow.Queue{ID: q.ID, Name: "default", Value: "y"}), workflow.Exists)
	equal(t, value(s.Users.Get(ctx, a.ID))(t).Queue, "root.faster")
}

// testCutShort ends contexts about when single statements begin: a write that
// succeeds is there.
func testCutShort(t *testing.T, s *store.Store) {
	for n := range 300 {
		cut := func() context.Context {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Duration(n)*time.Microsecond, cancel)
			return ctx
		}
		name := strconv.Itoa(n)
		q := workflow.Queue{Name: name, Value: name}
		if s.Queues.Create(cut(), &q) == nil {
			equal(t, value(s.Queues.ByName(t.Context(), name))(t), q)
		}
		must(t, s.Sessions.Save(t.Context(), &workflow.Session{ID: name, UserID: 1, LastLogin: instant(0)}))
		if s.Sessions.Delete(cut(), name) == nil {
			_, err := s.Sessions.Get(t.Context(), name)
			wantCode(t, err, workflow.NotFound)
		}
	}
}

func testProjects(t *testing.T, s *store.Store) {
	ctx := t.Context()
	anna := workflow.User{Name: "anna"}
	must(t, s.Users.Create(ctx, &anna))
	var all []workflow.Project
	for i, name := range []string{"alpha", "beta", "Alphabet", "delta"} {
		p := workflow.Project{Name: name, Description: "of " + name, UserID: anna.ID}
		if i == 3 {
			p.UserID = 99
		}
		must(t, s.Projects.Create(ctx, &p))
		stamped(t, p.CreateTime, p.UpdateTime)
		if p.Code <= 1<<31 || p.Code >= 1<<53 {
			t.Errorf("code %d", p.Code)
		}
		equal(t, value(s.Projects.Get(ctx, p.ID))(t), p)
		all = append(all, p)
	}
	wantReason(t, s.Projects.Create(ctx, &workflow.Project{Name: "beta"}), workflow.Exists, "project.exists")
	p := all[1]
	p.Name, p.Description, p.Code = "gamma", "", 5
	must(t, s.Projects.Update(ctx, &p))
	p.Code = all[1].Code
	equal(t, value(s.Projects.ByName(ctx, "gamma"))(t), p)

	must(t, s.Users.GrantProjects(ctx, 99, []int64{all[0].ID}))
	must(t, s.Definitions.Create(ctx, &workflow.Definition{ProjectID: all[0].ID, Name: "d1"}))
	must(t, s.Definitions.Create(ctx, &workflow.Definition{ProjectID: all[0].ID, Name: "d2"}))
	running, ended := anInstance(1, 1, 1), anInstance(2, 1, 2)
	running.ProjectID, ended.ProjectID, ended.State = all[0].ID, all[0].ID, workflow.Failed
	commit(t, s.Scheduling, owner(t, s.Scheduling, 1), store.Batch{Instances: []workflow.Instance{running, ended}})
	row := value(s.Projects.Row(ctx, all[0].ID))(t)
	equal(t, row, store.ProjectRow{Project: all[0], UserName: "anna", Definitions: 2, Running: 1})
	equal(t, value(s.Projects.Row(ctx, all[3].ID))(t).UserName, "")

	for _, c := range []struct {
		user   int64
		search string
		want   []int64
	}{
		{0, "", []int64{all[3].ID, all[2].ID, all[1].ID, all[0].ID}},
		{anna.ID, "", []int64{all[2].ID, all[1].ID, all[0].ID}},
		{99, "", []int64{all[3].ID, all[0].ID}},
		{0, "ALPHA", []int64{all[2].ID, all[0].ID}},
		{99, "alpha", []int64{all[0].ID}},
		{77, "", nil},
	} {
		got := pages(t, func(p store.Page) ([]store.ProjectRow, int, error) { return s.Projects.List(ctx, c.user, c.search, p) },
			func(r store.ProjectRow) int64 {
				if want := c.user == 99 && r.ID == all[0].ID; r.GrantedToHim != want {
					t.Errorf("project %d granted to user %d: %v", r.ID, c.user, r.GrantedToHim)
				}
				return r.ID
			})
		equal(t, got, c.want)
	}
	equal(t, len(value(s.Projects.All(ctx, false))(t)), 4)
	with := value(s.Projects.All(ctx, true))(t)
	equal(t, with, []store.ProjectRow{row})

	must(t, s.Projects.Delete(ctx, all[0].ID))
	wantCode(t, s.Projects.Delete(ctx, all[0].ID), workflow.NotFound)
	equal(t, len(value(s.Users.GrantedProjects(ctx, 99))(t)), 0)
}

func testWorkerGroups(t *testing.T, s *store.Store) {
	ctx := t.Context()
	g := workflow.WorkerGroup{Name: "gpu", Addresses: []string{"10.0.0.1:1234", "10.0.0.2:1234"}}
	must(t, s.WorkerGroups.Save(ctx, &g))
	stamped(t, g.CreateTime, g.UpdateTime)
	equal(t, value(s.WorkerGroups.Get(ctx, g.ID))(t), g)
	empty := workflow.WorkerGroup{Name: "empty"}
	must(t, s.WorkerGroups.Save(ctx, &empty))
	wantCode(t, s.WorkerGroups.Save(ctx, &workflow.WorkerGroup{Name: "gpu"}), workflow.Exists)
	g.Name, g.Addresses = "tpu", []string{"10.0.0.3:1234"}
	must(t, s.WorkerGroups.Save(ctx, &g))
	equal(t, value(s.WorkerGroups.ByName(ctx, "tpu"))(t), g)
	equal(t, value(s.WorkerGroups.All(ctx))(t), []workflow.WorkerGroup{g, empty})
	wantCode(t, s.WorkerGroups.Save(ctx, &workflow.WorkerGroup{ID: 99, Name: "x"}), workflow.NotFound)

	running, ended := anInstance(1, 1, 1), anInstance(2, 1, 2)
	running.Start.WorkerGroup, ended.Start.WorkerGroup, ended.State = "tpu", "tpu", workflow.Succeeded
	commit(t, s.Scheduling, owner(t, s.Scheduling, 1), store.Batch{Instances: []workflow.Instance{running, ended}})
	equal(t, value(s.WorkerGroups.Running(ctx, "tpu"))(t), 1)
	equal(t, value(s.WorkerGroups.Running(ctx, "empty"))(t), 0)
	must(t, s.WorkerGroups.Delete(ctx, g.ID))
	wantCode(t, s.WorkerGroups.Delete(ctx, g.ID), workflow.NotFound)
	_, err := s.WorkerGroups.ByName(ctx, "tpu")
	wantCode(t, err, workflow.NotFound)
}

func testDatabase(t *testing.T, s *store.Store) {
	ctx := t.Context()
	must(t, s.Database.Ping(ctx))
	now := value(s.Database.Now(ctx))(t)
	if time.Since(now).Abs() > time.Minute {
		t.Errorf("the database's clock says %s", now)
	}
	st := value(s.Database.Stats(ctx))(t)
	if st.Kind == "" || st.MaxConnections < 1 || st.Connected < 1 || st.SchemaVersion < 1 || st.SizeBytes < 1 || st.RoundTripSeconds <= 0 {
		t.Errorf("stats %+v", st)
	}
}
