package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Run tests all nouns. open gives a fresh database every time.
func Run(t *testing.T, open func(t *testing.T) *store.Store) {
	for name, test := range map[string]func(*testing.T, *store.Store){
		"Users":             testUsers,
		"UserSearch":        testUserSearch,
		"UserDelete":        testUserDelete,
		"Grants":            testGrants,
		"Sessions":          testSessions,
		"Tokens":            testTokens,
		"Tenants":           testTenants,
		"TenantUses":        testTenantUses,
		"Queues":            testQueues,
		"Projects":          testProjects,
		"WorkerGroups":      testWorkerGroups,
		"TaskGroups":        testTaskGroups,
		"Definitions":       testDefinitions,
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
		"Database":          testDatabase,
		"Idempotency":       testIdempotency,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
	t.Run("Scheduling", func(t *testing.T) {
		RunScheduling(t, func(t *testing.T) Subject { return SubjectOf(open(t)) })
	})
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

func testUsers(t *testing.T, s *store.Store) {
	ctx := t.Context()
	u := filled[workflow.User](1)
	u.ID = 0
	must(t, s.Users.Create(ctx, &u))
	stamped(t, u.CreateTime, u.UpdateTime)
	equal(t, value(s.Users.Get(ctx, u.ID))(t), u)
	equal(t, value(s.Users.ByName(ctx, u.Name))(t), u)

	changed := filled[workflow.User](2)
	changed.ID, changed.Disabled, changed.CreateTime = u.ID, !u.Disabled, instant(0)
	must(t, s.Users.Update(ctx, &changed))
	changed.CreateTime = u.CreateTime
	equal(t, value(s.Users.Get(ctx, u.ID))(t), changed)
	must(t, s.Users.Update(ctx, &changed)) // equal values are found, too

	second := workflow.User{Name: "second"}
	must(t, s.Users.Create(ctx, &second))
	twin := workflow.User{Name: "second"}
	wantCode(t, s.Users.Create(ctx, &twin), workflow.Exists)
	changed.Name = "second"
	wantCode(t, s.Users.Update(ctx, &changed), workflow.Exists)
	other := workflow.User{Name: "SECOND"} // names differ by case
	must(t, s.Users.Create(ctx, &other))

	_, err := s.Users.Get(ctx, 999)
	wantReason(t, err, workflow.NotFound, "user.not_found")
	_, err = s.Users.ByName(ctx, "nobody")
	wantCode(t, err, workflow.NotFound)
	wantCode(t, s.Users.Update(ctx, &workflow.User{ID: 999, Name: "x"}), workflow.NotFound)
	equal(t, len(value(s.Users.All(ctx))(t)), 3)
}

func testUserSearch(t *testing.T, s *store.Store) {
	ctx := t.Context()
	ids := map[string]int64{}
	for _, name := range []string{"anna", "Annika", "50%", "500", "a_b", "axb", `back\slash`, "excl!aim"} {
		u := workflow.User{Name: name}
		must(t, s.Users.Create(ctx, &u))
		ids[name] = u.ID
	}
	for search, names := range map[string][]string{
		"":   {"anna", "Annika", "50%", "500", "a_b", "axb", `back\slash`, "excl!aim"},
		"nn": {"anna", "Annika"}, "ANN": {"anna", "Annika"}, "0%": {"50%"}, "a_": {"a_b"}, `\`: {`back\slash`}, "!": {"excl!aim"}, "'": nil,
	} {
		got := pages(t, func(p store.Page) ([]workflow.User, int, error) { return s.Users.List(ctx, search, p) },
			func(u workflow.User) int64 { return u.ID })
		var want []int64
		for _, n := range names {
			want = append(want, ids[n])
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("search %q gives %v, want %v", search, got, want)
		}
	}
}

func testUserDelete(t *testing.T, s *store.Store) {
	ctx := t.Context()
	keep, gone := workflow.User{Name: "keep"}, workflow.User{Name: "gone"}
	must(t, s.Users.Create(ctx, &keep))
	must(t, s.Users.Create(ctx, &gone))
	for i, u := range []workflow.User{keep, gone} {
		must(t, s.Sessions.Save(ctx, &workflow.Session{ID: u.Name, UserID: u.ID}))
		must(t, s.Tokens.Create(ctx, &workflow.Token{UserID: u.ID, Value: u.Name}))
		must(t, s.Users.GrantProjects(ctx, u.ID, []int64{int64(i + 1)}))
	}
	must(t, s.Users.Delete(ctx, gone.ID))
	wantCode(t, s.Users.Delete(ctx, gone.ID), workflow.NotFound)
	_, err := s.Sessions.Get(ctx, "gone")
	wantCode(t, err, workflow.NotFound)
	_, err = s.Tokens.ByValue(ctx, "gone")
	wantCode(t, err, workflow.NotFound)
	equal(t, len(value(s.Users.GrantedProjects(ctx, gone.ID))(t)), 0)
	value(s.Sessions.Get(ctx, "keep"))(t)
	value(s.Tokens.ByValue(ctx, "keep"))(t)
	equal(t, value(s.Users.GrantedProjects(ctx, keep.ID))(t), []int64{1})
}

func testGrants(t *testing.T, s *store.Store) {
	ctx := t.Context()
	must(t, s.Users.GrantProjects(ctx, 1, []int64{7, 3, 7}))
	must(t, s.Users.GrantProjects(ctx, 2, []int64{3}))
	equal(t, value(s.Users.GrantedProjects(ctx, 1))(t), []int64{3, 7})
	must(t, s.Users.GrantProjects(ctx, 1, []int64{9}))
	equal(t, value(s.Users.GrantedProjects(ctx, 1))(t), []int64{9})
	must(t, s.Users.GrantProjects(ctx, 1, nil))
	equal(t, len(value(s.Users.GrantedProjects(ctx, 1))(t)), 0)
	equal(t, value(s.Users.GrantedProjects(ctx, 2))(t), []int64{3})
}

func testSessions(t *testing.T, s *store.Store) {
	ctx := t.Context()
	a := workflow.Session{ID: "secret-a", UserID: 1, IP: "10.0.0.1", LastLogin: instant(0)}
	b := workflow.Session{ID: "secret-b", UserID: 1, IP: "10.0.0.2", LastLogin: instant(time.Hour)}
	c := workflow.Session{ID: "secret-c", UserID: 2, IP: "10.0.0.3", LastLogin: instant(0)}
	for _, v := range []workflow.Session{a, b, c} {
		must(t, s.Sessions.Save(ctx, &v))
	}
	equal(t, value(s.Sessions.Get(ctx, "secret-a"))(t), a)
	a.LastLogin = instant(2 * time.Hour)
	must(t, s.Sessions.Save(ctx, &a))
	equal(t, value(s.Sessions.Get(ctx, "secret-a"))(t), a)

	list := value(s.Sessions.ByUser(ctx, 1))(t)
	if len(list) != 2 || list[0].IP != a.IP || list[1].IP != b.IP {
		t.Fatalf("sessions of a user, newest first: %+v", list)
	}
	// What a list calls a session is good to change and delete it, not to log in.
	if _, err := s.Sessions.Get(ctx, list[1].ID); list[1].ID != "secret-b" && workflow.ErrorCode(err) != workflow.NotFound {
		t.Errorf("logging in with the handle %q: %v", list[1].ID, err)
	}
	list[1].LastLogin = instant(3 * time.Hour)
	must(t, s.Sessions.Save(ctx, &list[1]))
	equal(t, value(s.Sessions.Get(ctx, "secret-b"))(t).LastLogin, instant(3*time.Hour))
	must(t, s.Sessions.Delete(ctx, list[1].ID))
	_, err := s.Sessions.Get(ctx, "secret-b")
	wantCode(t, err, workflow.NotFound)
	wantCode(t, s.Sessions.Delete(ctx, "secret-b"), workflow.NotFound)
	must(t, s.Sessions.DeleteByUser(ctx, 1))
	must(t, s.Sessions.DeleteByUser(ctx, 1))
	equal(t, len(value(s.Sessions.ByUser(ctx, 1))(t)), 0)
	equal(t, value(s.Sessions.Get(ctx, "secret-c"))(t), c)
}

func testTokens(t *testing.T, s *store.Store) {
	ctx := t.Context()
	anna, berta := workflow.User{Name: "anna"}, workflow.User{Name: "berta"}
	must(t, s.Users.Create(ctx, &anna))
	must(t, s.Users.Create(ctx, &berta))
	var ids []int64
	for i, u := range []int64{anna.ID, berta.ID, anna.ID, anna.ID} {
		v := workflow.Token{UserID: u, Value: string(rune('a'+i)) + "-token", ExpireTime: instant(time.Hour)}
		must(t, s.Tokens.Create(ctx, &v))
		stamped(t, v.CreateTime, v.UpdateTime)
		ids = append(ids, v.ID)
		equal(t, value(s.Tokens.Get(ctx, v.ID))(t), v)
		equal(t, value(s.Tokens.ByValue(ctx, v.Value))(t), v)
	}
	twin := workflow.Token{UserID: 1, Value: "a-token"}
	wantCode(t, s.Tokens.Create(ctx, &twin), workflow.Exists)
	v := value(s.Tokens.Get(ctx, ids[0]))(t)
	v.Value, v.ExpireTime, v.UserID = "new", instant(2*time.Hour), berta.ID
	must(t, s.Tokens.Update(ctx, &v))
	equal(t, value(s.Tokens.Get(ctx, ids[0]))(t), v)
	_, err := s.Tokens.ByValue(ctx, "a-token")
	wantCode(t, err, workflow.NotFound)
	wantCode(t, s.Tokens.Update(ctx, &workflow.Token{ID: 999, Value: "x"}), workflow.NotFound)

	for _, c := range []struct {
		user   int64
		search string
		want   []int64
	}{
		{0, "", []int64{ids[3], ids[2], ids[1], ids[0]}},
		{anna.ID, "", []int64{ids[3], ids[2]}},
		{0, "BERT", []int64{ids[1], ids[0]}},
		{anna.ID, "bert", nil},
	} {
		got := pages(t, func(p store.Page) ([]workflow.Token, int, error) { return s.Tokens.List(ctx, c.user, c.search, p) },
			func(v workflow.Token) int64 { return v.ID })
		equal(t, got, c.want)
	}
	must(t, s.Tokens.Delete(ctx, ids[0]))
	wantCode(t, s.Tokens.Delete(ctx, ids[0]), workflow.NotFound)
	_, err = s.Tokens.Get(ctx, ids[0])
	wantCode(t, err, workflow.NotFound)
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
	q.Name, q.Value = "faster", "root.faster"
	must(t, s.Queues.Update(ctx, &q))
	equal(t, value(s.Queues.All(ctx))(t), []workflow.Queue{first, q})
	got := pages(t, func(p store.Page) ([]workflow.Queue, int, error) { return s.Queues.List(ctx, "FAST", p) },
		func(q workflow.Queue) int64 { return q.ID })
	equal(t, got, []int64{q.ID})
	_, err := s.Queues.ByName(ctx, "fast")
	wantCode(t, err, workflow.NotFound)

	a, b := workflow.User{Name: "a", Queue: "root.fast"}, workflow.User{Name: "b", Queue: "default"}
	must(t, s.Users.Create(ctx, &a))
	must(t, s.Users.Create(ctx, &b))
	must(t, s.Queues.RenameForUsers(ctx, "root.fast", "root.faster"))
	equal(t, value(s.Users.Get(ctx, a.ID))(t).Queue, "root.faster")
	equal(t, value(s.Users.Get(ctx, b.ID))(t).Queue, "default")
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

func testTaskGroups(t *testing.T, s *store.Store) {
	ctx := t.Context()
	g := filled[workflow.TaskGroup](1)
	g.ID, g.Size, g.Closed = 0, 2, false
	must(t, s.TaskGroups.Save(ctx, &g))
	stamped(t, g.CreateTime, g.UpdateTime)
	equal(t, value(s.TaskGroups.Get(ctx, g.ID))(t), g)
	f := owner(t, s.Scheduling, 1)
	for _, attempt := range []int64{5, 4} {
		value(s.Scheduling.AcquireSlot(ctx, f, g.ID, attempt))(t)
	}
	holders := value(s.TaskGroups.Holders(ctx, g.ID))(t)
	slices.Sort(holders)
	equal(t, holders, []int64{4, 5})
	g.Closed, g.Size = true, 1
	must(t, s.TaskGroups.Save(ctx, &g))
	equal(t, value(s.TaskGroups.All(ctx))(t), []workflow.TaskGroup{g})
	_, err := s.TaskGroups.Get(ctx, 99)
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

func testIdempotency(t *testing.T, s *store.Store) {
	ctx := t.Context()
	begin := func(user int64, key, print string) (bool, string) {
		claimed, answer, err := s.Idempotency.Begin(ctx, user, key, print)
		must(t, err)
		if answer == nil {
			return claimed, "none"
		}
		return claimed, string(answer)
	}
	check := func(user int64, key, print string, claimed bool, answer string) {
		t.Helper()
		if c, a := begin(user, key, print); c != claimed || a != answer {
			t.Fatalf("user %d key %s: claimed %v answer %q, want %v %q", user, key, c, a, claimed, answer)
		}
	}
	check(1, "k", "f", true, "none")
	check(1, "k", "f", false, "none")
	check(2, "k", "f", true, "none")
	_, _, err := s.Idempotency.Begin(ctx, 1, "k", "other")
	wantCode(t, err, workflow.Conflict)
	must(t, s.Idempotency.Finish(ctx, 1, "k", []byte("done")))
	check(1, "k", "f", false, "done")
	must(t, s.Idempotency.Abandon(ctx, 1, "k"))
	check(1, "k", "f", false, "done")
	must(t, s.Idempotency.Abandon(ctx, 2, "k"))
	check(2, "k", "g", true, "none")
	must(t, s.Idempotency.Finish(ctx, 2, "k", nil))
	check(2, "k", "g", false, "")
	wantCode(t, s.Idempotency.Finish(ctx, 3, "k", nil), workflow.NotFound)

	won := make([]bool, 8)
	together(8, func(i int) {
		claimed, _, err := s.Idempotency.Begin(ctx, 9, "race", "f")
		if err != nil {
			t.Errorf("begin: %v", err)
		}
		won[i] = claimed
	})
	if n := len(slices.DeleteFunc(won, func(w bool) bool { return !w })); n != 1 {
		t.Errorf("%d of 8 callers claimed a key", n)
	}
	equal(t, value(s.Idempotency.Purge(ctx, time.Now().Add(-time.Hour)))(t), 0)
	equal(t, value(s.Idempotency.Purge(ctx, time.Now().Add(time.Hour)))(t), 3)
	check(1, "k", "f", true, "none")
}
