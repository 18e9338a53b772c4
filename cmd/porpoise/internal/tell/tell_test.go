package tell_test

import (
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/tell"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1536: "1.5 KiB", 5 << 30: "5.0 GiB", 1 << 60: "1024.0 PiB"} {
		if got := tell.Bytes(n); got != want {
			t.Errorf("%d bytes are %s, want %s", n, got, want)
		}
	}
}

func TestSweep(t *testing.T) {
	r := workflow.SweepReport{
		Policies: []workflow.SweepLine{
			{ProjectID: 1, InstanceDays: 5, LogDays: -1, Instances: 3, Tasks: 6, SweptLogs: workflow.SweptLogs{OnWorkers: workflow.Amount{Files: 2, Bytes: 2048}}},
			{},
		},
		CacheDays: 14, Cached: workflow.Amount{Files: 1, Bytes: 10}, Purged: store.Purged{Alerts: 4},
		Orphans: workflow.SweptLogs{Shipped: workflow.Amount{Files: 7, Bytes: 70}},
		Unasked: []workflow.Unasked{{Place: "w1", Reason: "it is away"}},
	}
	names := func(id int64) string { return map[int64]string{0: "(all others)", 1: "p"}[id] }
	for dry, want := range map[bool][]string{
		true: {"p 5 as all projects 3 6 0 2 (2.0 KiB)", "(all others) for ever for ever 0 0 0 0", "would be removed: logs of attempts that are gone: in the store 7 (70 B), on workers 0",
			"would be removed: cached resources 1 (10 B), unused ones are kept for 14 days", "ended alerts 4,", "not looked through: w1: it is away"},
		false: {"p 5 as all projects 3 0 2 (2.0 KiB)", " removed: cached resources 1"},
	} {
		var b strings.Builder
		if err := tell.Sweep(&b, r, names, dry); err != nil {
			t.Fatal(err)
		}
		got := strings.Join(strings.Fields(b.String()), " ")
		for _, text := range want {
			if !strings.Contains(got, text) {
				t.Errorf("dry %v: no %q in\n%s", dry, text, got)
			}
		}
	}
}
