package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/porpoise-scheduler/porpoise/test/cluster"
)

// bench is one run.
type bench struct {
	o      options
	dir    string
	binary string
	pipe   *pipe
	report Report
	limits limits
}

// limits are what the machine can do at best.
type limits struct {
	spawnP50, spawnP99 float64 // ms for a process, one at a time
	startP50, startP99 float64 // ms from fork to the first thing the shell does
	spawnRate          float64 // processes a second
	spawnWidth         int     // so many at once
}

// newBench builds the binary. The folder may be entered by tenants.
func newBench(o options) (*bench, error) {
	dir, err := os.MkdirTemp("", "porpoise-bench-")
	if err != nil {
		return nil, err
	}
	b := &bench{o: o, dir: dir, binary: filepath.Join(dir, "porpoise")}
	b.report = Report{
		Time: time.Now(), Machine: thisMachine(), Limits: map[string]float64{},
		Settings: map[string]string{
			"repeats": fmt.Sprint(o.repeats), "quick": fmt.Sprint(o.quick), "slots": fmt.Sprint(slots),
			"callers": fmt.Sprint(callers),
		},
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if b.pipe, err = newPipe(dir); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if o.binary != "" {
		b.binary, err = filepath.Abs(o.binary)
	} else {
		err = cluster.Build(b.binary, false)
	}
	if err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *bench) close() {
	b.pipe.close()
	_ = os.RemoveAll(b.dir) // a temporary folder
}

// size scales the work.
func (b *bench) size(n int) int {
	if b.o.quick {
		return max(n/10, 1)
	}
	return n
}

func (b *bench) measure(ctx context.Context) error {
	if err := b.settle(ctx, "before"); err != nil {
		return err
	}
	if err := b.bareLimits(); err != nil {
		return err
	}
	for _, mode := range b.o.modes {
		if err := b.mode(ctx, mode); err != nil {
			return fmt.Errorf("%s: %w", mode, err)
		}
	}
	return b.settle(ctx, "after")
}

// settlesIn is how long the disk gets at most to take in what was written
// before, and settleEvery how long it is left alone between two looks.
const (
	settlesIn   = time.Minute
	settleEvery = 2 * time.Second
)

// settle lets the disk take in what was written before, which else slows down
// what is measured next, and notes how fast it is then. A disk that is still
// slow is so because of others.
func (b *bench) settle(ctx context.Context, when string) error {
	unix.Sync()
	for deadline := time.Now().Add(settlesIn); ; {
		c, err := canary(b.dir, when)
		if err != nil {
			return err
		}
		if c.P99 <= slow || !time.Now().Before(deadline) {
			b.report.Canaries = append(b.report.Canaries, c)
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(settleEvery):
		}
	}
}

// bareLimits measures what starting processes costs without us.
func (b *bench) bareLimits() error {
	if err := b.measureLimits(1000, 4000); err != nil {
		return err
	}
	rate, width := b.limits.spawnRate, b.limits.spawnWidth
	l := b.report.Limits
	l["spawn p50 ms"], l["spawn p99 ms"] = b.limits.spawnP50, b.limits.spawnP99
	l["start p50 ms"], l["start p99 ms"] = b.limits.startP50, b.limits.startP99
	l["spawn per second"], l["spawn at width"] = rate, float64(width)
	b.add(Figure{Scenario: "limit", Name: "fork+exec+wait of sh -c true, p50", Unit: "ms", Value: b.limits.spawnP50})
	b.add(Figure{Scenario: "limit", Name: fmt.Sprintf("fork+exec+wait, %d at once", width), Unit: "/s", Value: rate, More: true})
	b.add(Figure{Scenario: "limit", Name: "fork to the shell's first write, p50", Unit: "ms", Value: b.limits.startP50})
	return nil
}

// measureLimits measures processes one at a time and several at once, so many of
// each.
func (b *bench) measureLimits(single, several int) error {
	took, err := spawnLatency(b.dir, b.size(single))
	if err != nil {
		return err
	}
	started, err := startLatency(b.pipe, b.dir, b.size(single))
	if err != nil {
		return err
	}
	rate, width, err := spawnRate(b.dir, b.size(several))
	if err != nil {
		return err
	}
	b.limits = limits{
		spawnP50: ms(quantile(took, 0.5)), spawnP99: ms(quantile(took, 0.99)),
		startP50: ms(quantile(started, 0.5)), startP99: ms(quantile(started, 0.99)),
		spawnRate: rate, spawnWidth: width,
	}
	return nil
}

// add takes over a figure that was measured once.
func (b *bench) add(f Figure) {
	f.Least, f.Most = f.Value, f.Value
	b.report.Figures = append(b.report.Figures, f)
}

// mode measures all scenarios in one mode.
func (b *bench) mode(ctx context.Context, mode string) error {
	w, err := b.start(ctx, mode, slots)
	if err != nil {
		return err
	}
	err = b.scenarios(ctx, w)
	if err := errors.Join(err, w.close()); err != nil || !b.o.wants("W9") {
		return err
	}
	return b.many(ctx, mode)
}

// scenario is a way to measure: it returns figures with values.
type scenario struct {
	id  string
	run func(ctx context.Context, w *world, kind string, size func(int) int) ([]Figure, error)
}

func (b *bench) scenarios(ctx context.Context, w *world) error {
	if b.o.wants("W9") {
		if err := b.idle(ctx, w); err != nil {
			return err
		}
	}
	for _, s := range []scenario{
		{"W1", b.oneAtATime}, {"W1", b.asFastAsTaken}, {"W2", b.chains}, {"W3", b.fans}, {"W4", b.sequential},
	} {
		for _, kind := range b.o.kinds {
			if !b.o.wants(s.id) {
				continue
			}
			if err := b.repeat(ctx, w, kind, s); err != nil {
				return fmt.Errorf("%s with %s: %w", s.id, kind, err)
			}
		}
	}
	return nil
}

// repeat warms up, runs a scenario and keeps the medians. The speed of a machine
// changes within a run of the bench, so what starts processes gets its limits
// anew.
func (b *bench) repeat(ctx context.Context, w *world, kind string, s scenario) error {
	tenth := func(n int) int { return max(n/10, 1) }
	if _, err := s.run(ctx, w, kind, tenth); err != nil {
		return fmt.Errorf("warm-up: %w", err)
	}
	if err := b.settle(ctx, fmt.Sprintf("before %s %s %s", s.id, w.mode, kind)); err != nil {
		return err
	}
	if kind == "SHELL" {
		if err := b.measureLimits(300, 1000); err != nil {
			return err
		}
	}
	before := w.sample(true)
	start := time.Now()
	list, err := calmRuns(b.o.repeats, func() (m measured, err error) {
		began := cpuNow()
		m.figures, err = s.run(ctx, w, kind, b.size)
		m.stolen = cpuNow().stolenSince(began)
		return m, err
	})
	if err != nil {
		return err
	}
	b.report.Usage = append(b.report.Usage, footprints(before, w.sample(false), time.Since(start), s.id, w.mode, kind)...)
	runs := map[string][]Figure{}
	var order []string
	for _, m := range list {
		for _, f := range m.figures {
			if runs[f.Name] == nil {
				order = append(order, f.Name)
			}
			f.Stolen = list[len(list)-1].stolen
			runs[f.Name] = append(runs[f.Name], f)
		}
	}
	for _, name := range order {
		f := median(runs[name])
		f.Scenario, f.Mode, f.Kind = s.id, w.mode, kind
		b.report.Figures = append(b.report.Figures, f)
		fmt.Fprintf(os.Stderr, "%s %s %s %s: %s %s %s%s\n", s.id, w.mode, kind, name, number(f.Value), f.Unit, f.Verdict(), f.disturbance())
	}
	return nil
}

// median gives the run in the middle, with the range.
func median(runs []Figure) Figure {
	slices.SortFunc(runs, func(a, b Figure) int {
		if a.Value < b.Value {
			return -1
		}
		return 1
	})
	f := runs[len(runs)/2]
	f.Least, f.Most = runs[0].Value, runs[len(runs)-1].Value
	return f
}

func footprints(before, after map[string]cluster.Usage, took time.Duration, id, mode, kind string) []Footprint {
	var prints []Footprint
	for _, name := range slices.Sorted(maps.Keys(after)) {
		u := after[name]
		cpu := (u.CPU - before[name].CPU).Seconds()
		prints = append(prints, Footprint{
			Scenario: id, Mode: mode, Kind: kind, Process: name,
			RSS: megabytes(u.RSS), Own: megabytes(u.Own), PSS: megabytes(u.PSS), PeakRSS: megabytes(u.PeakRSS), Threads: u.Threads,
			CPU: cpu, Cores: cpu / took.Seconds(),
		})
	}
	return prints
}

func megabytes(bytes int64) float64 { return float64(bytes) / (1 << 20) }
