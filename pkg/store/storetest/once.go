package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

const reasonRepeated = "idempotency.repeated"

// request is a request of user 1 under a key. Its answer tells what it made.
func request(key string) *store.Once {
	return &store.Once{UserID: 1, Key: key, Fingerprint: "print",
		Answer: func(id int64) ([]byte, error) { return fmt.Appendf(nil, "made %d", id), nil }}
}

// answerOf gives the kept answer, "none" without one.
func answerOf(t testing.TB, s *store.Store, o *store.Once) string {
	t.Helper()
	if text := value(s.Idempotency.Answer(t.Context(), o))(t); text != nil {
		return string(text)
	}
	return "none"
}

func testOnce(t *testing.T, s *store.Store) {
	ctx, o := t.Context(), request("k")
	equal(t, answerOf(t, s, o), "none")
	p := workflow.Project{Name: "p"}
	must(t, s.Projects.Create(store.WithOnce(ctx, o), &p))
	want := fmt.Sprintf("made %d", p.ID)
	equal(t, string(o.Kept()), want)
	equal(t, answerOf(t, s, request("k")), want)

	// A repeat, one that comes late included, has no effect; it is the same
	// whether it writes with that context or by a store of another kind.
	late := request("k")
	wantReason(t, s.Projects.Create(store.WithOnce(ctx, late), &workflow.Project{Name: "q"}), workflow.Conflict, reasonRepeated)
	wantReason(t, s.Commands.Insert(store.WithOnce(ctx, late), &workflow.Command{Type: workflow.CmdStart}), workflow.Conflict, reasonRepeated)
	equal(t, len(value(s.Projects.All(ctx, false))(t)), 1)
	equal(t, len(value(s.Scheduling.Pending(ctx, []int{0}, 0, 10))(t)), 0)
	equal(t, late.Kept() == nil, true)

	// Later writes of the same request are not repeats.
	must(t, s.Projects.Create(store.WithOnce(ctx, o), &workflow.Project{Name: "r"}))

	// Keys are a user's own and stand for one request.
	other := request("k")
	other.UserID = 2
	equal(t, answerOf(t, s, other), "none")
	must(t, s.Projects.Create(store.WithOnce(ctx, other), &workflow.Project{Name: "s"}))
	reused := request("k")
	reused.Fingerprint = "another"
	_, err := s.Idempotency.Answer(ctx, reused)
	wantReason(t, err, workflow.Conflict, "idempotency.reused")

	empty := request("empty")
	empty.Answer = func(int64) ([]byte, error) { return []byte{}, nil }
	must(t, s.Projects.Create(store.WithOnce(ctx, empty), &workflow.Project{Name: "t"}))
	equal(t, answerOf(t, s, empty), "")

	must(t, s.Idempotency.Complete(ctx, o, []byte("all of it")))
	must(t, s.Idempotency.Complete(ctx, reused, []byte("something else")))
	equal(t, answerOf(t, s, request("k")), "all of it")
}

func testOnceFailures(t *testing.T, s *store.Store) {
	ctx, o := t.Context(), request("k")
	once := store.WithOnce(ctx, o)
	p := workflow.Project{Name: "p"}
	must(t, s.Projects.Create(ctx, &p))
	must(t, s.Commands.Insert(ctx, &workflow.Command{Shard: 1, Type: workflow.CmdStop, InstanceID: 5}))
	wantCode(t, s.Projects.Create(once, &workflow.Project{Name: "p"}), workflow.Exists)
	wantCode(t, s.Users.Update(once, &workflow.User{ID: 99, Name: "x"}), workflow.NotFound)
	wantCode(t, s.Sessions.Delete(once, "nobody's"), workflow.NotFound)
	wantCode(t, s.Definitions.Delete(once, 99), workflow.NotFound)
	wantCode(t, s.Definitions.SetReceivers(once, 99, "", ""), workflow.NotFound)
	wantReason(t, s.Commands.Insert(once, &workflow.Command{Shard: 1, Type: workflow.CmdPause, InstanceID: 5}), workflow.Conflict, "command.pending")
	equal(t, answerOf(t, s, o), "none")

	refuse := errors.New("no answer")
	mute := request("mute")
	mute.Answer = func(int64) ([]byte, error) { return nil, refuse }
	for what, err := range map[string]error{
		"project": s.Projects.Create(store.WithOnce(ctx, mute), &workflow.Project{Name: "q"}),
		"command": s.Commands.Insert(store.WithOnce(ctx, mute), &workflow.Command{Shard: 2, Type: workflow.CmdStart}),
	} {
		if !errors.Is(err, refuse) {
			t.Errorf("%s without an answer: %v", what, err)
		}
	}
	equal(t, len(value(s.Projects.All(ctx, false))(t)), 1)
	equal(t, len(value(s.Scheduling.Pending(ctx, []int{2}, 0, 10))(t)), 0)

	// A refusal leaves the key free.
	must(t, s.Projects.Update(once, &p))
	equal(t, answerOf(t, s, o), "made 0")
}

// testOnceEverywhere sees that every write of a request keeps its answer and
// that no repeat of it has an effect.
func testOnceEverywhere(t *testing.T, s *store.Store) {
	names := 0
	fresh := func() string { names++; return fmt.Sprintf("n%d", names) }
	user := func(ctx context.Context) workflow.User {
		u := workflow.User{Name: fresh()}
		must(t, s.Users.Create(ctx, &u))
		return u
	}
	plain := t.Context()
	u, q, n := user(plain), workflow.Queue{Name: "q", Value: "q"}, workflow.Tenant{Code: "t"}
	p, g := workflow.Project{Name: "p"}, workflow.WorkerGroup{Name: "g"}
	k, limit := workflow.Token{UserID: u.ID, Value: "v"}, workflow.TaskGroup{Name: "l"}
	must(t, errors.Join(s.Queues.Create(plain, &q), s.Tenants.Create(plain, &n), s.Projects.Create(plain, &p),
		s.WorkerGroups.Save(plain, &g), s.Tokens.Create(plain, &k), s.TaskGroups.Save(plain, &limit)))
	definition := func() workflow.Definition {
		d := aDefinition(1, p.ID, fresh())
		must(t, s.Definitions.Create(plain, &d))
		return d
	}
	d := definition()
	schedule := func() workflow.Schedule {
		v := aSchedule(1, definition())
		must(t, s.Schedules.Create(plain, &v))
		return v
	}
	for what, write := range map[string]func(ctx context.Context) error{
		"Users.Create":           func(ctx context.Context) error { return s.Users.Create(ctx, &workflow.User{Name: fresh()}) },
		"Users.Update":           func(ctx context.Context) error { c := u; c.Phone = fresh(); return s.Users.Update(ctx, &c) },
		"Users.UpdateAndSignOut": func(ctx context.Context) error { c := u; c.Phone = fresh(); return s.Users.UpdateAndSignOut(ctx, &c) },
		"Users.Delete":           func(ctx context.Context) error { return s.Users.Delete(ctx, user(plain).ID) },
		"Users.GrantProjects":    func(ctx context.Context) error { return s.Users.GrantProjects(ctx, u.ID, []int64{p.ID}) },
		"Sessions.Save": func(ctx context.Context) error {
			return s.Sessions.Save(ctx, &workflow.Session{ID: fresh(), UserID: u.ID})
		},
		"Sessions.DeleteByUser": func(ctx context.Context) error { return s.Sessions.DeleteByUser(ctx, u.ID) },
		"Tokens.Create": func(ctx context.Context) error {
			return s.Tokens.Create(ctx, &workflow.Token{UserID: u.ID, Value: fresh()})
		},
		"Tokens.Update":  func(ctx context.Context) error { c := k; c.Value = fresh(); return s.Tokens.Update(ctx, &c) },
		"Tenants.Create": func(ctx context.Context) error { return s.Tenants.Create(ctx, &workflow.Tenant{Code: fresh()}) },
		"Tenants.Update": func(ctx context.Context) error { c := n; c.Name = fresh(); return s.Tenants.Update(ctx, &c) },
		"Tenants.Delete": func(ctx context.Context) error {
			c := workflow.Tenant{Code: fresh()}
			return errors.Join(s.Tenants.Create(plain, &c), s.Tenants.Delete(ctx, c.ID))
		},
		"Queues.Create": func(ctx context.Context) error {
			return s.Queues.Create(ctx, &workflow.Queue{Name: fresh(), Value: fresh()})
		},
		"Queues.Update":     func(ctx context.Context) error { c := q; c.Value = fresh(); return s.Queues.Update(ctx, &c) },
		"Projects.Create":   func(ctx context.Context) error { return s.Projects.Create(ctx, &workflow.Project{Name: fresh()}) },
		"Projects.Update":   func(ctx context.Context) error { c := p; c.Description = fresh(); return s.Projects.Update(ctx, &c) },
		"WorkerGroups.Save": func(ctx context.Context) error { return s.WorkerGroups.Save(ctx, &workflow.WorkerGroup{Name: fresh()}) },
		"TaskGroups.Save":   func(ctx context.Context) error { c := limit; c.Name = fresh(); return s.TaskGroups.Save(ctx, &c) },
		"Definitions.Create": func(ctx context.Context) error {
			c := aDefinition(1, p.ID, fresh())
			return s.Definitions.Create(ctx, &c)
		},
		"Definitions.Update": func(ctx context.Context) error {
			c := value(s.Definitions.Get(plain, d.ID))(t)
			return s.Definitions.Update(ctx, &c)
		},
		"Definitions.Release": func(ctx context.Context) error {
			_, err := s.Definitions.Release(ctx, d.ID, workflow.Offline)
			return err
		},
		"Definitions.SetReceivers": func(ctx context.Context) error { return s.Definitions.SetReceivers(ctx, d.ID, fresh(), "") },
		"Definitions.Delete":       func(ctx context.Context) error { return s.Definitions.Delete(ctx, definition().ID) },
		"Schedules.Create":         func(ctx context.Context) error { v := aSchedule(1, definition()); return s.Schedules.Create(ctx, &v) },
		"Schedules.Save":           func(ctx context.Context) error { v := schedule(); _, err := s.Schedules.Save(ctx, &v); return err },
		"Schedules.Release": func(ctx context.Context) error {
			_, err := s.Schedules.Release(ctx, schedule().ID, workflow.Online, time.Now())
			return err
		},
		"Schedules.Delete": func(ctx context.Context) error { return s.Schedules.Delete(ctx, schedule().ID) },
		"Commands.Insert": func(ctx context.Context) error {
			return s.Commands.Insert(ctx, &workflow.Command{Type: workflow.CmdStart})
		},
	} {
		o := request(what)
		if err := write(store.WithOnce(plain, o)); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if got := answerOf(t, s, o); o.Kept() == nil || got != string(o.Kept()) {
			t.Errorf("%s kept %q, told the request %q", what, got, o.Kept())
		}
		for how, ctx := range map[string]context.Context{"again": store.WithOnce(plain, request(what)), "ahead": store.Ahead(store.WithOnce(plain, request(what)))} {
			if err := write(ctx); workflow.ErrorReason(err) != reasonRepeated {
				t.Errorf("%s %s: %v", what, how, err)
			}
		}
	}
}

// testOnceAhead sees that writes ahead of the decisive one keep nothing and
// stop having an effect with it.
func testOnceAhead(t *testing.T, s *store.Store) {
	ctx, o := t.Context(), request("k")
	d := aDefinition(1, 1, "etl")
	must(t, s.Definitions.Create(ctx, &d))
	once := store.WithOnce(ctx, o)
	set := func(ctx context.Context, to string) error { return s.Definitions.SetReceivers(ctx, d.ID, to, "") }
	for range 2 { // as often as it takes to come to the decisive one
		must(t, set(store.Ahead(store.WithOnce(ctx, request("k"))), "first"))
	}
	must(t, set(store.Ahead(once), "first"))
	equal(t, answerOf(t, s, o), "none")
	must(t, s.Commands.Insert(once, &workflow.Command{Shard: 1, Type: workflow.CmdStart}))
	must(t, set(ctx, "second"))
	wantReason(t, set(store.Ahead(store.WithOnce(ctx, request("k"))), "first"), workflow.Conflict, reasonRepeated)
	equal(t, value(s.Definitions.Get(ctx, d.ID))(t).Receivers, "second")
	must(t, set(store.Ahead(ctx), "third")) // without a key it means nothing
}

// testOnceRaces repeats requests at the same time.
func testOnceRaces(t *testing.T, s *store.Store) {
	ctx := t.Context()
	for round := range 8 {
		var won atomic.Int32
		together(8, func(i int) {
			o := request(fmt.Sprintf("project %d", round))
			switch err := s.Projects.Create(store.WithOnce(ctx, o), &workflow.Project{Name: fmt.Sprintf("p%d-%d", round, i)}); workflow.ErrorReason(err) {
			case "":
				won.Add(1)
			case reasonRepeated:
			default:
				t.Errorf("create: %v", err)
			}
		})
		equal(t, won.Load(), int32(1))
		equal(t, len(value(s.Projects.All(ctx, false))(t)), round+1)
	}
}

// testOnceCommands repeats starts among others that share their transactions.
func testOnceCommands(t *testing.T, s *store.Store) {
	ctx := t.Context()
	const keys, repeats, strangers = 6, 8, 24
	won := make([]atomic.Int32, keys)
	together(keys*repeats+strangers, func(i int) {
		c := &workflow.Command{Shard: 1, Type: workflow.CmdStart, UserID: int64(i)}
		if i >= keys*repeats {
			if err := s.Commands.Insert(ctx, c); err != nil {
				t.Errorf("a start without a key: %v", err)
			}
			return
		}
		o := request(fmt.Sprintf("start %d", i%keys))
		switch err := s.Commands.Insert(store.WithOnce(ctx, o), c); {
		case err == nil:
			won[i%keys].Add(1)
			if want := fmt.Sprintf("made %d", c.ID); string(o.Kept()) != want {
				t.Errorf("kept %q, want %q", o.Kept(), want)
			}
		case workflow.ErrorReason(err) != reasonRepeated:
			t.Errorf("a start: %v", err)
		}
	})
	for i := range won {
		equal(t, won[i].Load(), int32(1))
	}
	list := value(s.Scheduling.Pending(ctx, []int{1}, 0, 1000))(t)
	equal(t, len(list), keys+strangers)
	made := map[string]bool{}
	for i := range list {
		made[fmt.Sprintf("made %d", list[i].ID)] = true
	}
	for i := range keys {
		if text := answerOf(t, s, request(fmt.Sprintf("start %d", i))); !made[text] {
			t.Errorf("key %d: the answer %q names no command", i, text)
		}
	}
}

func testAnswersAge(t *testing.T, s *store.Store) {
	ctx := t.Context()
	for i := range 3 {
		must(t, s.Projects.Create(store.WithOnce(ctx, request(fmt.Sprint(i))), &workflow.Project{Name: fmt.Sprint(i)}))
	}
	equal(t, value(s.Idempotency.Purge(ctx, time.Now().Add(-time.Hour)))(t), 0)
	equal(t, answerOf(t, s, request("1")) != "none", true)
	equal(t, value(s.Idempotency.Purge(ctx, time.Now().Add(time.Hour)))(t), 3)
	equal(t, answerOf(t, s, request("1")), "none")
	must(t, s.Projects.Create(store.WithOnce(ctx, request("1")), &workflow.Project{Name: "again"}))
}
