package usecase

import (
	"context"
	"sync"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
)

// RegistryView is what can be said about the registry from outside.
type RegistryView struct {
	Healthy   bool
	Members   int
	RoundTrip time.Duration
	Servers   []coord.Server // of the registry itself
}

// DatabaseView is the state of the database; Stats are empty when it does not
// answer.
type DatabaseView struct {
	Up    bool
	Stats store.DatabaseStats
}

// LookAtDatabase measures the database. That it is away is an answer, too.
func (s *Service) LookAtDatabase(ctx context.Context) DatabaseView {
	stats, err := s.Store.Database.Stats(ctx)
	if err != nil {
		s.Log.WarnContext(ctx, "the database does not answer", "error", err)
		return DatabaseView{}
	}
	return DatabaseView{Up: true, Stats: stats}
}

// LookAtRegistry measures the registry. That it is away is an answer, too.
func (s *Service) LookAtRegistry(ctx context.Context) RegistryView {
	var servers []coord.Server
	var asked sync.WaitGroup
	asked.Go(func() { servers = s.Coord.Servers(ctx) })
	v := s.measureRegistry(ctx)
	asked.Wait()
	v.Servers = servers
	return v
}

// measureRegistry asks the registry as a whole.
func (s *Service) measureRegistry(ctx context.Context) RegistryView {
	begin := s.Now()
	if err := s.Coord.Healthy(ctx); err != nil {
		s.Log.WarnContext(ctx, "the registry does not answer", "error", err)
		return RegistryView{}
	}
	v := RegistryView{Healthy: true, RoundTrip: s.Now().Sub(begin)}
	for _, role := range []coord.Role{coord.Master, coord.Worker, coord.APIServer} {
		members, err := s.Members(ctx, role)
		if err != nil {
			s.Log.WarnContext(ctx, "listing members", "role", role, "error", err)
			return RegistryView{}
		}
		v.Members += len(members)
	}
	return v
}
