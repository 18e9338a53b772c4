package chaos

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/porpoise-scheduler/porpoise/test/client"
	"github.com/porpoise-scheduler/porpoise/test/cluster"
)

// Storm says how hard to try.
type Storm struct {
	Seed      uint64
	Instances int           // started over the time of Kills kills
	Kills     int           // of a random node each, with SIGKILL
	Every     time.Duration // between kills
	Seconds   float64       // every task takes
	LostAfter time.Duration // as the masters were told
	Log       func(format string, args ...any)
}

// kill is one fault.
type kill struct {
	node string
	at   time.Time
	down time.Duration // until it was ready again
}

// Run starts instances while nodes are killed, waits for all of them to end
// and gives the counts. An error says that the run itself could not be done.
func (s Storm) Run(ctx context.Context, c *cluster.Cluster, p client.Project) (Counts, error) {
	journal, err := NewJournal(c.Dir)
	if err != nil {
		return Counts{}, err
	}
	p.Client = p.Retrying()
	definitions, err := s.publish(ctx, p, journal)
	if err != nil {
		return Counts{}, err
	}
	started := time.Now()
	group, ctx2 := errgroup.WithContext(ctx)
	accepted := tally{}
	group.Go(func() error { return s.start(ctx2, p, definitions, accepted) })
	var kills []kill
	group.Go(func() (err error) {
		kills, err = s.kill(ctx2, c)
		return err
	})
	if err := group.Wait(); err != nil {
		return Counts{}, err
	}
	s.Log("%d kills in %s: %s", len(kills), time.Since(started).Round(time.Second), summary(kills))
	open, err := s.settle(ctx, p, definitions, accepted)
	if err != nil {
		return Counts{}, err
	}
	counts, err := s.judge(journal, definitions, accepted)
	if err != nil {
		return counts, err
	}
	counts.found(&counts.H, open, "H: %d instances are not terminal %s after the last fault", open, 2*s.LostAfter)
	leftovers(journal, &counts)
	return counts, s.failures(ctx, p, definitions, &counts)
}

// tally counts accepted triggers by definition.
type tally map[int]int

func (t tally) total() (n int) {
	for _, of := range t {
		n += of
	}
	return n
}

// definitions maps the id of a definition to its shape.
type definitions map[int]shape

func (s Storm) publish(ctx context.Context, p client.Project, j Journal) (definitions, error) {
	d := definitions{}
	for _, shape := range shapes() {
		id, err := p.Publish(ctx, shape.name, shape.flow(j, s.Seconds))
		if err != nil {
			return nil, err
		}
		d[id] = shape
	}
	return d, nil
}

// start triggers instances evenly over the time of the storm.
func (s Storm) start(ctx context.Context, p client.Project, d definitions, accepted tally) error {
	ids := slices.Sorted(maps.Keys(d))
	random := rand.New(rand.NewPCG(s.Seed, 1))
	tick := time.NewTicker(time.Duration(s.Kills) * s.Every / time.Duration(s.Instances))
	defer tick.Stop()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(64)
	for range s.Instances {
		id := ids[random.IntN(len(ids))]
		accepted[id]++ // below: every start is repeated until it is accepted
		group.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
			defer cancel()
			if err := p.Start(ctx, id); err != nil {
				return fmt.Errorf("starting definition %d: %w", id, err)
			}
			return nil
		})
		select {
		case <-ctx.Done():
			return group.Wait()
		case <-tick.C:
		}
	}
	return group.Wait()
}

// kill ends a random node every so often and starts it again at once.
func (s Storm) kill(ctx context.Context, c *cluster.Cluster) ([]kill, error) {
	random := rand.New(rand.NewPCG(s.Seed, 2))
	nodes := c.Nodes()
	tick := time.NewTicker(s.Every)
	defer tick.Stop()
	var mu sync.Mutex
	var kills []kill
	busy := map[*cluster.Node]*sync.Mutex{}
	for _, n := range nodes {
		busy[n] = new(sync.Mutex)
	}
	group, ctx := errgroup.WithContext(ctx)
	for range s.Kills {
		select {
		case <-ctx.Done():
			return kills, group.Wait()
		case <-tick.C:
		}
		n := nodes[random.IntN(len(nodes))]
		group.Go(func() error {
			busy[n].Lock()
			defer busy[n].Unlock()
			k := kill{node: n.Name, at: time.Now()}
			if err := n.Restart(); err != nil {
				return fmt.Errorf("restarting %s: %w", n.Name, err)
			}
			k.down = time.Since(k.at)
			mu.Lock()
			defer mu.Unlock()
			kills = append(kills, k)
			return nil
		})
	}
	err := group.Wait()
	return kills, err
}

func summary(kills []kill) string {
	per, worst := map[string]int{}, time.Duration(0)
	for _, k := range kills {
		per[k.node]++
		worst = max(worst, k.down)
	}
	return fmt.Sprintf("%v, at most %s until ready again", per, worst.Round(time.Millisecond))
}

// settle waits until all instances have ended, and tells how many did not
// within the time promised.
func (s Storm) settle(ctx context.Context, p client.Project, d definitions, accepted tally) (int, error) {
	patience, total, ended := 2*s.LostAfter, accepted.total(), 0
	err := client.Poll(ctx, patience, func(ctx context.Context) (string, bool, error) {
		ended = 0
		for id := range d {
			for _, state := range []string{client.Success, client.Failure, client.Stopped, client.Paused} {
				page, err := p.Instances(ctx, id, state, 1, 1)
				if err != nil {
					return "", false, err
				}
				ended += page.Total
			}
		}
		return fmt.Sprintf("%d of %d instances have ended", ended, total), ended >= total, nil
	})
	if err != nil {
		s.Log("%v", err)
	}
	return max(0, total-ended), ctx.Err()
}

// judge reads the journal, one shape at a time.
func (s Storm) judge(j Journal, d definitions, accepted tally) (Counts, error) {
	entries, err := j.Read()
	if err != nil {
		return Counts{}, err
	}
	byShape := map[string][]Entry{}
	for _, e := range entries {
		name, _, _ := strings.Cut(e.Task, ".")
		byShape[name] = append(byShape[name], e)
	}
	var counts Counts
	for id, shape := range d {
		counts.add(Check(byShape[shape.name], Expected{Instances: accepted[id], Tasks: shape.labelled()}))
	}
	return counts, nil
}

// failures counts instances that ended otherwise than they should.
func (s Storm) failures(ctx context.Context, p client.Project, d definitions, counts *Counts) error {
	for id, shape := range d {
		instances, err := p.AllInstances(ctx, id)
		if err != nil {
			return err
		}
		for _, i := range instances {
			if client.Terminal(i.State) && i.State != client.Success {
				counts.found(&counts.L, 1, "L: instance %d of %s ended as %s", i.ID, shape.name, i.State)
			}
		}
	}
	return nil
}

// leftovers counts attempts' processes that are still there.
func leftovers(j Journal, counts *Counts) {
	for _, p := range cluster.Marked(j.Path) {
		counts.found(&counts.X, 1, "X: %s", p)
	}
}
