package e2e

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/test/chaos"
	"github.com/porpoise-scheduler/porpoise/test/client"
	"github.com/porpoise-scheduler/porpoise/test/cluster"
)

// ttl is the lease of the small cluster's members.
const ttl = 3 * time.Second

// TestCluster runs a small cluster on MariaDB and etcd. Its chapters follow each
// other: they freeze and kill what the others would stand on.
func TestCluster(t *testing.T) {
	lease := []string{"--lease-ttl", ttl.String()}
	s := begin(t, cluster.Config{
		APIs: 2, Masters: 2, Workers: 2, APIArgs: lease,
		MasterArgs: append([]string{"--lost-after", "2m"}, lease...), // longer than it takes to start a worker again
		WorkerArgs: append([]string{"--kill-after", "90s"}, lease...),
	})
	s.p.Client = s.p.Retrying()
	sequence := func(name string, chapter func(*story)) {
		t.Run(name, func(t *testing.T) { chapter(&story{T: t, c: s.c, p: s.p, dir: s.c.Dir}) })
	}
	s.dirOpen()
	sequence("frozen master", frozenMaster)
	sequence("schedules over fail-over", schedulesOverFailover)
	sequence("worker away", workerAway)
}

// dirOpen lets tasks write to the cluster's folder.
func (s *story) dirOpen() {
	s.Helper()
	s.dir = s.c.Dir
	s.ok(os.Chmod(s.dir, 0o777))
}

// frozenMaster stops a master beyond its lease while its instances run and its
// schedules fire, and lets it go on: what it then tries to write must be
// refused, and nothing may happen twice.
func frozenMaster(s *story) {
	journal, err := chaos.NewJournal(s.dir)
	s.ok(err)
	const instances, steps = 16, 6
	want := map[string][]string{}
	var f client.Flow
	for n := range steps {
		name, after := fmt.Sprintf("s%d", n), []string(nil)
		if n > 0 {
			after = []string{fmt.Sprintf("s%d", n-1)}
		}
		want[name] = after
		f.Tasks = append(f.Tasks, client.Shell(name, journal.Script(name, "sleep 0.4"), after...))
	}
	id := s.publishFlow("frozen", f)
	rules := s.everySecondRules("frozen-rule", 12) // overdue ones are the first thing a thawed master writes
	for range instances {
		s.ok(s.p.Start(s.Context(), id))
	}
	s.under(instances, journal)
	frozen, other := s.c.Masters[0], s.c.Masters[1]
	s.ok(frozen.Pause())
	defer func() { s.ok(frozen.Resume()) }()
	s.after(2 * ttl)
	s.ownsAll(other)
	s.ok(frozen.Resume())
	s.succeed(id, instances)
	s.refused(frozen)
	s.firedOnce(rules)
	entries, err := journal.Read()
	s.ok(err)
	counts := chaos.Check(entries, chaos.Expected{Instances: instances, Tasks: want})
	s.Log(counts)
	if counts.Broken() || counts.S > 0 {
		s.Error(counts.Explain())
	}
}

// refused waits until a master has tried to write what it no longer may.
func (s *story) refused(n *cluster.Node) {
	s.Helper()
	s.ok(client.Poll(s.Context(), patience, func(ctx context.Context) (string, bool, error) {
		refused, err := n.Metric(ctx, "porpoise_master_refused_changes_total")
		return fmt.Sprintf("%s was refused %v late changes", n.Name, refused), refused > 0, err
	}))
}

// ownsAll waits until a master has all shards: the lease of the other one has
// run out then.
func (s *story) ownsAll(n *cluster.Node) {
	s.Helper()
	s.ok(client.Poll(s.Context(), patience, func(ctx context.Context) (string, bool, error) {
		shards, err := n.Metric(ctx, "porpoise_master_shards")
		return fmt.Sprintf("%s has %v shards", n.Name, shards), shards == store.Shards, err
	}))
}

// under waits until all instances have begun.
func (s *story) under(instances int, j chaos.Journal) {
	s.Helper()
	s.ok(client.Poll(s.Context(), patience, func(context.Context) (string, bool, error) {
		entries, err := j.Read()
		seen := map[int64]bool{}
		for _, e := range entries {
			seen[e.Instance] = true
		}
		return fmt.Sprintf("%d of %d have begun", len(seen), instances), len(seen) >= instances, err
	}))
}

// after lets time pass: nothing else says that a lease has run out.
func (s *story) after(d time.Duration) {
	s.Helper()
	select {
	case <-time.After(d):
	case <-s.Context().Done():
		s.Fatal(s.Context().Err())
	}
}

// succeed waits until n instances of a definition have succeeded.
func (s *story) succeed(definition, n int) {
	s.Helper()
	s.backfilled(definition, n, client.Success)
}

// rule is a schedule of a test; its tasks tell their due times in a file of its
// name.
type rule struct {
	name           string
	id, definition int
}

// everySecondRules puts n schedules online that fire every second.
func (s *story) everySecondRules(prefix string, n int) []rule {
	s.Helper()
	var rules []rule
	for i := range n {
		r := rule{name: fmt.Sprintf("%s-%d", prefix, i)}
		r.definition = s.publish(r.name, client.Shell("tell", s.append(r.name, "${system.datetime}")))
		var err error
		r.id, err = s.p.CreateSchedule(s.Context(), r.definition, "* * * * * ? *", time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
		s.ok(err)
		s.ok(s.p.SetSchedule(s.Context(), r.id, true))
		rules = append(rules, r)
	}
	return rules
}

// firedOnce takes the schedules offline and fails unless each fired every
// second, once. What a master that went left to another may come late.
func (s *story) firedOnce(rules []rule) {
	s.Helper()
	for _, r := range rules {
		s.ok(s.p.SetSchedule(s.Context(), r.id, false))
	}
	for _, r := range rules {
		s.ok(client.Poll(s.Context(), patience/4, func(context.Context) (string, bool, error) {
			due := sorted(s.lines(r.name))
			return fmt.Sprintf("%s fired %d times", r.name, len(due)), gap(due, time.Second) == "", nil
		}))
	}
	watch := 2 * time.Second
	for _, r := range rules {
		instances := s.quiet(r.definition, watch)
		watch = 0 // they were all watched
		due := sorted(s.lines(r.name))
		s.equal("runs and instances", len(due), len(instances))
		s.everySecond(due)
	}
}

// schedulesOverFailover kills masters while schedules fire every second: every
// due time fires once.
func schedulesOverFailover(s *story) {
	rules := s.everySecondRules("rule", 6)
	for n := range 3 {
		s.after(ttl)
		s.ok(s.c.Masters[n%2].Restart())
	}
	s.after(2 * ttl)
	s.firedOnce(rules)
}

// everySecond fails when a second is missing or there twice.
func (s *story) everySecond(due []string) {
	s.Helper()
	if len(due) < 5 {
		s.Errorf("only %d firings", len(due))
	}
	if found := gap(due, time.Second); found != "" {
		s.Error(found)
	}
}

// gap tells where due times do not follow each other at the distance.
func gap(due []string, distance time.Duration) string {
	for n := 1; n < len(due); n++ {
		before, err := time.Parse("20060102150405", due[n-1])
		if err != nil {
			return err.Error()
		}
		if next := before.Add(distance).Format("20060102150405"); due[n] != next {
			return fmt.Sprintf("after %s came %s", due[n-1], due[n])
		}
	}
	return ""
}

// workerAway kills workers while their tasks run; started again, they adopt
// them, with the exit status of those that ended meanwhile.
func workerAway(s *story) {
	restart := func(act func(*cluster.Node) error) func() error {
		return func() error {
			for _, n := range s.c.Workers {
				if err := act(n); err != nil {
					return err
				}
			}
			return nil
		}
	}
	s.adopted("workers-killed", restart((*cluster.Node).Kill), restart((*cluster.Node).Start))
}
