package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Message is an alert in words, with all a channel may want to show of it.
type Message struct {
	// ID is the same for every attempt at a delivery. Receivers tell by it what
	// they have seen already.
	ID       string
	AlertID  int64
	Event    workflow.AlertKind
	Title    string          // one line
	Text     string          // plain
	Markdown string          // without the title
	HTML     string          // a whole page, for mails
	Link     string          // to the instance; empty when nobody said where
	Facts    json.RawMessage // what the words were made of
	Time     time.Time       // when the alert was raised
}

// EventTest is the event of a message that an operator sends to try a channel.
const EventTest workflow.AlertKind = "TEST"

// Channel delivers messages to one place. It is safe for concurrent use.
//
// Send returns nil once the other side has said that it took the message. An
// error may be IsUnknown (it may have arrived) or IsHopeless (it never will);
// its text holds no settings: addresses of robots are secrets too.
type Channel interface {
	Send(ctx context.Context, m Message) error
	// Close gives back what the channel holds; it is not used afterwards.
	Close()
}

// Kind makes channels from settings. A wrong setting is an Invalid error that
// names it. Nothing is connected to.
type Kind interface {
	Name() workflow.ChannelKind
	New(settings map[string]string) (Channel, error)
}

// Kinds are the kinds a program knows.
type Kinds struct{ list []Kind }

// NewKinds makes the set. Two kinds of one name are a programmer's error.
func NewKinds(list ...Kind) *Kinds {
	for i, k := range list {
		if slices.ContainsFunc(list[:i], func(other Kind) bool { return other.Name() == k.Name() }) {
			panic("notify: two kinds named " + k.Name())
		}
	}
	return &Kinds{list: list}
}

// Names lists the kinds.
func (k *Kinds) Names() []workflow.ChannelKind {
	names := make([]workflow.ChannelKind, len(k.list))
	for i, kind := range k.list {
		names[i] = kind.Name()
	}
	return names
}

// New makes a channel.
func (k *Kinds) New(kind workflow.ChannelKind, settings map[string]string) (Channel, error) {
	for _, known := range k.list {
		if known.Name() == kind {
			return known.New(settings)
		}
	}
	return nil, workflow.Errorf(workflow.Invalid, "channel.kind", "%q is no kind of channel; there are %s", kind, joined(k.Names())).At("kind")
}

func joined(names []workflow.ChannelKind) string {
	texts := make([]string, len(names))
	for i, n := range names {
		texts[i] = string(n)
	}
	return strings.Join(texts, ", ")
}

// Writer puts alerts into words.
type Writer interface {
	Write(subject Subject) (Message, error)
}

// Subject is what a message is about: an alert, and the names that it does not
// carry itself. Names may be missing.
type Subject struct {
	DeliveryID string
	Alert      workflow.Alert
	Project    string
	Workflow   string
}

// DeliveryID names a stored delivery to its receiver.
func DeliveryID(id int64) string { return fmt.Sprintf("porpoise-%d", id) }
