package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// world is everything a zombie could have changed.
type world struct {
	State    store.ShardState
	Done     workflow.Instance
	Attempts []workflow.TaskInstance
	Pending  []workflow.Command
	Failed   []workflow.Command
	Fires    []workflow.Fire
	Schedule workflow.Schedule
}

// zombieScene puts one row of everything into a shard.
type zombieScene struct {
	s        Subject
	fence    store.Fence
	schedule workflow.Schedule
	group    workflow.TaskGroup
	command  workflow.Command
}

func newZombieScene(t *testing.T, s Subject) *zombieScene {
	ctx := t.Context()
	z := &zombieScene{s: s}
	d := workflow.Definition{ProjectID: 1, Name: "d", Version: 1}
	must(t, s.AddDefinition(ctx, &d))
	z.schedule = workflow.Schedule{ProjectID: 1, DefinitionID: d.ID, Cron: "0 0 0 * * ?", Timezone: "UTC", NextDue: instant(0)}
	must(t, s.AddSchedule(ctx, &z.schedule))
	z.group = workflow.TaskGroup{ProjectID: 1, Name: "g", Size: 2}
	must(t, s.AddTaskGroup(ctx, &z.group))
	shard := store.ShardOf(d.ID, store.Shards)
	z.fence = owner(t, s.Scheduling, shard)
	z.command = workflow.Command{Shard: shard, Type: workflow.CmdPause, InstanceID: 1}
	must(t, s.Commands.Insert(ctx, &z.command))
	done := anInstance(2, shard, 2)
	done.State = workflow.Succeeded
	backfill := filled[workflow.Backfill](1)
	backfill.ID, backfill.Shard, backfill.State = 1, shard, workflow.Running
	commit(t, s.Scheduling, z.fence, store.Batch{
		Instances: []workflow.Instance{anInstance(1, shard, 1), done},
		Tasks:     []workflow.TaskInstance{aTask(1, 1, 1), aTask(2, 2, 2)},
		Fires:     []workflow.Fire{{ScheduleID: z.schedule.ID, Due: instant(0), InstanceID: 1, FiredAt: instant(time.Second)}},
		Backfills: []workflow.Backfill{backfill},
		Log:       []store.LogEntry{{Shard: shard, Seq: 1, Tasks: []workflow.TaskInstance{aTask(4, 1, 8)}}},
	})
	if !acquire(t, s.Scheduling, z.fence, z.group.ID, 1) {
		t.Fatal("no slot in an empty group")
	}
	return z
}

func (z *zombieScene) look(t *testing.T) world {
	ctx := t.Context()
	var w world
	w.State = value(z.s.Scheduling.Load(ctx, z.fence.Shard))(t)
	var err error
	w.Done, w.Attempts, err = z.s.Scheduling.LoadInstance(ctx, 2)
	must(t, err)
	every := make([]int, store.Shards)
	for i := range every {
		every[i] = i
	}
	w.Pending = value(z.s.Scheduling.Pending(ctx, every, 0, 100))(t)
	w.Failed = value(z.s.Commands.Failed(ctx, 100))(t)
	w.Fires = value(z.s.Fires(ctx, z.schedule.ID, 100))(t)
	w.Schedule = value(z.s.Scheduling.Schedule(ctx, z.schedule.ID))(t)
	return w
}

// testZombieIsRefused has an old owner try every kind of write, on rows the
// new owner has not touched and on new ones.
func testZombieIsRefused(t *testing.T, s Subject) {
	z := newZombieScene(t, s)
	before := z.look(t)
	now := owner(t, s.Scheduling, z.fence.Shard)
	changed, added := anInstance(3, z.fence.Shard, 1), anInstance(4, z.fence.Shard, 9)
	bad := z.command
	bad.Attempts, bad.LastError = 5, "broken"
	for name, b := range map[string]store.Batch{
		"empty":         {},
		"insert":        {Instances: []workflow.Instance{added}},
		"update":        {Instances: []workflow.Instance{changed}},
		"insertTask":    {Tasks: []workflow.TaskInstance{aTask(3, 1, 9)}},
		"updateTask":    {Tasks: []workflow.TaskInstance{aTask(3, 1, 1)}},
		"dropTask":      {DropTasks: []int64{1}},
		"dropInstance":  {DropInstances: []int64{2}},
		"obey":          {Commands: []int64{z.command.ID}},
		"send":          {Insert: []workflow.Command{{Shard: 1, Type: workflow.CmdChildEnded, Key: "k"}}},
		"quarantine":    {Quarantine: []workflow.Command{bad}},
		"retry":         {Retry: []workflow.Command{bad}},
		"fire":          {Fires: []workflow.Fire{{ScheduleID: z.schedule.ID, Due: instant(time.Hour), InstanceID: 9}}},
		"nextDue":       {NextDue: []store.NextDue{{ScheduleID: z.schedule.ID, Version: z.schedule.Version, Due: instant(time.Hour)}}},
		"backfill":      {Backfills: []workflow.Backfill{{ID: 1, Shard: z.fence.Shard, State: workflow.Stopped}}},
		"alert":         {Alerts: []workflow.Alert{{ID: 1}}},
		"releaseSlot":   {ReleaseSlots: []int64{1}},
		"log":           {Log: []store.LogEntry{{Shard: z.fence.Shard, Seq: 9, Tasks: []workflow.TaskInstance{aTask(3, 1, 9)}}}},
		"forget":        {Forget: []store.LogMark{{Shard: z.fence.Shard, Seq: 1}}},
		"everyFenceToo": {Fences: []store.Fence{now}, Instances: []workflow.Instance{changed}},
	} {
		b.Fences = append(b.Fences, z.fence)
		wantFenced(t, s.Scheduling.Commit(t.Context(), &b), z.fence.Shard)
		if d := diff(before, z.look(t)); d != "" {
			t.Errorf("%s by an old owner changed (-before +after):\n%s", name, d)
		}
	}
	_, err := s.Scheduling.AcquireSlots(t.Context(), z.fence, z.group.ID, []store.SlotWish{{AttemptID: 9, Priority: 9}})
	wantFenced(t, err, z.fence.Shard)
	z.checkSlots(t, now)
}

// checkSlots sees that one slot of two is taken, and that nobody waits for the
// other.
func (z *zombieScene) checkSlots(t *testing.T, f store.Fence) {
	var got []bool
	for attempt := range int64(3) {
		got = append(got, acquire(t, z.s.Scheduling, f, z.group.ID, attempt+1))
	}
	if !slices.Equal(got, []bool{true, true, false}) {
		t.Errorf("slots after a zombie's attempts: %v", got)
	}
}

func testLostShardsAreNamed(t *testing.T, s Subject) {
	held, stale, far := owner(t, s.Scheduling, 1), owner(t, s.Scheduling, 2), store.Fence{Shard: 9999, Epoch: 1}
	owner(t, s.Scheduling, 2)
	err := s.Scheduling.Commit(t.Context(), &store.Batch{Fences: []store.Fence{held, stale, far}, Instances: []workflow.Instance{anInstance(1, 1, 1)}})
	wantFenced(t, err, 2, 9999)
	equal(t, len(value(s.Scheduling.Load(t.Context(), 1))(t).Instances), 0)
	if err := s.Scheduling.Commit(t.Context(), &store.Batch{Instances: []workflow.Instance{anInstance(1, 1, 1)}}); err == nil {
		t.Error("a batch without a fence was written")
	}
}

// testTwiceIsOnce writes one batch of everything again, as a caller does that
// does not know what became of its commit.
func testTwiceIsOnce(t *testing.T, s Subject) {
	z := newZombieScene(t, s)
	poison := workflow.Command{Shard: z.fence.Shard, Type: workflow.CmdStart, DefinitionID: 1}
	late := workflow.Command{Shard: z.fence.Shard, Type: workflow.CmdStart, DefinitionID: 1}
	must(t, s.Commands.Insert(t.Context(), &poison, &late))
	poison.Attempts, poison.LastError = 5, "broken"
	late.Attempts, late.LastError = 1, "later"
	backfill := filled[workflow.Backfill](2)
	backfill.ID, backfill.Shard, backfill.State = 2, z.fence.Shard, workflow.Running
	b := store.Batch{
		Instances:     []workflow.Instance{anInstance(3, z.fence.Shard, 1), anInstance(4, z.fence.Shard, 9)},
		Tasks:         []workflow.TaskInstance{aTask(3, 1, 9), aTask(4, 9, 10)},
		DropTasks:     []int64{1},
		Commands:      []int64{z.command.ID},
		Insert:        []workflow.Command{{Shard: 1, Type: workflow.CmdChildEnded, InstanceID: 1, Key: "ended-1"}},
		Quarantine:    []workflow.Command{poison},
		Retry:         []workflow.Command{late},
		Fires:         []workflow.Fire{{ScheduleID: z.schedule.ID, Due: instant(time.Hour), InstanceID: 9}, {ScheduleID: z.schedule.ID, Due: instant(2 * time.Hour), Skipped: true}},
		NextDue:       []store.NextDue{{ScheduleID: z.schedule.ID, Version: z.schedule.Version, Due: instant(3 * time.Hour)}},
		Backfills:     []workflow.Backfill{backfill},
		Alerts:        []workflow.Alert{filled[workflow.Alert](1)},
		ReleaseSlots:  []int64{1},
		DropInstances: []int64{77},
		Log:           []store.LogEntry{{Shard: z.fence.Shard, Seq: 2, Tasks: []workflow.TaskInstance{aTask(5, 9, 11)}}},
		Forget:        []store.LogMark{{Shard: z.fence.Shard, Seq: 1}},
	}
	commit(t, s.Scheduling, z.fence, b)
	once := z.look(t)
	equal(t, len(once.Pending), 2)
	equal(t, len(once.Failed), 1)
	equal(t, len(once.Fires), 3)
	equal(t, once.Schedule.NextDue, instant(3*time.Hour))
	commit(t, s.Scheduling, z.fence, b)
	if d := diff(once, z.look(t)); d != "" {
		t.Errorf("writing a batch again changed (-once +twice):\n%s", d)
	}
}
