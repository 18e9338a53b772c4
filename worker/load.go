package worker

import (
	"context"
	"time"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/disk"
	"github.com/shirou/gopsutil/v4/load"
	"github.com/shirou/gopsutil/v4/mem"

	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// beatEvery is how often the load is told, and the supervisor renewed.
const beatEvery = 10 * time.Second

// beat tells the load to the registry and the masters until ctx ends.
func (w *Worker) beat(ctx context.Context, reg coord.Registration, m coord.Member) {
	every := min(beatEvery, w.cfg.KillAfter/4)
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		m.Load = w.measure(ctx)
		m.Load.Running = int(w.metrics.running())
		reg.Update(m)
		w.agent.Beat(heartbeat(m.Load), w.registryAnswers(ctx))
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// registryAnswers asks with a bound, so that a hanging registry is a silent
// one.
func (w *Worker) registryAnswers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	return w.deps.Coord.Healthy(ctx) == nil
}

// measure reads the host's figures; one that cannot be read is zero.
func (w *Worker) measure(ctx context.Context) coord.Load {
	l := coord.Load{Time: time.Now()}
	if p, err := cpu.PercentWithContext(ctx, 0, false); err == nil && len(p) > 0 {
		l.CPU = p[0] / 100
	}
	if v, err := mem.VirtualMemoryWithContext(ctx); err == nil {
		l.Memory = v.UsedPercent / 100
	}
	if a, err := load.AvgWithContext(ctx); err == nil {
		l.LoadAvg = a.Load1
	}
	if u, err := disk.UsageWithContext(ctx, w.cfg.DataDir); err == nil {
		l.FreeBytes = u.Free
	}
	return l
}

func heartbeat(l coord.Load) *workerpb.Heartbeat {
	return &workerpb.Heartbeat{Cpu: l.CPU, Memory: l.Memory, LoadAvg: l.LoadAvg, FreeBytes: l.FreeBytes}
}
