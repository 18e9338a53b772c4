package supervisor

import (
	"context"
	"log/slog"
	"sync"
	"syscall"
	"time"

	"github.com/porpoise-scheduler/porpoise/worker/internal/contain"
)

// undertaker signals cells and looks whether they are empty: work that may
// read all of /proc and must not hold the loop up.
type undertaker struct {
	out chan<- uint64 // seq of attempts whose cells are empty
	log *slog.Logger

	mu      sync.Mutex
	signals []cellSignal
	drains  []*drain
	wake    chan struct{}
}

type cellSignal struct {
	cell contain.Cell
	sig  syscall.Signal
}

// drain is a cell whose main process was reaped.
type drain struct {
	cell     contain.Cell
	seq      uint64
	killFrom time.Time // leave it alone until then
}

func newUndertaker(out chan<- uint64, log *slog.Logger) *undertaker {
	return &undertaker{out: out, log: log, wake: make(chan struct{}, 1)}
}

// signal sends to every process of the cell, once.
func (u *undertaker) signal(cell contain.Cell, sig syscall.Signal) {
	u.mu.Lock()
	u.signals = append(u.signals, cellSignal{cell, sig})
	u.mu.Unlock()
	u.rouse()
}

// drain kills what is in the cell from the given time on, and tells seq when
// nothing is left.
func (u *undertaker) drain(cell contain.Cell, seq uint64, killFrom time.Time) {
	u.mu.Lock()
	u.drains = append(u.drains, &drain{cell, seq, killFrom})
	u.mu.Unlock()
	u.rouse()
}

func (u *undertaker) rouse() {
	select {
	case u.wake <- struct{}{}:
	default:
	}
}

// Drained cells are looked at again after firstLook, then less and less often.
const (
	firstLook = time.Millisecond
	lastLook  = 50 * time.Millisecond
)

func (u *undertaker) run(ctx context.Context) {
	var open []*drain
	look := firstLook
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		if len(open) > 0 {
			timer.Reset(look)
		}
		select {
		case <-ctx.Done():
			return
		case <-u.wake:
			look = firstLook
		case <-timer.C:
			look = min(2*look, lastLook)
		}
		signals, drains := u.take()
		for _, s := range signals {
			if err := s.cell.Signal(s.sig); err != nil {
				u.log.Warn("signalling an attempt", "signal", s.sig, "error", err)
			}
		}
		if open = u.round(ctx, append(open, drains...)); len(open) == 0 {
			timer.Stop()
		}
	}
}

func (u *undertaker) take() ([]cellSignal, []*drain) {
	u.mu.Lock()
	defer u.mu.Unlock()
	s, d := u.signals, u.drains
	u.signals, u.drains = nil, nil
	return s, d
}

// round kills and looks; it gives what is not empty yet.
func (u *undertaker) round(ctx context.Context, open []*drain) []*drain {
	var left []*drain
	for _, d := range open {
		if u.empty(d) {
			select {
			case u.out <- d.seq:
			case <-ctx.Done():
				return nil
			}
			continue
		}
		left = append(left, d)
	}
	return left
}

func (u *undertaker) empty(d *drain) bool {
	if !time.Now().Before(d.killFrom) {
		if err := d.cell.Signal(syscall.SIGKILL); err != nil {
			u.log.Warn("killing an attempt's processes", "error", err)
		}
	}
	empty, err := d.cell.Empty()
	if err != nil {
		u.log.Warn("looking for an attempt's processes", "error", err)
	}
	return empty && err == nil
}
