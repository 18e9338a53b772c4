package alerting

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/porpoise-scheduler/porpoise/pkg/engine"
	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// deliver makes one attempt and stores its outcome.
func (s *Sender) deliver(ctx context.Context, row store.DeliveryRow) {
	err := s.attempt(ctx, row)
	d := s.outcome(row.Delivery, err)
	log := s.deps.Log.With("delivery", d.ID, "alert", d.AlertID, "kind", d.Kind, "attempt", d.Attempts)
	switch d.State {
	case workflow.DeliverySent:
		log.Debug("alert sent")
	case workflow.DeliveryFailed:
		log.Warn("alert given up", "err", d.LastError)
	default:
		log.Info("alert could not be sent; it will be tried again", "again_at", d.NextTry, "err", d.LastError)
	}
	if err := s.finish(ctx, d); err != nil {
		log.Warn("the outcome of an alert could not be stored; it will be repeated", "err", err)
		return
	}
	s.count(d)
}

// attempt sends the message. A channel that panics is an attempt that failed.
func (s *Sender) attempt(ctx context.Context, row store.DeliveryRow) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = notify.Unknown(fmt.Errorf("sending panicked: %v", p))
			s.deps.Log.Error("sending an alert panicked", "delivery", row.ID, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, s.cfg.SendFor)
	defer cancel()
	m, err := s.deps.Writer.Write(notify.Subject{
		DeliveryID: notify.DeliveryID(row.ID), Alert: row.Alert,
		Project: s.projectName(ctx, row.Alert.ProjectID), Workflow: s.workflowName(ctx, &row.Alert),
	})
	if err != nil {
		return notify.Hopeless(err)
	}
	if row.ChannelID == 0 {
		return s.deps.Mailer.Send(ctx, notify.MailOf(m, split(row.Address), split(row.Cc)))
	}
	channel, err := s.channel(ctx, row.ChannelID)
	if err != nil {
		return err
	}
	defer channel.Close()
	return channel.Send(ctx, m)
}

// projectName is empty when the project is gone: the message does without.
func (s *Sender) projectName(ctx context.Context, id int64) string {
	if id == 0 {
		return ""
	}
	p, err := s.deps.Projects.Get(ctx, id)
	if err != nil {
		return ""
	}
	return p.Name
}

// workflowName looks up what the facts do not tell.
func (s *Sender) workflowName(ctx context.Context, a *workflow.Alert) string {
	var facts engine.Facts
	if json.Unmarshal([]byte(a.Content), &facts) != nil || facts.Workflow != "" || facts.DefinitionID == 0 {
		return ""
	}
	d, err := s.deps.Definitions.Get(ctx, facts.DefinitionID)
	if err != nil {
		return ""
	}
	return d.Name
}

// channel opens a delivery's channel as it is configured now.
func (s *Sender) channel(ctx context.Context, id int64) (notify.Channel, error) {
	c, err := s.deps.Channels.Get(ctx, id)
	switch {
	case workflow.ErrorCode(err) == workflow.NotFound:
		return nil, notify.Hopeless(errors.New("the channel was removed"))
	case err != nil:
		return nil, err
	case !c.Enabled:
		return nil, notify.Hopeless(errors.New("the channel was switched off"))
	}
	return s.deps.Kinds.New(c.Kind, c.Settings)
}

// outcome is what is stored about an attempt.
func (s *Sender) outcome(d workflow.Delivery, err error) workflow.Delivery {
	now := s.deps.Now()
	if err == nil {
		d.State, d.LastError, d.EndTime = workflow.DeliverySent, "", now
		return d
	}
	d.LastError = short(err.Error())
	if s.hopeless(&d, err, now) {
		d.State, d.EndTime = workflow.DeliveryFailed, now
		return d
	}
	d.State, d.NextTry = workflow.DeliveryPending, now.Add(s.pause(d.Attempts))
	if notify.IsUnknown(err) {
		d.Repeated++
	}
	return d
}

func (s *Sender) hopeless(d *workflow.Delivery, err error, now time.Time) bool {
	return notify.IsHopeless(err) || d.Attempts >= s.cfg.MaxAttempts || now.Sub(d.CreateTime) >= s.cfg.GiveUp
}

// pause is how long to wait after an attempt: 1, 2, 4... times the first pause,
// and up to a tenth more, so that what failed together does not come back
// together.
func (s *Sender) pause(attempts int) time.Duration {
	p := s.cfg.FirstPause
	for i := 1; i < attempts && p < s.cfg.MaxPause; i++ {
		p *= 2
	}
	p = min(p, s.cfg.MaxPause)
	return p + rand.N(p/10+1)
}

// finish stores an outcome, as long as the lease holds and the database is
// away.
func (s *Sender) finish(ctx context.Context, d workflow.Delivery) error {
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval = 50*time.Millisecond, 2*time.Second
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := s.deps.Outbox.Finish(ctx, s.cfg.Owner, d)
		if err != nil && workflow.ErrorCode(err) != workflow.Unavailable {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(wait), backoff.WithMaxElapsedTime(s.cfg.Lease-s.cfg.SendFor))
	return err
}

// maxError is how much of an error is kept.
const maxError = 500

func short(s string) string {
	s = strings.ToValidUTF8(strings.Join(strings.Fields(s), " "), "?")
	if r := []rune(s); len(r) > maxError {
		return string(r[:maxError]) + "…"
	}
	return s
}
