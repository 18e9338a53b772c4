package agent

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
)

// remember makes the outcome survive this life of the worker.
func (f *follower) remember() {
	r := proto.CloneOf(f.outcome)
	f.agent.post(func() {
		if t := f.agent.attempts[r.GetAttemptId()]; t != nil && t.phase == following {
			t.outcome = r
			f.agent.note(followRecord, r)
			f.agent.after(func(error) {})
		}
	})
}

// killAll ends what still runs, and says so in the outcome when that cannot be
// done in time. It is false when the worker stops.
func (f *follower) killAll(ctx context.Context) bool {
	limited, cancel := context.WithTimeout(ctx, f.agent.cfg.Follow.KillWait)
	defer cancel()
	p := newPace(f.agent.cfg.Follow)
	asked := map[string]bool{}
	for {
		var last error
		f.apps, last = f.killEach(limited, asked)
		if len(f.apps) == 0 {
			return true
		}
		if p.wait(limited) {
			continue
		}
		if ctx.Err() != nil {
			return false
		}
		if last == nil {
			last = errors.New("it did not end in time")
		}
		f.outcome.Reason = strings.TrimPrefix(f.outcome.GetReason()+"; ", "; ") +
			fmt.Sprintf("%s may still run: %v", strings.Join(f.apps, ", "), last)
		return true
	}
}

// killEach asks YARN to kill what was not asked for yet, and gives what is not
// over.
func (f *follower) killEach(ctx context.Context, asked map[string]bool) (left []string, last error) {
	for _, id := range f.apps {
		app, err := f.agent.Applications.Application(ctx, f.entry.User, id)
		if errors.Is(err, task.ErrNoApplication) || err == nil && (app.Over || f.isOthers(app)) {
			continue
		}
		left = append(left, id)
		if err == nil && !asked[id] {
			if err = f.agent.Applications.Kill(ctx, f.entry.User, id); err == nil {
				asked[id] = true
				f.note("asked YARN to kill " + id)
			}
		}
		if err != nil {
			last = err
		}
	}
	return left, last
}

// pace waits between questions, longer and longer.
type pace struct {
	every, most time.Duration
	patience    time.Duration
	heard       time.Time
}

func newPace(c Follow) *pace {
	return &pace{every: c.Every, most: 10 * c.Every, patience: c.Patience, heard: time.Now()}
}

func (p *pace) answered() { p.heard = time.Now() }

// lost reports whether nothing was heard for too long.
func (p *pace) lost() bool { return time.Since(p.heard) > p.patience }

// wait is false when ctx ends first.
func (p *pace) wait(ctx context.Context) bool {
	t := time.NewTimer(p.every)
	defer t.Stop()
	p.every = min(p.every*5/4, p.most)
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
