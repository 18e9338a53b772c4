package audit

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
)

const (
	// refusalsEvery and mostRefusals bound what strangers write: beyond so many
	// within such a time, one entry says that there are more.
	refusalsEvery = time.Minute
	mostRefusals  = 200
	// maxTried bounds the names that strangers make up, in characters.
	maxTried = 64
)

// Refusal is that somebody was not let in.
type Refusal struct {
	Time   time.Time
	Name   string // that was tried; empty: none was told
	UserID int64  // whose account that is; 0: nobody's, or nobody knows
	IP     string // where the request says that it comes from
	Peer   string // where its connection comes from
	Cause  string // a stable word
	Via    string // how he tried: password, or which provider
}

// Refusals records who was not let in. The zero value is ready for use.
type Refusals struct {
	mu    sync.Mutex
	until time.Time
	count int
}

// Record writes an entry, unless there are too many already.
func (r *Refusals) Record(ctx context.Context, entries store.Audit, log *slog.Logger, f Refusal) {
	told := facts{"reason": f.Cause}
	switch n := r.next(f.Time); {
	case n > mostRefusals:
		return
	case n == mostRefusals:
		told, f = facts{"reason": "login.many", "per": refusalsEvery.String()}, Refusal{}
	}
	if f.Via != "" {
		told["via"] = f.Via
	}
	if f.Peer != f.IP {
		told["peer"] = f.Peer
	}
	name := cut(strings.ToValidUTF8(f.Name, "\uFFFD"), maxTried)
	(&recorder{entries: entries, log: log}).by(ctx, Actor{UserID: f.UserID, Name: name, IP: f.IP},
		change{action: "login_refused", resource: "session", id: strconv.FormatInt(f.UserID, 10), after: thing{name: name, state: told}})
}

// next counts the refusals of a stretch of time, from one.
func (r *Refusals) next(now time.Time) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !now.Before(r.until) {
		r.until, r.count = now.Add(refusalsEvery), 0
	}
	r.count++
	return r.count
}
