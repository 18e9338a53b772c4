package engine

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func backfillOf(n, width int) *Backfill {
	row := workflow.Backfill{ID: 1, Plan: workflow.BackfillPlan{Width: width}}
	for i := range n {
		row.Plan.Dates = append(row.Plan.Dates, time.Date(2021, 10, i+1, 0, 0, 0, 0, time.UTC))
	}
	return NewBackfill(row)
}

// drive starts what is due, each as instance 100 + day, and says which days.
func drive(b *Backfill) string {
	var days []string
	for _, d := range b.Next() {
		b.Started(d.Lane, int64(100+d.Date.Day()))
		days = append(days, fmt.Sprint(d.Date.Day()))
	}
	return strings.Join(days, ",")
}

func TestBackfill(t *testing.T) {
	now := time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC)
	// Scripts: "go" starts what is due, "3" ends the third day's instance well,
	// "3x" badly, "pause", "resume" and "stop" do that; after each the backfill's
	// state.
	for _, c := range []struct {
		name     string
		n, width int
		script   string
		want     string
	}{
		{"serial", 3, 1, "go go 1 go 2 go 3 go", "1 - RUNNING 2 RUNNING 3 SUCCEEDED -"},
		{"serial stops at the first failure", 3, 1, "go 1 go 2x go", "1 RUNNING 2 FAILED -"},
		{"all at once", 3, 0, "go 2 1 3", "1,2,3 RUNNING RUNNING SUCCEEDED"},
		{"wider than its dates", 2, 5, "go 1 2", "1,2 RUNNING SUCCEEDED"},
		{"two lanes", 5, 2, "go 2 go 1 go 3 go 5 4", "1,2 RUNNING 4 RUNNING 3 RUNNING 5 RUNNING SUCCEEDED"},
		{"one of two lanes fails", 4, 2, "go 1x go 2 go 4", "1,2 RUNNING - RUNNING 4 FAILED"},
		{"a repeated end", 2, 1, "go 1 1 1x go 2 2x", "1 RUNNING RUNNING RUNNING 2 SUCCEEDED SUCCEEDED"},
		{"stopped", 4, 2, "go 1 stop go 2", "1,2 RUNNING STOPPED[102] - STOPPED"},
		{"paused", 3, 1, "go pause go 1 go resume go 2 3 go 3", "1 PAUSED - PAUSED - RUNNING 2 RUNNING RUNNING 3 SUCCEEDED"},
		{"ends while it is paused", 2, 0, "go pause 1 2x resume go", "1,2 PAUSED PAUSED FAILED FAILED -"},
		{"stopped while it is paused", 4, 2, "go 1 pause stop resume go", "1,2 RUNNING PAUSED STOPPED[102] STOPPED -"},
		{"without dates", 0, 1, "go", "-"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := backfillOf(c.n, c.width)
			var got []string
			for _, w := range strings.Fields(c.script) {
				switch w {
				case "go":
					days := drive(b)
					if days == "" {
						days = "-"
					}
					got = append(got, days)
				case "pause":
					b.Pause()
					got = append(got, string(b.Row().State))
				case "resume":
					b.Resume()
					got = append(got, string(b.Row().State))
				case "stop":
					under := b.Stop(now)
					got = append(got, string(b.Row().State)+fmt.Sprint(under))
				default:
					day, bad := strings.CutSuffix(w, "x")
					var id int64
					fmt.Sscan(day, &id)
					state := workflow.Succeeded
					if bad {
						state = workflow.Stopped
					}
					b.Ended(100+id, state, now)
					got = append(got, string(b.Row().State))
				}
				b = NewBackfill(b.Row()) // a take-over after every step changes nothing
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("%s\ngot  %s\nwant %s", c.script, s, c.want)
			}
			if b.Done() == b.Row().EndTime.IsZero() && c.n > 0 {
				t.Errorf("done %t, end time %v", b.Done(), b.Row().EndTime)
			}
		})
	}
}

func TestBackfillIgnoresWhatIsNotTerminal(t *testing.T) {
	b := backfillOf(2, 1)
	drive(b)
	if b.Ended(101, workflow.Running, time.Time{}) || b.Ended(999, workflow.Succeeded, time.Time{}) {
		t.Error("a change without an end")
	}
	if len(b.Next()) != 0 {
		t.Error("the next date began beside the first")
	}
}
