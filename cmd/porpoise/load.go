package main

import (
	"sync"
	"time"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/disk"
	"github.com/shirou/gopsutil/v4/load"
	"github.com/shirou/gopsutil/v4/mem"

	"github.com/porpoise-scheduler/porpoise/pkg/coord"
)

// hostLoad reads this host's load for the registry. What the host does not
// tell stays 0.
type hostLoad struct {
	dir string // on the disk of interest

	mu         sync.Mutex
	busy, idle float64 // at the last reading
}

func newHostLoad(dir string) *hostLoad { return &hostLoad{dir: dir} }

// read gives the load now; the CPU's is that since the last reading.
func (h *hostLoad) read() coord.Load {
	l := coord.Load{CPU: h.cpu(), Time: time.Now()}
	if m, err := mem.VirtualMemory(); err == nil {
		l.Memory = m.UsedPercent / 100
	}
	if avg, err := load.Avg(); err == nil {
		l.LoadAvg = avg.Load1
	}
	if u, err := disk.Usage(h.dir); err == nil {
		l.FreeBytes = u.Free
	}
	return l
}

func (h *hostLoad) cpu() float64 {
	times, err := cpu.Times(false)
	if err != nil || len(times) == 0 {
		return 0
	}
	t := times[0]
	idle := t.Idle + t.Iowait
	busy := t.User + t.System + t.Nice + t.Irq + t.Softirq + t.Steal
	h.mu.Lock()
	defer h.mu.Unlock()
	was, rested := h.busy, h.idle
	h.busy, h.idle = busy, idle
	if all := busy - was + idle - rested; all > 0 {
		return (busy - was) / all
	}
	return 0
}
