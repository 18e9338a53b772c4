package master

import (
	"slices"

	"github.com/porpoise-scheduler/porpoise/master/retention"
)

// newSweeper makes what removes old things. The owner of the first shard does
// it; that two may own it for a moment does no harm.
func (m *Master) newSweeper() *retention.Sweeper {
	st := m.deps.Store
	return retention.New(retention.Config{}, retention.Deps{
		Retentions: st.Retentions, Deliveries: st.Deliveries, Commands: st.Commands, Backlog: st.Scheduling,
		Logs: m.deps.Logs, Workers: retention.Workers{Members: m.deps.Coord, Dial: m.deps.DialWorker}, Now: m.clock.Now, Log: m.log,
		Nudge: func(shards ...int) { m.nudge(shards) },
		Leads: func() bool { return slices.Contains(m.claims.Owned(), 0) },
	})
}
