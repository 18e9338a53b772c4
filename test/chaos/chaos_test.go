package chaos

import (
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/test/cluster"
)

var (
	long = flag.Bool("long", false, "the long storm: 1,000 instances, a kill every 5 s")
	seed = flag.Uint64("seed", 0, "seed of the storm; 0: a new one")
)

// TestStorm kills apiservers, masters and workers at random while instances
// run. Attempts outlive all of that, so that not one may start twice.
func TestStorm(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	s := Storm{
		Seed: *seed, Instances: 60, Kills: 8, Every: 2500 * time.Millisecond, Seconds: 0.3,
		LostAfter: lostAfter, Log: t.Logf,
	}
	cfg := clusterConfig(2, 2, 2)
	if *long {
		s.Instances, s.Kills, s.Every, s.Seconds = 1000, 60, 5*time.Second, 0.5
		cfg = clusterConfig(2, 3, 3)
	}
	if s.Seed == 0 {
		s.Seed = rand.Uint64()
	}
	t.Logf("seed %d", s.Seed)
	c := cluster.ForTest(t, cfg)
	p, err := c.Project(t.Context(), "chaos")
	if err != nil {
		t.Fatal(err)
	}
	counts, err := s.Run(t.Context(), c, p)
	t.Logf("seed %d, %d instances, %d kills: %v", s.Seed, s.Instances, s.Kills, counts)
	if err != nil {
		t.Fatal(err)
	}
	if counts.Broken() || counts.S > 0 {
		t.Error(counts.Explain())
	}
}

// lostAfter is longer than any node is down, also one that is killed twice in a
// row on a slow machine: what is lost may run again, and nothing may here.
const lostAfter = 90 * time.Second

func clusterConfig(apis, masters, workers int) cluster.Config {
	return cluster.Config{
		APIs: apis, Masters: masters, Workers: workers,
		APIArgs:    []string{"--lease-ttl", "3s"},
		MasterArgs: []string{"--lease-ttl", "3s", "--lost-after", lostAfter.String()},
		WorkerArgs: []string{"--lease-ttl", "3s", "--kill-after", (lostAfter * 4 / 5).String()},
	}
}

func TestShapesAreGraphsOfTenTasks(t *testing.T) {
	for _, s := range shapes() {
		edges := 0
		for n := 1; n <= size; n++ {
			after, ok := s.after[task(n)]
			if !ok || n > 1 && len(after) == 0 {
				t.Errorf("%s: %s follows %v", s.name, task(n), after)
			}
			for _, before := range after {
				edges++
				if _, ok := s.after[before]; !ok {
					t.Errorf("%s: %s follows %s, which is not there", s.name, task(n), before)
				}
			}
		}
		if len(s.after) != size || edges < size-1 {
			t.Errorf("%s: %d tasks, %d edges", s.name, len(s.after), edges)
		}
	}
}
