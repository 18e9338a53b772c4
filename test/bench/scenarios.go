package main

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/porpoise-scheduler/porpoise/test/client"
)

// patience is how long nothing may happen.
const patience = 60 * time.Second

// startLimit is the least a task can take to start: a durable commit, and the
// process, when there is one.
func (b *bench) startLimit(w *world, kind string) (float64, string) {
	if kind == "SHELL" {
		return w.commitP50 + b.limits.startP50, "commit + fork to first write"
	}
	return w.commitP50, "commit"
}

// stepLimit is the least a whole task can take.
func (b *bench) stepLimit(w *world, kind string) float64 {
	if kind == "SHELL" {
		return w.commitP50 + b.limits.spawnP50
	}
	return w.commitP50
}

// rateLimit is the most tasks a second: processes, or rows at two a task.
func (b *bench) rateLimit(w *world, kind string) (float64, string) {
	if kind == "SHELL" {
		return b.limits.spawnRate, "processes/s"
	}
	return w.rows / 2, "rows/s at 2 a task"
}

// loose gives targets on MariaDB: 10 % less throughput, 1.5 times the latency.
func loose(w *world, f Figure) Figure {
	if w.mode != "cluster" {
		return f
	}
	factor := 1.5
	if f.More {
		factor = 0.9
	}
	f.Must, f.Stretch = f.Must*factor, f.Stretch*factor
	return f
}

// oneAtATime is W1's latency: each workflow starts after the last has ended.
func (b *bench) oneAtATime(ctx context.Context, w *world, kind string, size func(int) int) ([]Figure, error) {
	f := chain(kind, 1)
	if kind == "SHELL" {
		f = client.Flow{Lean: true, Tasks: []client.Node{client.Shell("t0", b.pipe.script())}}
	}
	id, err := w.publish(ctx, "one", f)
	if err != nil {
		return nil, err
	}
	var answered, started, over []time.Duration
	last := 0
	for range size(300) {
		begin := time.Now()
		if err := w.p.Start(ctx, id); err != nil {
			return nil, err
		}
		answered = append(answered, time.Since(begin))
		var at time.Time
		if kind == "SHELL" {
			if at, err = b.said(ctx); err != nil {
				return nil, err
			}
		}
		i, err := w.ended(ctx, id, last, 10*time.Millisecond)
		if err != nil {
			return nil, err
		}
		over = append(over, i.EndTime.Sub(begin))
		if last = i.ID; kind != "SHELL" {
			if at, err = w.taskStart(ctx, i.ID); err != nil {
				return nil, err
			}
		}
		started = append(started, at.Sub(begin))
	}
	limit, is := b.startLimit(w, kind)
	figure := func(name string, values []time.Duration, q, limit, must, stretch float64) Figure {
		return loose(w, Figure{
			Name: name, Unit: "ms", Value: ms(quantile(values, q)), Limit: limit, LimitIs: is, Must: must, Stretch: stretch,
		})
	}
	return []Figure{
		figure("trigger to started p50", started, 0.5, limit, 5, 2),
		figure("trigger to started p99", started, 0.99, 0, 20, 8),
		figure("trigger to answer p50", answered, 0.5, w.commitP50, 0, 0),
		figure("trigger to end p50", over, 0.5, 0, 0, 0),
	}, nil
}

// said waits for the next task to say that it runs.
func (b *bench) said(ctx context.Context) (time.Time, error) {
	select {
	case at := <-b.pipe.said:
		return at, nil
	case <-time.After(patience):
		return time.Time{}, fmt.Errorf("the task did not start within %s", patience)
	case <-ctx.Done():
		return time.Time{}, ctx.Err()
	}
}

// ended waits for an instance newer than last to end. It looks seldom, since
// looking costs the scheduler more than a step does; the rows say when it was.
func (w *world) ended(ctx context.Context, definition, last int, every time.Duration) (client.Instance, error) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		page, err := w.p.Instances(ctx, definition, "", 1, 1)
		if err != nil {
			return client.Instance{}, err
		}
		for _, i := range page.TotalList {
			if i.ID > last && client.Terminal(i.State) {
				return i, success(i)
			}
		}
		select {
		case <-ctx.Done():
			return client.Instance{}, ctx.Err()
		case <-tick.C:
		}
	}
	return client.Instance{}, fmt.Errorf("no instance of definition %d ended within %s", definition, patience)
}

func success(i client.Instance) error {
	if i.State != client.Success {
		return fmt.Errorf("instance %d ended as %s", i.ID, i.State)
	}
	return nil
}

// taskStart is when the only task of an instance started, by its row.
func (w *world) taskStart(ctx context.Context, instance int) (time.Time, error) {
	tasks, err := w.p.Tasks(ctx, instance)
	if err != nil {
		return time.Time{}, err
	}
	if len(tasks) != 1 {
		return time.Time{}, fmt.Errorf("instance %d has %d tasks", instance, len(tasks))
	}
	return tasks[0].StartTime.Time, nil
}

// burst starts a definition n times as fast as it is taken, and gives the time
// from the first request to the last end, by the rows, and all instances.
func (w *world) burst(ctx context.Context, definition, n int) (time.Duration, []client.Instance, error) {
	begin := time.Now()
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(callers)
	for range n {
		group.Go(func() error { return w.p.Start(inner, definition) })
	}
	if err := group.Wait(); err != nil {
		return 0, nil, err
	}
	err := w.all(ctx, definition, n)
	if err != nil {
		return 0, nil, err
	}
	instances, err := w.p.AllInstances(ctx, definition)
	if err != nil {
		return 0, nil, err
	}
	var last time.Time
	for _, i := range instances {
		if i.EndTime.After(last) {
			last = i.EndTime.Time
		}
	}
	return last.Sub(begin), instances, nil
}

// all waits until n instances have succeeded. It looks seldom: the rows say
// when the last ended.
func (w *world) all(ctx context.Context, definition, n int) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	return client.Poll(ctx, patience, func(ctx context.Context) (string, bool, error) {
		select {
		case <-ctx.Done():
			return "", false, ctx.Err()
		case <-tick.C:
		}
		page, err := w.p.Instances(ctx, definition, client.Success, 1, 1)
		return fmt.Sprintf("%d of %d instances have succeeded", page.Total, n), page.Total >= n, err
	})
}

// asFastAsTaken is W1's throughput.
func (b *bench) asFastAsTaken(ctx context.Context, w *world, kind string, size func(int) int) ([]Figure, error) {
	id, err := w.publish(ctx, "burst", chain(kind, 1))
	if err != nil {
		return nil, err
	}
	n := size(5000)
	took, _, err := w.burst(ctx, id, n)
	if err != nil {
		return nil, err
	}
	limit, is := b.rateLimit(w, kind)
	return []Figure{loose(w, Figure{
		Name: "workflows", Unit: "/s", More: true, Value: float64(n) / took.Seconds(),
		Limit: limit, LimitIs: is, Must: 800, Stretch: 1200,
	})}, nil
}

// chains is W2: many workflows of ten tasks in a row.
func (b *bench) chains(ctx context.Context, w *world, kind string, size func(int) int) ([]Figure, error) {
	const length = 10
	id, err := w.publish(ctx, "chain", chain(kind, length))
	if err != nil {
		return nil, err
	}
	n := size(1000)
	took, instances, err := w.burst(ctx, id, n)
	if err != nil {
		return nil, err
	}
	gaps, err := w.gaps(ctx, instances[:min(len(instances), 50)])
	if err != nil {
		return nil, err
	}
	limit, is := b.rateLimit(w, kind)
	must, stretch := 1000.0, 1300.0
	if kind != "SHELL" {
		if must, stretch = 8000, 12000; w.mode == "cluster" {
			must, stretch = 10000/0.9, 20000/0.9 // its own target, not the loosened one
		}
	}
	return []Figure{
		loose(w, Figure{
			Name: "tasks", Unit: "/s", More: true, Value: float64(n*length) / took.Seconds(),
			Limit: limit, LimitIs: is, Must: must, Stretch: stretch,
		}),
		{Name: "ready to started p50, all busy", Unit: "ms", Value: ms(quantile(gaps, 0.5))},
		{Name: "ready to started p99, all busy", Unit: "ms", Value: ms(quantile(gaps, 0.99))},
	}, nil
}

// gaps gives, for instances of chains, the time from the end of each task to
// the start of the next, by the rows.
func (w *world) gaps(ctx context.Context, instances []client.Instance) ([]time.Duration, error) {
	var gaps []time.Duration
	for _, i := range instances {
		tasks, err := w.p.Tasks(ctx, i.ID)
		if err != nil {
			return nil, err
		}
		at := map[string]client.Task{}
		for _, t := range tasks {
			at[t.Name] = t
		}
		for n := 1; n < len(tasks); n++ {
			before, after := at[fmt.Sprintf("t%d", n-1)], at[fmt.Sprintf("t%d", n)]
			gaps = append(gaps, after.StartTime.Sub(before.EndTime.Time))
		}
	}
	return gaps, nil
}

// fans is W3: one task, many after it, one that joins.
func (b *bench) fans(ctx context.Context, w *world, kind string, size func(int) int) ([]Figure, error) {
	var figures []Figure
	took := map[int]float64{}
	for _, wide := range []int{100, 1000, 10000} {
		n := size(wide)
		id, err := w.publish(ctx, "fan", fan(kind, n))
		if err != nil {
			return nil, err
		}
		lasted, _, err := w.burst(ctx, id, 1)
		if err != nil {
			return nil, err
		}
		took[wide] = lasted.Seconds()
		rate, is := b.rateLimit(w, kind)
		f := Figure{
			Name: fmt.Sprintf("fan-out of %d and join", n), Unit: "s", Value: took[wide],
			Limit: float64(n+2) / rate, LimitIs: is,
		}
		switch n {
		case 1000:
			f.Must, f.Stretch = 1.2, 0.8
		case 10000:
			f.Must, f.Stretch = 12, 8
		}
		figures = append(figures, loose(w, f))
	}
	return append(figures, Figure{Name: "widest by ten times narrower", Unit: "times", Value: took[10000] / took[1000], Must: 12}), nil
}

// sequential is W4: forty light tasks in a row, nothing else going on.
func (b *bench) sequential(ctx context.Context, w *world, kind string, size func(int) int) ([]Figure, error) {
	const length = 40
	id, err := w.publish(ctx, "steps", chain(kind, length))
	if err != nil {
		return nil, err
	}
	var total []time.Duration
	var ran []client.Instance
	last := 0
	for range size(20) {
		begin := time.Now()
		if err := w.p.Start(ctx, id); err != nil {
			return nil, err
		}
		i, err := w.ended(ctx, id, last, 40*time.Millisecond)
		if err != nil {
			return nil, err
		}
		last, ran, total = i.ID, append(ran, i), append(total, i.EndTime.Sub(begin))
	}
	gaps, err := w.gaps(ctx, ran)
	if err != nil {
		return nil, err
	}
	whole := ms(quantile(total, 0.5))
	limit, is := b.startLimit(w, kind)
	return []Figure{
		loose(w, Figure{
			Name: "40 steps", Unit: "ms", Value: whole, Limit: length * b.stepLimit(w, kind), LimitIs: "40 x (commit + process)",
			Must: 200, Stretch: 120,
		}),
		{Name: "a step", Unit: "ms", Value: whole / length, Limit: b.stepLimit(w, kind)},
		loose(w, Figure{
			Name: "ready to started p50, slot free", Unit: "ms", Value: ms(quantile(gaps, 0.5)), Limit: limit, LimitIs: is, Must: 2, Stretch: 1,
		}),
		loose(w, Figure{
			Name: "ready to started p99, slot free", Unit: "ms", Value: ms(quantile(gaps, 0.99)), Must: 10, Stretch: 5,
		}),
	}, nil
}
