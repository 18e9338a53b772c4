// Package alerting sends the alerts of the outbox. Every master has a sender,
// and they share the work: what one has claimed, others leave alone until its
// lease ends.
//
//	committed alert -> planned: one delivery per mail address and per channel
//	delivery PENDING -> claimed, sent -> SENT
//	                            failed -> PENDING again, later; FAILED in the end
//
// A delivery is repeated only when nobody knows what became of an attempt: its
// sender died before it stored the outcome, or no answer came. Such attempts
// are counted with the delivery, and receivers tell by its id.
package alerting

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Config tunes a sender. Zero values have defaults.
type Config struct {
	Owner       string        // who claims; different for every life of a process
	Poll        time.Duration // the safety net under Wake; default 5 s
	SendFor     time.Duration // how long one attempt may take; default 30 s
	Lease       time.Duration // of a claim; default twice SendFor, not less
	AtOnce      int           // attempts under way; default 32
	PerChannel  int           // of these, to one channel; mail is one; default 4
	FirstPause  time.Duration // before the second attempt; doubles; default 1 min
	MaxPause    time.Duration // default 30 min
	MaxAttempts int           // default 60
	GiveUp      time.Duration // after the planning; default 24 h
	StopGrace   time.Duration // for attempts under way at the end; default 10 s
}

func (c Config) withDefaults() Config {
	c.Poll = cmp.Or(c.Poll, 5*time.Second)
	c.SendFor = cmp.Or(c.SendFor, 30*time.Second)
	c.Lease = max(c.Lease, 2*c.SendFor)
	c.AtOnce = cmp.Or(c.AtOnce, 32)
	c.PerChannel = cmp.Or(c.PerChannel, 4)
	c.FirstPause = cmp.Or(c.FirstPause, time.Minute)
	c.MaxPause = cmp.Or(c.MaxPause, 30*time.Minute)
	c.MaxAttempts = cmp.Or(c.MaxAttempts, 60)
	c.GiveUp = cmp.Or(c.GiveUp, 24*time.Hour)
	c.StopGrace = cmp.Or(c.StopGrace, 10*time.Second)
	return c
}

// Projects and Definitions know the names a message says.
type (
	Projects interface {
		Get(ctx context.Context, id int64) (workflow.Project, error)
	}
	Definitions interface {
		Get(ctx context.Context, id int64) (workflow.Definition, error)
	}
)

// Deps are a sender's collaborators.
type Deps struct {
	Outbox      store.Deliveries
	Groups      store.AlertGroups
	Channels    store.AlertChannels
	Projects    Projects
	Definitions Definitions
	Kinds       *notify.Kinds
	Mailer      notify.Mailer
	Writer      notify.Writer
	Now         func() time.Time // the database's clock, as far as known
	Log         *slog.Logger
}

// Sender plans and sends.
type Sender struct {
	cfg     Config
	deps    Deps
	metrics *Metrics
	wake    chan struct{}
	ended   chan int64     // channels of attempts that are over
	sending sync.WaitGroup // attempts
	active  map[int64]int  // attempts under way by channel; of the loop
	total   int
}

// New makes a sender. It does nothing before Run.
func New(cfg Config, deps Deps) *Sender {
	cfg = cfg.withDefaults()
	return &Sender{
		cfg: cfg, deps: deps, metrics: newMetrics(),
		wake: make(chan struct{}, 1), ended: make(chan int64, cfg.AtOnce), active: map[int64]int{},
	}
}

// Wake says that alerts were committed. It never blocks.
func (s *Sender) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run sends until ctx ends. Attempts under way then get a little time to end;
// what is cut off is repeated by another sender when the lease is over.
func (s *Sender) Run(ctx context.Context) error {
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	limit := context.AfterFunc(ctx, func() { time.AfterFunc(s.cfg.StopGrace, stop) })
	defer limit()
	defer s.sending.Wait()

	tick := time.NewTicker(s.cfg.Poll)
	defer tick.Stop()
	for {
		more := s.turn(ctx, work)
		if !s.await(ctx, tick.C, more) {
			return nil
		}
	}
}

// turn plans what is new and begins what is due. More says that an attempt's
// end makes room for others that wait.
func (s *Sender) turn(ctx, work context.Context) (more bool) {
	if err := s.plan(ctx); err != nil && ctx.Err() == nil {
		s.deps.Log.Warn("planning alerts", "err", err)
	}
	more, err := s.begin(ctx, work)
	if err != nil && ctx.Err() == nil {
		s.deps.Log.Warn("looking for alerts to send", "err", err)
	}
	return more
}

// await waits for a reason for the next turn; false when ctx ends.
func (s *Sender) await(ctx context.Context, tick <-chan time.Time, more bool) bool {
	for {
		select {
		case <-s.wake:
			return true
		case <-tick:
			return true
		case channel := <-s.ended:
			s.over(channel)
			s.drain()
			if more {
				return true
			}
		case <-ctx.Done():
			return false
		}
	}
}

func (s *Sender) over(channel int64) {
	s.total--
	if s.active[channel]--; s.active[channel] == 0 {
		delete(s.active, channel)
	}
}

// drain takes note of all that has ended, so that one claim fills the room.
func (s *Sender) drain() {
	for {
		select {
		case channel := <-s.ended:
			s.over(channel)
		default:
			return
		}
	}
}

// begin claims as much as there is room for. No claim can take more of one
// channel than that has room for: each is as small as the smallest room left.
func (s *Sender) begin(ctx, work context.Context) (more bool, err error) {
	for {
		room, busy := s.room()
		if room <= 0 {
			return true, nil
		}
		rows, err := s.deps.Outbox.Claim(ctx, s.cfg.Owner, s.deps.Now(), s.cfg.Lease, room, busy...)
		if err != nil {
			return false, err
		}
		for i := range rows {
			s.start(work, rows[i])
		}
		if len(rows) < room {
			return len(busy) > 0 || len(rows) > 0, nil
		}
	}
}

// room is how many deliveries may begin at once, and which channels have none.
func (s *Sender) room() (room int, busy []int64) {
	room = min(s.cfg.AtOnce-s.total, s.cfg.PerChannel)
	for channel, n := range s.active {
		if n >= s.cfg.PerChannel {
			busy = append(busy, channel)
			continue
		}
		room = min(room, s.cfg.PerChannel-n)
	}
	return room, busy
}

func (s *Sender) start(work context.Context, row store.DeliveryRow) {
	s.total++
	s.active[row.ChannelID]++
	s.sending.Go(func() {
		s.deliver(work, row)
		s.ended <- row.ChannelID
	})
}

// defaultGroup is the alert group every installation begins with.
const defaultGroup = 1

// groupOf is the group an alert is for. What nobody may overlook goes to the
// default group when the workflow names none.
func groupOf(a *workflow.Alert) int64 {
	if a.GroupID != 0 || a.Receivers != "" {
		return a.GroupID
	}
	switch a.Kind {
	case workflow.AlertNoStart, workflow.AlertHold, workflow.AlertMissed, workflow.AlertPoison:
		return defaultGroup
	}
	return 0
}
