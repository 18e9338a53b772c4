package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

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
		must(t, s.Resources.Grant(ctx, u.ID, map[int64]workflow.Perm{5: workflow.PermAll}))
		must(t, s.UDFs.Grant(ctx, u.ID, []int64{6}))
		must(t, s.DataSources.Grant(ctx, u.ID, []int64{7}))
	}
	must(t, s.AlertGroups.SetUsers(ctx, 1, []int64{keep.ID, gone.ID}))
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
	for id, n := range map[int64]int{keep.ID: 1, gone.ID: 0} {
		equal(t, len(value(s.Resources.Granted(ctx, id))(t)), n)
		equal(t, len(value(s.UDFs.Granted(ctx, id))(t)), n)
		equal(t, len(value(s.DataSources.Granted(ctx, id))(t)), n)
	}
	equal(t, value(s.AlertGroups.Users(ctx, 1))(t), []workflow.User{keep})
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
