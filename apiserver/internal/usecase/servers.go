package usecase

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Servers is what runs, at one moment. It is not to be changed.
type Servers struct {
	Masters    []MasterServer
	Workers    []coord.Member
	APIServers []coord.Member
	Database   DatabaseView
	Registry   RegistryView
	rev        string
}

func (s Servers) revision() string { return s.rev }

// Revision names the content.
func (s Servers) Revision() string { return s.rev }

// MasterServer is a master with the shards it owns.
type MasterServer struct {
	coord.Member
	Shards []int
}

// serversEvery is how often watched servers are looked at.
const serversEvery = 2 * time.Second

// tower watches the servers; there is one thing to watch.
type tower = shared[struct{}, Servers]

// Servers gives what runs now. A part that does not answer is shown as such.
func (s *Service) Servers(ctx context.Context) Servers {
	var v Servers
	v.Database, v.Registry = s.LookAtDatabase(ctx), s.LookAtRegistry(ctx)
	masters := s.membersOf(ctx, coord.Master)
	v.Workers, v.APIServers = s.membersOf(ctx, coord.Worker), s.membersOf(ctx, coord.APIServer)
	shards, err := s.Store.Scheduling.ListShards(ctx)
	if err != nil {
		s.Log.WarnContext(ctx, "listing shards", "error", err)
	}
	for _, m := range masters {
		server := MasterServer{Member: m}
		for _, sh := range shards {
			if sh.Owner == lifeOf(m) {
				server.Shards = append(server.Shards, sh.ID)
			}
		}
		v.Masters = append(v.Masters, server)
	}
	v.rev = revisionOfServers(v)
	return v
}

// revisionOfServers leaves out how long answers took, which always differs.
func revisionOfServers(v Servers) string {
	v.Registry.RoundTrip, v.Database.Stats.RoundTripSeconds = 0, 0
	v.Registry.Servers = slices.Clone(v.Registry.Servers)
	for i := range v.Registry.Servers {
		v.Registry.Servers[i].RoundTrip = 0
	}
	text, _ := json.Marshal(v) // plain values: they always encode
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:12])
}

// membersOf gives the living members of a role; none when nobody can tell.
func (s *Service) membersOf(ctx context.Context, role coord.Role) []coord.Member {
	members, err := s.Members(ctx, role)
	if err != nil {
		s.Log.WarnContext(ctx, "listing members", "role", role, "error", err)
	}
	return members
}

// WatchServers watches what runs.
func (s *Service) WatchServers() *Watch[Servers] {
	return s.tower.join(struct{}{}, serversEvery, func(ctx context.Context, _ Servers, _ bool) (Servers, error) {
		return s.Servers(ctx), ctx.Err()
	})
}

// lifeOf is how a master stands in the rows of its shards: one life of it.
func lifeOf(m coord.Member) string { return m.ID + "#" + m.Incarnation }

// ShardOwners lists the shards, to admins.
func (s *Service) ShardOwners(ctx context.Context, c Caller) ([]store.Shard, error) {
	if err := RequireAdmin(c); err != nil {
		return nil, err
	}
	return s.Store.Scheduling.ListShards(ctx)
}

// OpenCommands lists commands that wait, oldest first, and those in quarantine,
// newest first, to admins.
func (s *Service) OpenCommands(ctx context.Context, c Caller, limit int) (waiting, failed []workflow.Command, err error) {
	if err := RequireAdmin(c); err != nil {
		return nil, nil, err
	}
	if waiting, err = s.Store.Runs.Waiting(ctx, limit); err != nil {
		return nil, nil, err
	}
	failed, err = s.Store.Commands.Failed(ctx, limit)
	return waiting, failed, err
}
