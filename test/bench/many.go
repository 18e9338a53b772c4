package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/porpoise-scheduler/porpoise/test/client"
)

// calm is how long an idle scheduler is watched.
const calm = 10 * time.Second

// settling is how long after a burst memory is looked at: what it took to begin
// is to be given back by then.
const settling = 25 * time.Second

// idle is W9's first half: nothing to do.
func (b *bench) idle(ctx context.Context, w *world) error {
	before := w.sample(true)
	start := time.Now()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(calm):
	}
	prints := footprints(before, w.sample(false), time.Since(start), "idle", w.mode, "")
	b.report.Usage = append(b.report.Usage, prints...)
	var shares, cores float64
	for _, p := range prints {
		if p.Process != "mariadb" && p.Process != "etcd" {
			shares, cores = shares+p.PSS, cores+p.Cores
		}
	}
	figures := []Figure{
		{Name: "idle memory of all our processes, shared pages once", Unit: "MB", Value: shares, Must: 80, Stretch: 60},
		{Name: "idle CPU of all our processes", Unit: "% of a core", Value: 100 * cores, Must: 2, Stretch: 1},
	}
	for _, f := range figures {
		f.Scenario, f.Mode = "W9", w.mode
		if w.mode != "standalone" {
			f.Must, f.Stretch = 0, 0 // the targets are of one binary
		}
		b.add(f)
	}
	return nil
}

// many is W9's second half: 10,000 tasks sleep at once.
func (b *bench) many(ctx context.Context, mode string) error {
	w, err := b.start(ctx, mode, manySlots)
	if err != nil {
		return err
	}
	return errors.Join(b.sleepers(ctx, w), w.close())
}

func (b *bench) sleepers(ctx context.Context, w *world) error {
	const seconds = 3600 // until stopped
	n := b.size(10_000)
	f := client.Flow{Lean: true, Tasks: []client.Node{client.Noop("start")}}
	for i := range n {
		f.Tasks = append(f.Tasks, client.Shell(fmt.Sprintf("t%d", i), fmt.Sprintf("exec sleep %d", seconds), "start"))
	}
	id, err := w.publish(ctx, "sleepers", f)
	if err != nil {
		return err
	}
	before := w.sample(true)
	start := time.Now()
	i, err := w.p.Run(ctx, id, patience)
	if err != nil {
		return err
	}
	if err := w.await(ctx, i.ID, n); err != nil {
		return err
	}
	up := time.Since(start)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(settling):
	}
	prints := footprints(before, w.sample(false), time.Since(start), "W9", w.mode, "SHELL")
	b.report.Usage = append(b.report.Usage, prints...)
	b.add(Figure{Scenario: "W9", Mode: w.mode, Kind: "SHELL", Name: fmt.Sprintf("%d tasks asleep after", n), Unit: "s", Value: up.Seconds()})
	b.asleep(w, prints)
	return b.stop(ctx, w, i.ID, n)
}

// await waits until n tasks of the instance run.
func (w *world) await(ctx context.Context, instance, n int) error {
	return client.Poll(ctx, patience, func(ctx context.Context) (string, bool, error) {
		running, err := w.p.CountTasks(ctx, instance, client.Running)
		return fmt.Sprintf("%d of %d tasks run", running, n), running >= n, err
	})
}

// asleep compares with the targets, which are per role.
func (b *bench) asleep(w *world, prints []Footprint) {
	for _, p := range prints {
		add := func(name, unit string, value, must, stretch float64) {
			b.add(Figure{Scenario: "W9", Mode: w.mode, Kind: "SHELL", Name: name + " of " + p.Process, Unit: unit, Value: value, Must: must, Stretch: stretch})
		}
		switch p.Process {
		case "standalone":
			add("RSS", "MB", p.RSS, 110, 55) // master and worker in one
			add("threads", "", float64(p.Threads), 50, 0)
		case "master-1":
			add("RSS", "MB", p.RSS, 30, 15)
		case "worker-1", "supervisor of worker-1", "supervisor of standalone":
			add("RSS", "MB", p.RSS, 80, 40)
			add("threads", "", float64(p.Threads), 50, 0)
		}
	}
}

// stop ends the sleepers and says how long it took to end them all.
func (b *bench) stop(ctx context.Context, w *world, instance, n int) error {
	start := time.Now()
	if err := w.p.Execute(ctx, instance, "STOP"); err != nil {
		return err
	}
	if _, err := w.p.Await(ctx, instance, patience, client.Stopped); err != nil {
		return err
	}
	b.add(Figure{
		Scenario: "W9", Mode: w.mode, Kind: "SHELL", Name: fmt.Sprintf("stop of %d tasks", n), Unit: "s", Value: time.Since(start).Seconds(),
	})
	return nil
}
