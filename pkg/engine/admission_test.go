package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"pgregory.net/rapid"
)

func waiting(id int64, p workflow.ExecutionPolicy, prio workflow.Priority) workflow.Instance {
	return workflow.Instance{ID: id, State: workflow.Submitted, Policy: p, Start: workflow.StartOptions{Priority: prio}}
}

func TestAdmission(t *testing.T) {
	// Scripts: "+1" submits, "-1" ends, "r1" recovers; the answers follow.
	for _, c := range []struct {
		name, script, want string
		policy             workflow.ExecutionPolicy
		prio               map[int64]workflow.Priority
	}{
		{name: "parallel", policy: workflow.Parallel, script: "+1 +2 +3 -2 -1 -3", want: "start start start [] [] []"},
		{name: "no policy is parallel", script: "+1 +2", want: "start start"},
		{name: "one after another", policy: workflow.SerialWaiting, script: "+1 +2 +3 -1 -2 -3 +4", want: "start wait wait [2] [3] [] start"},
		{name: "a repeat gets the same answer", policy: workflow.SerialWaiting, script: "+1 +1 +2 +2 -1 -1", want: "start start wait wait [2] []"},
		{name: "a waiting one is stopped", policy: workflow.SerialWaiting, script: "+1 +2 +3 -2 -1 -3", want: "start wait wait [] [3] []"},
		{name: "a stranger ends", policy: workflow.SerialWaiting, script: "+1 +2 -9 -1", want: "start wait [] [2]"},
		{name: "discard", policy: workflow.SerialDiscard, script: "+1 +2 -2 -1 +3", want: "start discard [] [] start"},
		{name: "most urgent first", policy: workflow.SerialPriority, script: "+1 +2 +3 +4 +5 -1 -3 -5 -2 -4",
			prio: map[int64]workflow.Priority{2: workflow.Low, 3: workflow.Highest, 4: workflow.Low, 5: workflow.High},
			want: "start wait wait wait wait [3] [5] [2] [4] []"},
		{name: "urgency means nothing to SERIAL_WAIT", policy: workflow.SerialWaiting, script: "+1 +2 +3 -1",
			prio: map[int64]workflow.Priority{2: workflow.Low}, want: "start wait wait [2]"},
		{name: "a recovery runs beside", policy: workflow.SerialWaiting, script: "+1 +2 -1 r1 -2 +3 -1", want: "start wait [2] ok [] wait [3]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := NewAdmission()
			var got []string
			for _, w := range strings.Fields(c.script) {
				var id int64
				fmt.Sscan(w[1:], &id)
				switch w[0] {
				case '+':
					got = append(got, verdictWord(a.Submit(waiting(id, c.policy, c.prio[id]))))
				case '-':
					got = append(got, fmt.Sprint(a.Ended(id)))
				case 'r':
					a.Running(id)
					got = append(got, "ok")
				}
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("%s\ngot  %s\nwant %s", c.script, s, c.want)
			}
		})
	}
}

func verdictWord(a Admitted) string {
	switch {
	case a.Start:
		return "start"
	case a.Wait.Discard:
		return "discard"
	}
	return "wait"
}

func TestAdmissionRestored(t *testing.T) {
	row := func(id int64, s workflow.State) workflow.Instance {
		inst := waiting(id, workflow.SerialWaiting, workflow.Medium)
		inst.State = s
		return inst
	}
	a := NewAdmission(row(5, workflow.SerialWait), row(3, workflow.Stopping), row(4, workflow.SerialWait), row(1, workflow.Succeeded))
	if next := a.Next(); next != nil {
		t.Errorf("started %v beside a stopping instance", next)
	}
	if next := a.Ended(3); !slices.Equal(next, []int64{4}) {
		t.Errorf("after the end: %v", next)
	}
	// The owner went away between the end of one and the start of the next.
	b := NewAdmission(row(5, workflow.SerialWait), row(4, workflow.SerialWait))
	if next := b.Next(); !slices.Equal(next, []int64{4}) {
		t.Errorf("after a take-over: %v", next)
	}
	if r := b.Submit(row(5, workflow.SerialWait)); r.Start || !strings.Contains(r.Wait.Reason, "instance 4") {
		t.Errorf("the waiting one: %+v", r)
	}
	b.Ended(4)
	b.Ended(5)
	if !b.Empty() {
		t.Error("not empty at the end")
	}
}

// Serial instances never run two at a time, and all of them get their turn.
func TestAdmissionSerial(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := NewAdmission()
		running := map[int64]bool{}
		done := 0
		n := rapid.IntRange(1, 20).Draw(t, "instances")
		finish := func() {
			for id := range running {
				delete(running, id)
				done++
				for _, next := range a.Ended(id) {
					running[next] = true
				}
				return
			}
		}
		for id := range int64(n) {
			p := rapid.SampledFrom([]workflow.ExecutionPolicy{workflow.SerialWaiting, workflow.SerialPriority}).Draw(t, "policy")
			if a.Submit(waiting(id+1, p, workflow.Priority(rapid.IntRange(0, 4).Draw(t, "priority")))).Start {
				running[id+1] = true
			}
			if len(running) != 1 {
				t.Fatalf("%d run", len(running))
			}
			if rapid.Bool().Draw(t, "one ends") {
				finish()
			}
		}
		for len(running) > 0 {
			finish()
		}
		if done != n || !a.Empty() {
			t.Fatalf("%d of %d had their turn", done, n)
		}
	})
}
