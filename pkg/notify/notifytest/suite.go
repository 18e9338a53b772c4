package notifytest

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Subject is a kind of channel with a world it can be tried in.
type Subject struct {
	Kind     notify.Kind
	Settings map[string]string
	// Secrets are texts no error may contain.
	Secrets []string
	// Wrong are settings that are refused, by the field that is named.
	Wrong map[string]map[string]string
	// Refuse makes the other side refuse what comes, or take it again.
	Refuse func(bool)
	// Refusal is what the error of a refused message contains.
	Refusal string
	// Arrived gives the ids of what was taken, in any order.
	Arrived func() []string
}

// A message with everything in it.
func message(id string) notify.Message {
	return notify.Message{
		ID: id, AlertID: 9, Event: workflow.AlertFailure, Title: "[sales] daily-3-1 运行失败 & <b>",
		Text: "State: failed\n- 7 | load | exit 1", Markdown: "- **State**: failed", HTML: "<p>failed</p>",
		Link: "https://porpoise.example.com/i/42", Facts: json.RawMessage(`{"instanceId":42}`),
		Time: time.Date(2026, 5, 1, 16, 0, 0, 0, time.UTC),
	}
}

// Exercise runs the suite.
func Exercise(t *testing.T, s Subject) {
	t.Run("settings", func(t *testing.T) { exerciseSettings(t, s) })
	t.Run("send", func(t *testing.T) { exerciseSend(t, s) })
	t.Run("long", func(t *testing.T) { exerciseLong(t, s) })
	t.Run("refused", func(t *testing.T) { exerciseRefused(t, s) })
	t.Run("cancelled", func(t *testing.T) { exerciseCancelled(t, s) })
}

func open(t *testing.T, s Subject) notify.Channel {
	t.Helper()
	c, err := s.Kind.New(s.Settings)
	if err != nil {
		t.Fatalf("settings are refused: %v", err)
	}
	t.Cleanup(c.Close)
	return c
}

func exerciseSettings(t *testing.T, s Subject) {
	for field, settings := range s.Wrong {
		c, err := s.Kind.New(settings)
		if c != nil || workflow.ErrorCode(err) != workflow.Invalid {
			t.Errorf("%s: channel %v, error %v", field, c, err)
			continue
		}
		var e *workflow.Error
		if !errors.As(err, &e) || e.Field != field || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: error %v names field %q", field, err, e.Field)
		}
		discreet(t, s, err)
	}
	more := maps.Clone(s.Settings)
	more["no-such-setting"] = "hunter2"
	_, err := s.Kind.New(more)
	var e *workflow.Error
	if !errors.As(err, &e) || e.Field != "no-such-setting" || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("unknown setting: %v", err)
	}
	if _, err := s.Kind.New(nil); workflow.ErrorCode(err) != workflow.Invalid {
		t.Errorf("no settings: %v", err)
	}
}

func exerciseSend(t *testing.T, s Subject) {
	c := open(t, s)
	for _, id := range []string{"porpoise-1", "porpoise-2"} {
		if err := c.Send(t.Context(), message(id)); err != nil {
			t.Fatalf("%s: %v", id, err)
		}
	}
	arrived := s.Arrived()
	slices.Sort(arrived)
	if !slices.Equal(arrived, []string{"porpoise-1", "porpoise-2"}) {
		t.Errorf("arrived %v", arrived)
	}
}

// exerciseLong sends more than robots take: they get the beginning, and still
// the id.
func exerciseLong(t *testing.T, s Subject) {
	m := message("porpoise-3")
	m.Text = strings.Repeat("很长的一行 very long\n", 5000)
	m.Markdown, m.HTML = m.Text, m.Text
	if err := open(t, s).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(s.Arrived(), "porpoise-3") {
		t.Errorf("arrived %v", s.Arrived())
	}
}

func exerciseRefused(t *testing.T, s Subject) {
	c := open(t, s)
	before := len(s.Arrived())
	s.Refuse(true)
	err := c.Send(t.Context(), message("porpoise-4"))
	if err == nil || notify.IsUnknown(err) || notify.IsHopeless(err) || !strings.Contains(err.Error(), s.Refusal) {
		t.Errorf("error %v, unknown %v, hopeless %v", err, notify.IsUnknown(err), notify.IsHopeless(err))
	}
	discreet(t, s, err)
	s.Refuse(false)
	if got := s.Arrived(); len(got) != before {
		t.Errorf("arrived %v", got)
	}
	if err := c.Send(t.Context(), message("porpoise-4")); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func exerciseCancelled(t *testing.T, s Subject) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	before := len(s.Arrived())
	err := open(t, s).Send(ctx, message("porpoise-5"))
	if err == nil || len(s.Arrived()) != before {
		t.Errorf("error %v, arrived %v", err, s.Arrived())
	}
	discreet(t, s, err)
}

// discreet checks that an error tells no secret.
func discreet(t *testing.T, s Subject, err error) {
	t.Helper()
	for _, secret := range s.Secrets {
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("an error tells a secret: %v", err)
		}
	}
}
