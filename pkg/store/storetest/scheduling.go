package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// RunScheduling tests store.Scheduling and store.Commands. open gives a fresh
// database every time.
func RunScheduling(t *testing.T, open func(t *testing.T) Subject) {
	for name, test := range map[string]func(*testing.T, Subject){
		"Shards":             testShards,
		"OneTakerWins":       testOneTakerWins,
		"RowsComeBack":       testRowsComeBack,
		"RowsAreOverwritten": testRowsAreOverwritten,
		"ZombieIsRefused":    testZombieIsRefused,
		"LostShardsAreNamed": testLostShardsAreNamed,
		"TwiceIsOnce":        testTwiceIsOnce,
		"LargeBatch":         testLargeBatch,
		"AnyText":            testAnyText,
		"Drop":               testDrop,
		"DispatchLog":        testDispatchLog,
		"Fires":              testFires,
		"NextDue":            testNextDue,
		"Backfills":          testBackfills,
		"Pending":            testPending,
		"CommandKeys":        testCommandKeys,
		"CommandFailures":    testCommandFailures,
		"OneCommandWaits":    testOneCommandWaits,
		"ManyInserts":        testManyInserts,
		"IDs":                testIDs,
		"Slots":              testSlots,
		"SlotsUnderPressure": testSlotsUnderPressure,
		"Dependent":          testDependent,
		"Lookups":            testLookups,
		"Cancelled":          testCancelled,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// owner takes a shard and gives its fence.
func owner(t testing.TB, s store.Scheduling, shard int) store.Fence {
	t.Helper()
	shards := value(s.ListShards(t.Context()))(t)
	epoch := value(s.Take(t.Context(), shard, shards[shard].Epoch, "owner", "127.0.0.1:1"))(t)
	return store.Fence{Shard: shard, Epoch: epoch}
}

// commit writes a batch under one fence.
func commit(t testing.TB, s store.Scheduling, f store.Fence, b store.Batch) {
	t.Helper()
	b.Fences = []store.Fence{f}
	must(t, s.Commit(t.Context(), &b))
}

func testShards(t *testing.T, s Subject) {
	ctx := t.Context()
	shards := value(s.Scheduling.ListShards(ctx))(t)
	if len(shards) != store.Shards {
		t.Fatalf("%d shards, want %d", len(shards), store.Shards)
	}
	for i, sh := range shards {
		equal(t, sh, store.Shard{ID: i})
	}
	epoch := value(s.Scheduling.Take(ctx, 7, 0, "m1", "10.0.0.1:5678"))(t)
	equal(t, epoch, int64(1))
	equal(t, value(s.Scheduling.ListShards(ctx))(t)[7], store.Shard{ID: 7, Epoch: 1, Owner: "m1", Addr: "10.0.0.1:5678"})

	_, err := s.Scheduling.Take(ctx, 7, 0, "m2", "10.0.0.2:5678")
	wantFenced(t, err, 7)
	must(t, s.Scheduling.GiveBack(ctx, store.Fence{Shard: 7, Epoch: 5}))
	equal(t, value(s.Scheduling.ListShards(ctx))(t)[7].Owner, "m1")
	must(t, s.Scheduling.GiveBack(ctx, store.Fence{Shard: 7, Epoch: 1}))
	equal(t, value(s.Scheduling.ListShards(ctx))(t)[7], store.Shard{ID: 7, Epoch: 1})
	equal(t, value(s.Scheduling.Take(ctx, 7, 1, "m2", "10.0.0.2:5678"))(t), int64(2))
}

func testOneTakerWins(t *testing.T, s Subject) {
	const takers, rounds = 8, 5
	for round := range rounds {
		var wins, losses int
		var mu sync.Mutex
		together(takers, func(i int) {
			_, err := s.Scheduling.Take(t.Context(), 3, int64(round), fmt.Sprint("m", i), "")
			mu.Lock()
			defer mu.Unlock()
			switch workflow.ErrorCode(err) {
			case "":
				wins++
			case workflow.Fenced:
				losses++
			default:
				t.Errorf("taker %d: %v", i, err)
			}
		})
		if wins != 1 || losses != takers-1 {
			t.Fatalf("round %d: %d won and %d lost, want 1 and %d", round, wins, losses, takers-1)
		}
	}
}

// together runs fn n times at once and waits.
func together(n int, fn func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			fn(i)
		})
	}
	close(start)
	wg.Wait()
}

func testRowsComeBack(t *testing.T, s Subject) {
	ctx, f := t.Context(), owner(t, s.Scheduling, 5)
	var zero workflow.Instance
	zero.ID, zero.Shard, zero.State = 3, 5, workflow.Submitted
	open := []workflow.Instance{anInstance(1, 5, 1), anInstance(2, 5, 2), zero}
	done, elsewhere := anInstance(3, 5, 4), anInstance(4, 6, 5)
	done.State = workflow.Failed
	current := []workflow.TaskInstance{aTask(1, 1, 11), aTask(2, 2, 12), {ID: 13, InstanceID: 3, Current: true, State: workflow.Submitted}}
	old, ended := aTask(3, 1, 10), aTask(4, 4, 14)
	old.Current = false
	commit(t, s.Scheduling, f, store.Batch{
		Instances: append([]workflow.Instance{done, elsewhere}, open...),
		Tasks:     append([]workflow.TaskInstance{old, ended, aTask(5, 5, 15)}, current...),
	})

	st := value(s.Scheduling.Load(ctx, 5))(t)
	equal(t, st.Instances, open)
	equal(t, st.Tasks, current)
	inst, attempts, err := s.Scheduling.LoadInstance(ctx, 4)
	must(t, err)
	equal(t, inst, done)
	equal(t, attempts, []workflow.TaskInstance{ended})
	_, _, err = s.Scheduling.LoadInstance(ctx, 99)
	wantCode(t, err, workflow.NotFound)
}

// testRowsAreOverwritten changes every field that can change.
func testRowsAreOverwritten(t *testing.T, s Subject) {
	f := owner(t, s.Scheduling, 5)
	before, attempt := anInstance(1, 5, 1), aTask(1, 1, 11)
	commit(t, s.Scheduling, f, store.Batch{Instances: []workflow.Instance{before}, Tasks: []workflow.TaskInstance{attempt}})

	after := anInstance(2, 5, 1)
	after.ProjectID, after.DefinitionID, after.ParentTaskID = before.ProjectID, before.DefinitionID, before.ParentTaskID
	after.State, after.Recovered, after.TimeoutWarned = workflow.Pausing, !before.Recovered, !before.TimeoutWarned
	later := aTask(2, 1, 11)
	later.ProjectID, later.DefinitionID, later.Task, later.TaskCode, later.Kind = attempt.ProjectID, attempt.DefinitionID, attempt.Task, attempt.TaskCode, attempt.Kind
	later.State, later.Warned, later.Force = workflow.Running, !attempt.Warned, true
	commit(t, s.Scheduling, f, store.Batch{Instances: []workflow.Instance{after}, Tasks: []workflow.TaskInstance{later}})
	st := value(s.Scheduling.Load(t.Context(), 5))(t)
	equal(t, st.Instances, []workflow.Instance{after})
	equal(t, st.Tasks, []workflow.TaskInstance{later})

	later.Current = false
	commit(t, s.Scheduling, f, store.Batch{Tasks: []workflow.TaskInstance{later}})
	equal(t, len(value(s.Scheduling.Load(t.Context(), 5))(t).Tasks), 0)
}

func testLargeBatch(t *testing.T, s Subject) {
	ctx, f := t.Context(), owner(t, s.Scheduling, 1)
	const n = 1101
	var b store.Batch
	for i := range n {
		b.Instances = append(b.Instances, workflow.Instance{ID: int64(i + 1), Shard: 1, State: workflow.Running, Name: fmt.Sprint("i", i)})
		b.Tasks = append(b.Tasks, workflow.TaskInstance{ID: int64(i + 1), InstanceID: int64(i + 1), State: workflow.Submitted, Current: true})
	}
	commit(t, s.Scheduling, f, b)
	st := value(s.Scheduling.Load(ctx, 1))(t)
	equal(t, st.Instances, b.Instances)
	equal(t, st.Tasks, b.Tasks)
	var drop store.Batch
	for i := range n - 1 {
		drop.DropInstances = append(drop.DropInstances, int64(i+1))
	}
	commit(t, s.Scheduling, f, drop)
	st = value(s.Scheduling.Load(ctx, 1))(t)
	equal(t, st.Instances, b.Instances[n-1:])
	equal(t, st.Tasks, b.Tasks[n-1:])
}

func testAnyText(t *testing.T, s Subject) {
	f := owner(t, s.Scheduling, 1)
	texts := []string{`'`, `''`, `\`, `\'`, `"`, "`", `'); DROP TABLE instance; --`, "?", "a?b'?", "\x00", "a\x00'b", "line\nline\r\t",
		"数据 調度 🐬", "%s %d {0}", "--", "/* */", ":name @x $1", strings.Repeat("x'\\", 40_000), "\u202e", "\ufeff"}
	var b store.Batch
	for i, text := range texts {
		b.Tasks = append(b.Tasks, workflow.TaskInstance{ID: int64(i + 1), InstanceID: 1, State: workflow.Failed, Current: true,
			Reason: text, Vars: map[string]string{text: text}, Branch: []string{text}, Dependency: text})
	}
	commit(t, s.Scheduling, f, b)
	_, _, err := s.Scheduling.LoadInstance(t.Context(), 1)
	wantCode(t, err, workflow.NotFound)
	commit(t, s.Scheduling, f, store.Batch{Instances: []workflow.Instance{{ID: 1, Shard: 1, State: workflow.Running}}})
	_, got, err := s.Scheduling.LoadInstance(t.Context(), 1)
	must(t, err)
	equal(t, got, b.Tasks)
}

func testDrop(t *testing.T, s Subject) {
	f := owner(t, s.Scheduling, 1)
	commit(t, s.Scheduling, f, store.Batch{
		Instances: []workflow.Instance{anInstance(1, 1, 1), anInstance(2, 1, 2)},
		Tasks:     []workflow.TaskInstance{aTask(1, 1, 1), aTask(2, 1, 2), aTask(3, 2, 3), aTask(4, 2, 4)},
	})
	commit(t, s.Scheduling, f, store.Batch{DropTasks: []int64{2, 77}, DropInstances: []int64{2, 78}})
	st := value(s.Scheduling.Load(t.Context(), 1))(t)
	equal(t, st.Instances, []workflow.Instance{anInstance(1, 1, 1)})
	equal(t, st.Tasks, []workflow.TaskInstance{aTask(1, 1, 1)})
}

// testDispatchLog: attempts in the log are found until they have a row or are
// forgotten, of open instances only.
func testDispatchLog(t *testing.T, s Subject) {
	ctx, f := t.Context(), owner(t, s.Scheduling, 1)
	open, ended := anInstance(1, 1, 1), anInstance(2, 1, 2)
	ended.State = workflow.Failed
	first, second, third := aTask(11, 1, 11), aTask(12, 1, 12), aTask(13, 1, 13)
	commit(t, s.Scheduling, f, store.Batch{
		Instances: []workflow.Instance{open, ended},
		Tasks:     []workflow.TaskInstance{aTask(10, 1, 10), aTask(14, 1, 14)},
		Log: []store.LogEntry{
			{Shard: 1, Seq: 7, Tasks: []workflow.TaskInstance{second, first, aTask(22, 2, 22), aTask(33, 3, 33)}},
			{Shard: 2, Seq: 7, Tasks: []workflow.TaskInstance{aTask(44, 1, 44)}},
		},
	})
	commit(t, s.Scheduling, f, store.Batch{Log: []store.LogEntry{{Shard: 1, Seq: 1<<32 + 1, Tasks: []workflow.TaskInstance{third}}}})

	check := func(last int64, logged []int64, tasks ...workflow.TaskInstance) {
		t.Helper()
		st := value(s.Scheduling.Load(ctx, 1))(t)
		equal(t, st.Tasks, tasks)
		slices.Sort(st.Logged)
		equal(t, st.Logged, logged)
		equal(t, st.LastEntry, last)
		_, tasksOf, err := s.Scheduling.LoadInstance(ctx, 1)
		must(t, err)
		equal(t, tasksOf, tasks)
	}
	check(1<<32+1, []int64{11, 12, 13}, aTask(10, 1, 10), first, second, third, aTask(14, 1, 14))
	_, none, err := s.Scheduling.LoadInstance(ctx, 2)
	must(t, err)
	equal(t, len(none), 0)

	over, later := first, aTask(51, 1, 12)
	over.Current = false
	commit(t, s.Scheduling, f, store.Batch{Tasks: []workflow.TaskInstance{over, later}})
	check(1<<32+1, []int64{13}, aTask(10, 1, 10), later, third, aTask(14, 1, 14))
	commit(t, s.Scheduling, f, store.Batch{Forget: []store.LogMark{{Shard: 1, Seq: 7}}})
	check(1<<32+1, []int64{13}, aTask(10, 1, 10), later, third, aTask(14, 1, 14))
	commit(t, s.Scheduling, f, store.Batch{Forget: []store.LogMark{{Shard: 1, Seq: 1<<32 + 1}}})
	check(0, nil, aTask(10, 1, 10), later, aTask(14, 1, 14))
	equal(t, value(s.Scheduling.Load(ctx, 2))(t).LastEntry, int64(7))
}

func testIDs(t *testing.T, s Subject) {
	ctx := t.Context()
	const callers, calls = 8, 20
	var mu sync.Mutex
	seen := map[int64]bool{}
	together(callers, func(c int) {
		for range calls {
			first, err := s.Scheduling.AllocateIDs(ctx, "task", c+1)
			if err != nil {
				t.Errorf("caller %d: %v", c, err)
				return
			}
			mu.Lock()
			for i := range c + 1 {
				if id := first + int64(i); seen[id] || id < 1 || id >= 1<<31 {
					t.Errorf("id %d was given twice, or is out of range", id)
				} else {
					seen[id] = true
				}
			}
			mu.Unlock()
		}
	})
	if want := calls * callers * (callers + 1) / 2; len(seen) != want {
		t.Errorf("%d ids, want %d", len(seen), want)
	}
	equal(t, value(s.Scheduling.AllocateIDs(ctx, "instance", 1))(t), int64(1))
	_, err := s.Scheduling.AllocateIDs(ctx, "nonsense", 1)
	wantCode(t, err, workflow.NotFound)
	_, err = s.Scheduling.AllocateIDs(ctx, "task", 0)
	wantCode(t, err, workflow.Invalid)
}

func testLookups(t *testing.T, s Subject) {
	ctx := t.Context()
	d := workflow.Definition{ProjectID: 1, Name: "d", Version: 1, Spec: workflow.Spec{Tasks: []workflow.Task{{Name: "a", Kind: workflow.KindNoop}}}}
	must(t, s.AddDefinition(ctx, &d))
	equal(t, value(s.Scheduling.CurrentVersion(ctx, d.ID))(t), 1)
	must(t, s.Commands.Insert(ctx, &workflow.Command{Shard: 7, Type: workflow.CmdStart, DefinitionID: d.ID}))
	equal(t, value(s.Scheduling.Pending(ctx, []int{7}, 0, 1))(t)[0].Current, 1)
	equal(t, value(s.Scheduling.Definition(ctx, d.ID, 1))(t).Tasks, d.Tasks)
	_, err := s.Scheduling.Definition(ctx, d.ID, 2)
	wantCode(t, err, workflow.NotFound)
	_, err = s.Scheduling.CurrentVersion(ctx, 99)
	wantCode(t, err, workflow.NotFound)
	_, err = s.Scheduling.Schedule(ctx, 99)
	wantCode(t, err, workflow.NotFound)

	tenant := workflow.Tenant{Code: "etl", Name: "ETL"}
	must(t, s.AddTenant(ctx, &tenant))
	equal(t, value(s.Scheduling.Tenant(ctx, tenant.ID))(t).Code, "etl")
	_, err = s.Scheduling.Tenant(ctx, 99)
	wantCode(t, err, workflow.NotFound)

	now := value(s.Scheduling.Now(ctx))(t)
	if d := time.Since(now).Abs(); d > time.Minute || now.Location() != time.UTC {
		t.Errorf("the database's clock says %s", now)
	}
}

func testCancelled(t *testing.T, s Subject) {
	f := owner(t, s.Scheduling, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := s.Scheduling.Commit(ctx, &store.Batch{Fences: []store.Fence{f}, Instances: []workflow.Instance{anInstance(1, 1, 1)}})
	if err == nil {
		t.Fatal("a commit with a cancelled context went through")
	}
	equal(t, len(value(s.Scheduling.Load(t.Context(), 1))(t).Instances), 0)
}
