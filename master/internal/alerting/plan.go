package alerting

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/engine"
	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// planAtOnce is how many alerts are read together.
const planAtOnce = 100

// plan makes deliveries of all alerts that have none.
func (s *Sender) plan(ctx context.Context) error {
	audiences := map[int64]audience{} // of groups, for this call
	for {
		alerts, err := s.deps.Outbox.Unplanned(ctx, planAtOnce)
		if err != nil {
			return err
		}
		for i := range alerts {
			if err := s.planOne(ctx, &alerts[i], audiences); err != nil {
				return fmt.Errorf("alert %d: %w", alerts[i].ID, err)
			}
		}
		if len(alerts) < planAtOnce {
			return nil
		}
	}
}

func (s *Sender) planOne(ctx context.Context, a *workflow.Alert, audiences map[int64]audience) error {
	group := groupOf(a)
	who, known := audiences[group]
	if !known && group != 0 {
		var err error
		if who, err = s.audience(ctx, group); err != nil {
			return err
		}
		audiences[group] = who
	}
	if err := s.deps.Outbox.Plan(ctx, a.ID, s.deliveries(a, who)); err != nil {
		return err
	}
	s.metrics.planned.Inc()
	return nil
}

// audience is who hears of a group's alerts.
type audience struct {
	to, cc   []string // mail addresses, not checked
	channels []workflow.AlertChannel
	trouble  string // why not all of it could be read
}

// audience reads a group. Mail channels are nothing but addresses.
func (s *Sender) audience(ctx context.Context, group int64) (who audience, err error) {
	users, err := s.deps.Groups.Users(ctx, group)
	if err != nil {
		return who, err
	}
	for _, u := range users {
		if u.Email != "" {
			who.to = append(who.to, u.Email)
		}
	}
	channels, err := s.deps.Channels.OfGroup(ctx, group)
	switch {
	case workflow.ErrorCode(err) == workflow.Unavailable || ctx.Err() != nil:
		return who, err
	case err != nil: // another key, say: the users hear of it all the same
		who.trouble = short("the channels of the group cannot be read: " + err.Error())
	}
	for _, c := range channels {
		to, cc, isMail := s.addresses(c)
		if !isMail {
			who.channels = append(who.channels, c)
		}
		who.to, who.cc = append(who.to, to...), append(who.cc, cc...)
	}
	return who, nil
}

// addresses gives those of a mail channel. One whose settings are wrong stays a
// channel, so that its delivery says so.
func (s *Sender) addresses(c workflow.AlertChannel) (to, cc []string, isMail bool) {
	if c.Kind != workflow.ChannelMail {
		return nil, nil, false
	}
	channel, err := s.deps.Kinds.New(c.Kind, c.Settings)
	if err != nil {
		return nil, nil, false
	}
	defer channel.Close()
	addressed, ok := channel.(notify.Addressed)
	if !ok {
		return nil, nil, false
	}
	to, cc = addressed.Addresses()
	return to, cc, true
}

// deliveries are one for each address and each channel. A mail of its own for
// every address keeps a bad one from the others, and says who got it.
func (s *Sender) deliveries(a *workflow.Alert, who audience) []workflow.Delivery {
	var out []workflow.Delivery
	if who.trouble != "" {
		out = append(out, workflow.Delivery{State: workflow.DeliveryFailed, LastError: who.trouble, EndTime: s.deps.Now()})
	}
	for _, c := range who.channels {
		out = append(out, workflow.Delivery{ChannelID: c.ID, Kind: c.Kind, State: workflow.DeliveryPending})
	}
	to, cc := receivers(a)
	seen := map[string]bool{}
	add := func(list []string, set func(*workflow.Delivery, string)) {
		for _, address := range list {
			if key := strings.ToLower(address); !seen[key] {
				seen[key] = true
				out = append(out, s.mail(address, set))
			}
		}
	}
	add(slices.Concat(who.to, to), func(d *workflow.Delivery, address string) { d.Address = address })
	add(slices.Concat(who.cc, cc), func(d *workflow.Delivery, address string) { d.Cc = address })
	return out
}

// mail plans a mail. What is no address is recorded as having failed.
func (s *Sender) mail(address string, set func(*workflow.Delivery, string)) workflow.Delivery {
	d := workflow.Delivery{Kind: workflow.ChannelMail, State: workflow.DeliveryPending}
	set(&d, address)
	if _, err := notify.ParseAddress(address); err != nil {
		d.State, d.LastError, d.EndTime = workflow.DeliveryFailed, short(err.Error()), s.deps.Now()
		s.metrics.ended(d.Kind, failed)
	}
	return d
}

// receivers are those the workflow names. The facts say which of them get a
// copy only.
func receivers(a *workflow.Alert) (to, cc []string) {
	var facts engine.Facts
	if json.Unmarshal([]byte(a.Content), &facts) == nil {
		cc = split(facts.Cc)
	}
	for _, address := range split(a.Receivers) {
		if !slices.Contains(cc, address) {
			to = append(to, address)
		}
	}
	return to, cc
}

func split(list string) []string {
	var out []string
	for item := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' || r == ';' }) {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, item)
		}
	}
	return out
}
