package chaos

import (
	"fmt"
	"strings"
)

// Expected is what a run should have done.
type Expected struct {
	Instances int // accepted triggers
	// Tasks names every task of an instance with what it follows.
	Tasks map[string][]string
	// Allowed tells whether a second start of the task has a reason; nil: none
	// has.
	Allowed func(instance int64, task string) bool
}

// Counts is the outcome of a run; doc.go says what the letters mean.
type Counts struct {
	L, C, S, O, A, E, T, H, X int
	Findings                  []string // what was counted, at most a few of each letter
}

// String is the counts in one line.
func (c Counts) String() string {
	return fmt.Sprintf("L=%d C=%d S=%d O=%d A=%d E=%d T=%d H=%d X=%d", c.L, c.C, c.S, c.O, c.A, c.E, c.T, c.H, c.X)
}

// Broken reports whether a promise was.
func (c Counts) Broken() bool { return c.L+c.C+c.O+c.A+c.E+c.T+c.H+c.X > 0 }

// Explain is the findings, one a line.
func (c Counts) Explain() string { return strings.Join(c.Findings, "\n") }

// most findings kept.
const most = 40

func (c *Counts) found(counter *int, n int, format string, args ...any) {
	if n <= 0 {
		return
	}
	*counter += n
	if len(c.Findings) < most {
		c.Findings = append(c.Findings, fmt.Sprintf(format, args...))
	}
}

// add takes over what another check counted.
func (c *Counts) add(o Counts) {
	for _, of := range []struct{ to, from *int }{
		{&c.L, &o.L}, {&c.C, &o.C}, {&c.S, &o.S}, {&c.O, &o.O}, {&c.A, &o.A}, {&c.E, &o.E}, {&c.T, &o.T}, {&c.H, &o.H}, {&c.X, &o.X},
	} {
		*of.to += *of.from
	}
	c.Findings = append(c.Findings, o.Findings...)
}

// key names a task of an instance.
type key struct {
	instance int64
	task     string
}

// history is what the journal says of one task, as positions in it.
type history struct {
	starts, ends []int
}

// Check compares a journal with what was expected. It fills all but H and X.
func Check(journal []Entry, want Expected) Counts {
	var c Counts
	tasks := map[key]*history{}
	instances := map[int64]bool{}
	for at, e := range journal {
		k := key{e.Instance, e.Task}
		h := tasks[k]
		if h == nil {
			h = &history{}
			tasks[k] = h
		}
		instances[e.Instance] = true
		if e.Start {
			h.starts = append(h.starts, at)
		} else {
			h.ends = append(h.ends, at)
		}
	}
	c.found(&c.L, want.Instances-len(instances), "L: %d triggers were accepted, %d instances ran", want.Instances, len(instances))
	c.found(&c.C, len(instances)-want.Instances, "C: %d triggers were accepted, %d instances ran", want.Instances, len(instances))
	for id := range instances {
		for task, after := range want.Tasks {
			c.checkTask(journal, tasks, key{id, task}, after, want.Allowed)
		}
	}
	for k := range tasks {
		if _, known := want.Tasks[k.task]; !known {
			c.found(&c.C, 1, "C: instance %d ran the unknown task %s", k.instance, k.task)
		}
	}
	return c
}

func (c *Counts) checkTask(journal []Entry, tasks map[key]*history, k key, after []string, allowed func(int64, string) bool) {
	h := tasks[k]
	if h == nil || len(h.ends) == 0 {
		c.found(&c.L, 1, "L: task %s of instance %d never ended", k.task, k.instance)
	}
	if h == nil {
		return
	}
	second := len(h.starts) - 1
	c.found(&c.S, second, "S: task %s of instance %d started %d times", k.task, k.instance, len(h.starts))
	if allowed == nil || !allowed(k.instance, k.task) {
		c.found(&c.A, second, "A: nothing allows task %s of instance %d to start %d times", k.task, k.instance, len(h.starts))
		c.found(&c.C, len(h.ends)-1, "C: task %s of instance %d ended %d times", k.task, k.instance, len(h.ends))
	}
	c.checkRuns(journal, k, h)
	for _, before := range after {
		b := tasks[key{k.instance, before}]
		if len(h.starts) > 0 && (b == nil || len(b.ends) == 0 || b.ends[0] > h.starts[0]) {
			c.found(&c.E, 1, "E: task %s of instance %d started before %s had ended", k.task, k.instance, before)
		}
	}
}

// checkRuns looks at the runs of one task: they must not overlap, no attempt
// may end twice, and tokens must rise.
func (c *Counts) checkRuns(journal []Entry, k key, h *history) {
	for i := 1; i < len(h.starts); i++ {
		now := journal[h.starts[i]]
		for _, at := range h.starts[:i] {
			if earlier := journal[at]; earlier.Token >= now.Token {
				c.found(&c.T, 1, "T: task %s of instance %d started with token %d after %d", k.task, k.instance, now.Token, earlier.Token)
			}
		}
		for _, at := range h.ends {
			if e := journal[at]; at > h.starts[i] && e.Token != now.Token && e.Token < now.Token {
				c.found(&c.O, 1, "O: attempt %d of task %s of instance %d ran on beside attempt %d", e.Attempt, k.task, k.instance, now.Attempt)
			}
		}
	}
	ended := map[int64]int{}
	for _, at := range h.ends {
		if ended[journal[at].Token]++; ended[journal[at].Token] == 2 {
			c.found(&c.C, 1, "C: attempt %d of task %s of instance %d ended twice", journal[at].Attempt, k.task, k.instance)
		}
	}
}
