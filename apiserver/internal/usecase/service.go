// Package usecase holds what callers can do, apart from how they say it: every
// dialect decodes a request, calls a method here and encodes the result.
//
// Failures are *workflow.Error values whose Reason a dialect turns into its own
// number and text; Args fill that text.
package usecase

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/audit"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/auth"
	"github.com/porpoise-scheduler/porpoise/pkg/blob"
	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Nudger tells the owners of shards that commands wait. It returns at once and
// never fails: a master that is not reached finds them on its slow poll.
type Nudger interface {
	Nudge(shards ...int)
	// Epoch gives the epoch of a shard, for Carry.
	Epoch(shard int) int64
	// Carry is Nudge for a command that was just stored, with the command itself.
	// epoch is what Epoch gave before it was stored.
	Carry(c workflow.Command, epoch int64)
}

// LogReader reads the logs of attempts where they are kept.
type LogReader interface {
	// Read copies at most limit bytes (0: all) from offset to w. With follow it
	// goes on until the attempt has ended.
	Read(ctx context.Context, host string, attemptID, offset, limit int64, follow bool, w io.Writer) error
	// Size gives the length the log has now.
	Size(ctx context.Context, host string, attemptID int64) (int64, error)
}

// Limits bound what one request may ask for. Zero fields mean the default.
type Limits struct {
	PageSize      int // rows of one page; default 10,000
	Tasks         int // of one definition; default 20,000
	SpecBytes     int // of one definition's JSON text; default 4,000,000
	BackfillDates int // of one backfill; default 10,000
	LogBytes      int // of one log answer; default 4,000,000
	UploadBytes   int // of one uploaded file; default 1 GiB
	ViewBytes     int // of a resource shown or edited as text; default 4,000,000
	// CronGap is the shortest time between two fire times of a schedule;
	// default 1 s.
	CronGap time.Duration
}

// Service carries out use cases. All exported fields but Limits and those that
// say so are required; nothing changes them after the start.
type Service struct {
	Store  *store.Store
	Coord  coord.Coordinator
	Nudge  Nudger
	Kinds  *task.Registry
	Logs   LogReader
	Auth   *auth.Auth
	Now    func() time.Time
	Log    *slog.Logger
	Zone   *time.Location // of dates without a zone, in requests
	Shards int            // of the database, for store.ShardOf
	Limits Limits
	// Sweeps removes what is too old. Without it whoever asks for that is refused
	// with "retention.no_master".
	Sweeps Sweeper
	// Blobs keeps the contents of resources. Without it whoever needs them is
	// refused with "storage.not_started".
	Blobs blob.Store
	// Connector reaches the databases of data sources. Without it connecting
	// fails.
	Connector Connector
	// Browser looks into them. Without it that fails.
	Browser Browser
	// Channels knows the ways alerts leave by. Without it none can be saved.
	Channels Channels
	// Provider lets people in elsewhere; nil: there is none. Directory says that
	// passwords are checked elsewhere too.
	Provider  Provider
	Directory bool
	// ViewSuffixes are the ends of names, without dots, of resources that may be
	// shown and edited as text; none means DefaultViewSuffixes.
	ViewSuffixes []string

	hot   hot      // what starts ask for again and again
	pages logPages // where readers of logs stopped
	sizes sizes    // of versions, for lists of instances
	watch watchers // of instances
	tower tower    // watches the servers

	refusals audit.Refusals // of people who try to sign in
}

// bound keeps a page within what one answer may hold.
func (s *Service) bound(p store.Page) store.Page {
	p.Number, p.Size = max(p.Number, 1), min(max(p.Size, 1), s.MaxPage())
	return p
}

// Members gives the living members of a role.
func (s *Service) Members(ctx context.Context, role coord.Role) ([]coord.Member, error) {
	return s.Coord.Members(ctx, role)
}

// ShardOf gives the shard a definition belongs to.
func (s *Service) ShardOf(definitionID int64) int {
	return store.ShardOf(definitionID, s.Shards)
}

// limit gives n, or the default when n is not set.
func limit(n, byDefault int) int {
	if n <= 0 {
		return byDefault
	}
	return n
}

// MaxPage is the largest page a list gives.
func (s *Service) MaxPage() int { return limit(s.Limits.PageSize, 10_000) }

// MaxTasks is the largest number of tasks a definition may have.
func (s *Service) MaxTasks() int { return limit(s.Limits.Tasks, 20_000) }

// MaxSpecBytes is the largest definition text.
func (s *Service) MaxSpecBytes() int { return limit(s.Limits.SpecBytes, 4_000_000) }

// MaxBackfillDates is the largest number of dates of a backfill.
func (s *Service) MaxBackfillDates() int { return limit(s.Limits.BackfillDates, 10_000) }

// MaxUpload is the largest uploaded file.
func (s *Service) MaxUpload() int64 { return int64(limit(s.Limits.UploadBytes, 1<<30)) }

// MaxViewBytes is the largest piece of a resource shown or edited as text.
func (s *Service) MaxViewBytes() int { return limit(s.Limits.ViewBytes, 4_000_000) }

// MaxLogBytes is the largest piece of a log in one answer.
func (s *Service) MaxLogBytes() int { return limit(s.Limits.LogBytes, 4_000_000) }
