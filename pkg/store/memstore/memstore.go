// Package memstore is a fake of the part of the store that masters live on:
// store.Scheduling and store.Commands in memory, deterministic and fast, for
// simulations. Faults can be put in per client, so that one of several masters
// loses its database, or the answer to a commit.
package memstore

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Op names what a client is about to do.
type Op string

// Ops.
const (
	OpRead    Op = "read"
	OpTake    Op = "take"
	OpGive    Op = "give"
	OpIDs     Op = "ids"
	OpCommit  Op = "commit"
	OpAcquire Op = "acquire"
	OpInsert  Op = "insert"
)

// Fault is what goes wrong with an operation.
type Fault int

// Faults.
const (
	None   Fault = iota
	Refuse       // nothing happens; the client sees Unavailable
	Forget       // it happens; the client sees Unavailable all the same
)

// Config of a Store; the zero value works.
type Config struct {
	// Now is the database's clock; time.Now by default.
	Now func() time.Time
	// Shards is how many there are; store.Shards by default.
	Shards int
	// Fault is asked before each operation of a client. It may look at the
	// store but must not call it.
	Fault func(client string, op Op) Fault
}

// Store is the database that clients share.
type Store struct {
	cfg Config

	mu          sync.Mutex
	shards      []store.Shard
	sequences   map[string]int64
	instances   map[int64]workflow.Instance
	tasks       map[int64]workflow.TaskInstance
	commands    map[int64]workflow.Command
	failed      []workflow.Command // oldest first
	nextCommand int64
	actsOn      map[int64]int64 // instance to the command that claims it
	fires       map[fireKey]workflow.Fire
	backfills   map[int64]workflow.Backfill
	alerts      map[int64]workflow.Alert
	slots       map[int64]int64 // attempt to group
	waits       map[int64]wait  // attempt to its place in a line
	groups      map[int64]workflow.TaskGroup
	definitions map[int64][]workflow.Definition // by version
	schedules   map[int64]workflow.Schedule
	tenants     map[int64]workflow.Tenant
	log         map[int][]store.LogEntry // by shard, in order
	commits     int
}

type fireKey struct {
	schedule int64
	due      int64 // milliseconds
}

// New makes an empty store.
func New(cfg Config) *Store {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Shards == 0 {
		cfg.Shards = store.Shards
	}
	s := &Store{
		cfg:         cfg,
		sequences:   map[string]int64{"instance": 1, "task": 1, "backfill": 1, "alert": 1},
		instances:   map[int64]workflow.Instance{},
		tasks:       map[int64]workflow.TaskInstance{},
		commands:    map[int64]workflow.Command{},
		actsOn:      map[int64]int64{},
		fires:       map[fireKey]workflow.Fire{},
		backfills:   map[int64]workflow.Backfill{},
		alerts:      map[int64]workflow.Alert{},
		slots:       map[int64]int64{},
		waits:       map[int64]wait{},
		groups:      map[int64]workflow.TaskGroup{},
		definitions: map[int64][]workflow.Definition{},
		schedules:   map[int64]workflow.Schedule{},
		tenants:     map[int64]workflow.Tenant{},
		log:         map[int][]store.LogEntry{},
	}
	for i := range cfg.Shards {
		s.shards = append(s.shards, store.Shard{ID: i})
	}
	return s
}

// PutDefinition stores a version, which becomes the current one. Definitions
// are handed out as they are: nobody may change them.
func (s *Store) PutDefinition(d workflow.Definition) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.definitions[d.ID] = append(s.definitions[d.ID], d)
}

// PutSchedule stores a schedule as it is.
func (s *Store) PutSchedule(v workflow.Schedule) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.schedules[v.ID] = v
}

// PutTaskGroup stores a task group.
func (s *Store) PutTaskGroup(g workflow.TaskGroup) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.groups[g.ID] = g
}

// PutTenant stores a tenant.
func (s *Store) PutTenant(t workflow.Tenant) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tenants[t.ID] = t
}

// Instances gives all instances in order of id.
func (s *Store) Instances() []workflow.Instance {
	s.mu.Lock()
	defer s.mu.Unlock()
	return ordered(s.instances, copyInstance)
}

// Tasks gives all attempts in order of id.
func (s *Store) Tasks() []workflow.TaskInstance {
	s.mu.Lock()
	defer s.mu.Unlock()
	return ordered(s.tasks, copyTask)
}

// Waiting gives the commands nobody has obeyed, in order of id.
func (s *Store) Waiting() []workflow.Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	return ordered(s.commands, copyCommand)
}

// Backfills gives all backfills in order of id.
func (s *Store) Backfills() []workflow.Backfill {
	s.mu.Lock()
	defer s.mu.Unlock()
	return ordered(s.backfills, copyBackfill)
}

// Alerts gives all alerts in order of id.
func (s *Store) Alerts() []workflow.Alert {
	s.mu.Lock()
	defer s.mu.Unlock()
	return ordered(s.alerts, func(a workflow.Alert) workflow.Alert { return a })
}

// Fires gives a schedule's decided due times, oldest first.
func (s *Store) Fires(scheduleID int64) []workflow.Fire {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []workflow.Fire
	for k, f := range s.fires {
		if k.schedule == scheduleID {
			list = append(list, f)
		}
	}
	slices.SortFunc(list, func(a, b workflow.Fire) int { return a.Due.Compare(b.Due) })
	return list
}

// Commits is the number of batches that were written.
func (s *Store) Commits() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.commits
}

// ordered copies the values of a map in the order of its keys.
func ordered[K cmp.Ordered, V any](m map[K]V, dup func(V) V) []V {
	list := make([]V, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		list = append(list, dup(m[k]))
	}
	return list
}
