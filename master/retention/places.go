package retention

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// lookup is how many logs are looked up together.
const lookup = 500

// place is where logs of ended attempts are.
type place interface {
	// pages yields those that were last written to before a moment. It ends
	// after the first error.
	pages(ctx context.Context, before time.Time) iter.Seq2[[]endedLog, error]
	// remove gives those that it removed; others are needed, or gone already.
	remove(ctx context.Context, page []endedLog) ([]endedLog, error)
}

// endedLog is a log in a place.
type endedLog struct {
	attempt int64
	key     string // in the log store
	size    int64
	at      time.Time // last written to
}

// refusal is what a place answered: the other places may do better.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

// shippedLogs and logsOnWorkers say where a report counts the logs of a place.
func shippedLogs(l *workflow.SweptLogs) *workflow.Amount   { return &l.Shipped }
func logsOnWorkers(l *workflow.SweptLogs) *workflow.Amount { return &l.OnWorkers }

// files looks through all places for logs that are older than their projects
// keep them and for those of attempts that are gone, and through the caches for
// resources that nobody used for long. It removes them, or counts.
func (r *run) files(ctx context.Context) error {
	if store := r.deps.Logs.Store; store != nil {
		err := r.visit(ctx, "log store", func(ctx context.Context) error {
			return r.lookThrough(ctx, shipped{r.deps.Logs}, shippedLogs)
		})
		if err != nil {
			return err
		}
	}
	var workers []coord.Member
	err := r.visit(ctx, "workers", func(ctx context.Context) (err error) {
		workers, err = r.deps.Workers.living(ctx)
		return err
	})
	for i := 0; err == nil && i < len(workers); i++ {
		err = r.visit(ctx, workers[i].ID, func(ctx context.Context) error { return r.visitWorker(ctx, workers[i]) })
	}
	return err
}

// visit notes a place that refuses, or for which there is no time any more.
func (r *run) visit(ctx context.Context, name string, do func(context.Context) error) error {
	err := do(ctx)
	var refused refusal
	switch {
	case err == nil || errors.Is(ctx.Err(), context.Canceled):
		return err
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		err = errors.New("there was no time left for it")
	case !errors.As(err, &refused):
		return err
	}
	r.note(func(report *workflow.SweepReport) {
		report.Unasked = append(report.Unasked, workflow.Unasked{Place: name, Reason: err.Error()})
	})
	return nil
}

func (r *run) visitWorker(ctx context.Context, m coord.Member) error {
	w, err := r.deps.Workers.open(m)
	if err != nil {
		return refusal{err}
	}
	// What remains to be done to a connection that is not used again is of no
	// interest.
	defer func() { _ = w.conn.Close() }()
	if err := r.lookThrough(ctx, w, logsOnWorkers); err != nil {
		return err
	}
	before, ok := ago(r.now, r.cache)
	if !ok {
		return nil
	}
	amount, err := w.unused(ctx, before, r.remove)
	if err != nil {
		return refusal{err}
	}
	r.note(func(report *workflow.SweepReport) { report.Cached.Add(amount) })
	return nil
}

func (r *run) lookThrough(ctx context.Context, p place, pick func(*workflow.SweptLogs) *workflow.Amount) error {
	for page, err := range p.pages(ctx, r.now.Add(-min(r.cfg.OrphanAge, 24*time.Hour))) {
		if err != nil {
			return refusal{err}
		}
		if err := r.sweepPage(ctx, p, page, pick); err != nil {
			return err
		}
		if err := r.pause(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) sweepPage(ctx context.Context, p place, page []endedLog, pick func(*workflow.SweptLogs) *workflow.Amount) error {
	ids := make([]int64, len(page))
	for i, l := range page {
		ids[i] = l.attempt
	}
	projects, err := r.deps.Retentions.ProjectsOf(ctx, ids)
	if err != nil {
		return fmt.Errorf("looking up attempts of logs: %w", err)
	}
	line := lines(r.policies)
	var old []endedLog
	for _, l := range page {
		project, there := projects[l.attempt]
		if r.tooOld(l, there, r.policies[line(project)]) {
			old = append(old, l)
		}
	}
	var refused error
	if r.remove && len(old) > 0 {
		if old, err = p.remove(ctx, old); err != nil {
			refused = refusal{fmt.Errorf("removing logs: %w", err)}
		}
	}
	r.note(func(report *workflow.SweepReport) {
		for _, l := range old {
			into := &report.Orphans
			if project, there := projects[l.attempt]; there {
				into = &report.Policies[line(project)].SweptLogs
			}
			pick(into).Add(workflow.Amount{Files: 1, Bytes: l.size})
		}
	})
	return refused
}

// tooOld reports a log that its project's policy keeps no longer. Whose attempt
// is gone has none.
func (r *run) tooOld(l endedLog, there bool, p Policy) bool {
	if !there {
		return r.now.Sub(l.at) >= r.cfg.OrphanAge
	}
	before, limited := ago(r.now, p.LogDays)
	return limited && l.at.Before(before)
}
