package audit

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// book keeps entries in memory.
type book struct {
	store.Audit
	entries []workflow.AuditEntry
}

func (b *book) Add(_ context.Context, e *workflow.AuditEntry) error {
	b.entries = append(b.entries, *e)
	return nil
}

// TestRefusalsAreBounded lets strangers try without end.
func TestRefusalsAreBounded(t *testing.T) {
	var r Refusals
	b, now := &book{}, time.Unix(1000, 0)
	try := func(times int) {
		for range times {
			r.Record(t.Context(), b, slog.New(slog.DiscardHandler),
				Refusal{Time: now, Name: strings.Repeat("ä", 100) + "\xff", IP: "10.0.0.1", Peer: "10.0.0.2", Cause: "login.unknown", Via: "password"})
		}
	}
	try(10 * mostRefusals)
	if len(b.entries) != mostRefusals {
		t.Fatalf("%d entries, want %d", len(b.entries), mostRefusals)
	}
	first, last := b.entries[0], b.entries[mostRefusals-1]
	if first.UserName != strings.Repeat("ä", maxTried) || first.Name != first.UserName || first.IP != "10.0.0.1" || first.Action != "login_refused" ||
		first.After != `{"peer":"10.0.0.2","reason":"login.unknown","via":"password"}` {
		t.Errorf("the first entry is %+v", first)
	}
	if last.UserName != "" || last.After != `{"per":"1m0s","reason":"login.many"}` {
		t.Errorf("the last entry is %+v", last)
	}
	now = now.Add(refusalsEvery)
	try(1)
	if len(b.entries) != mostRefusals+1 {
		t.Errorf("later there are %d entries", len(b.entries))
	}
	r.Record(t.Context(), b, slog.New(slog.DiscardHandler), Refusal{Time: now, Name: "x\xff", Cause: "login.wrong"})
	if e := b.entries[len(b.entries)-1]; !utf8.ValidString(e.UserName) || e.UserName == "x" {
		t.Errorf("a name that is no text became %q", e.UserName)
	}
}
