package sim

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/schedule"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// planSchedules puts schedules into the world that are due every few seconds
// for a while; some come late, as after an outage, under each misfire policy.
func (w *world) planSchedules(n int) {
	policies := []workflow.Misfire{workflow.MisfireAll, workflow.MisfireLast, workflow.MisfireSkip}
	for i := range n {
		start := w.now
		if i%4 == 3 { // everybody was away for ten minutes
			start = w.now.Add(-10 * time.Minute)
		}
		every := 3 + w.rng.IntN(9)
		s := workflow.Schedule{
			ID: int64(i + 1), ProjectID: 1, DefinitionID: 1, Cron: fmt.Sprintf("*/%d * * * * ?", every), Timezone: "Asia/Shanghai",
			StartTime: start, EndTime: w.now.Add(30 * time.Second), ReleaseState: workflow.Online, Misfire: policies[i%3], Version: 1,
			Start: workflow.StartOptions{TenantCode: "sim", FailureStrategy: workflow.FailContinue},
		}
		rule := w.rule(s)
		s.NextDue = rule.Next(start.Add(-time.Second)).UTC()
		w.schedules = append(w.schedules, s)
		w.mem.PutSchedule(s)
	}
	w.used = []int{store.ShardOf(1, store.Shards)}
}

func (w *world) rule(s workflow.Schedule) *schedule.Rule {
	zone, err := time.LoadLocation(s.Timezone)
	if err != nil {
		panic(err)
	}
	rule, err := schedule.Parse(s.Cron, zone)
	if err != nil {
		panic(err)
	}
	return rule
}

// exhausted reports whether every schedule has come to its end.
func (w *world) exhausted() bool {
	for _, s := range w.schedules {
		now, err := w.db.Schedule(context.Background(), s.ID)
		if err != nil || !now.NextDue.IsZero() {
			return false
		}
	}
	return true
}

// checkFires holds the decisions against the rules: every due time is decided
// once, and a fired one made exactly one instance.
func (w *world) checkFires() {
	made := map[string]int{}
	for _, i := range w.mem.Instances() {
		if i.ScheduleID != 0 {
			made[fmt.Sprint(i.ScheduleID, i.ScheduleTime.UnixMilli())]++
		}
	}
	for _, s := range w.schedules {
		decided := map[int64]workflow.Fire{}
		for _, f := range w.mem.Fires(s.ID) {
			decided[f.Due.UnixMilli()] = f
		}
		dues := w.rule(s).Between(s.NextDue, s.EndTime, 100_000)
		fired := 0
		for _, due := range dues {
			f, ok := decided[due.UnixMilli()]
			n := made[fmt.Sprint(s.ID, due.UnixMilli())]
			switch {
			case !ok:
				w.fail("schedule %d (%s): due time %s was never decided", s.ID, s.Misfire, due.UTC())
			case f.Skipped && n != 0, !f.Skipped && n != 1:
				w.fail("schedule %d: due time %s, skipped %v, made %d instances", s.ID, due.UTC(), f.Skipped, n)
			}
			fired += n
		}
		if len(decided) != len(dues) {
			w.fail("schedule %d: %d due times, %d decisions", s.ID, len(dues), len(decided))
		}
		w.counts.fires += fired
		w.counts.skips += len(dues) - fired
	}
}

// TestSchedules fires schedules over masters that crash, pause and lose their
// shards.
func TestSchedules(t *testing.T) {
	fires, skips, crashes := 0, 0, 0
	for seed := uint64(1); seed <= uint64(min(*seeds, 150)); seed++ {
		w := newWorld(seed, plan{masters: 3, workers: 2, slots: 30, faultRounds: 150, faults: true})
		w.planSchedules(8)
		w.run(20_000)
		w.check()
		w.checkFires()
		if len(w.wrong) > 0 {
			t.Fatalf("seed %d: %s", seed, strings.Join(w.wrong, "\n"))
		}
		fires += w.counts.fires
		skips += w.counts.skips
		crashes += w.counts.crashes
	}
	t.Logf("%d fired + %d skipped, %d crashes", fires, skips, crashes)
	if fires == 0 || skips == 0 || crashes == 0 {
		t.Error("not everything happened that was to be tested")
	}
}
