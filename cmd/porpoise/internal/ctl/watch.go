package ctl

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func (a *app) newWatch() *cobra.Command {
	return &cobra.Command{
		Use: "watch ID", Short: "Watch an instance until it ends", Args: args(1, 1),
		Long: `Watch an instance until it ends: on a terminal a picture of its tasks, else a
line for every change. ` + exitHelp,
		ValidArgsFunction: a.nounNames(instances()),
		RunE: a.with(func(c *call, args []string) error {
			_, id, err := c.instance(args[0])
			if err != nil {
				return err
			}
			v := newView(c.out.w)
			err = c.Watch(c.ctx, c.site.Project, id, v.instance, v.task, c.lost)
			v.finish()
			if err != nil {
				return err
			}
			return c.verdict(v.last)
		}),
	}
}

// view shows an instance as it changes.
type view struct {
	w     io.Writer
	live  bool // a terminal: drawn again in place
	last  client.Instance
	tasks []client.TaskInstance // the current attempt of each, in order of appearance
	lines int                   // that stand
}

func newView(w io.Writer) *view { return &view{w: w, live: isTerminal(w)} }

func (v *view) instance(i client.Instance) error {
	changed := v.last.State != i.State
	v.last = i
	for _, t := range i.Tasks {
		v.put(t)
	}
	if v.live {
		v.draw()
	} else if changed {
		v.tell("instance", fmt.Sprint(i.ID), i.State, i.Reason)
	}
	if i.State.Terminal() {
		return client.ErrDone
	}
	return nil
}

func (v *view) task(t client.TaskInstance) error {
	changed := v.put(t)
	if v.live {
		v.draw()
	} else if changed {
		v.tell("task", t.Task, t.State, t.Reason)
	}
	return nil
}

// put keeps the latest attempt of a task and says whether that is news.
func (v *view) put(t client.TaskInstance) bool {
	i := slices.IndexFunc(v.tasks, func(have client.TaskInstance) bool { return have.Task == t.Task })
	if i < 0 {
		v.tasks = append(v.tasks, t)
		return true
	}
	if t.ID < v.tasks[i].ID {
		return false // an earlier attempt
	}
	news := v.tasks[i].ID != t.ID || v.tasks[i].State != t.State || v.tasks[i].Reason != t.Reason
	v.tasks[i] = t
	return news
}

func (v *view) tell(what, name string, s workflow.State, reason string) {
	line := fmt.Sprintf("%s  %s %s: %s", time.Now().Format(time.TimeOnly), what, printable(name), s)
	if reason != "" {
		line += " (" + printable(reason) + ")"
	}
	fmt.Fprintln(v.w, line)
}

// Colours of states; others have the terminal's own.
var stateColours = map[workflow.State]string{
	workflow.Running: "36", workflow.Succeeded: "32", workflow.ForcedSuccess: "32", workflow.Failed: "31", workflow.Killed: "31",
	workflow.Lost: "31", workflow.Stopped: "33", workflow.Paused: "33", workflow.Dispatched: "34", workflow.Delayed: "35",
}

var stateMarks = map[workflow.State]string{
	workflow.Running: "▶", workflow.Succeeded: "✔", workflow.ForcedSuccess: "✔", workflow.Failed: "✘", workflow.Killed: "✘",
	workflow.Lost: "?", workflow.Stopped: "■", workflow.Paused: "‖",
}

// draw puts the picture where the last one stood.
func (v *view) draw() {
	var b strings.Builder
	if v.lines > 0 {
		fmt.Fprintf(&b, "\x1b[%dA\x1b[J", v.lines)
	}
	lines := append([]string{v.head()}, v.rows()...)
	for _, line := range lines {
		b.WriteString(line + "\n")
	}
	v.lines = len(lines)
	fmt.Fprint(v.w, b.String())
}

// tallest is how many tasks fit on any terminal; of more, those that run or
// went wrong come first.
const tallest = 20

func (v *view) rows() []string {
	shown := slices.Clone(v.tasks)
	if len(shown) > tallest {
		slices.SortStableFunc(shown, func(a, b client.TaskInstance) int { return urgency(a.State) - urgency(b.State) })
		shown = shown[:tallest]
	}
	width := 4
	for _, t := range shown {
		width = max(width, len([]rune(t.Task)))
	}
	width = min(width, 40)
	rows := make([]string, 0, len(shown)+1)
	for _, t := range shown {
		name := cellText(t.Task)
		pad := strings.Repeat(" ", max(0, width-len([]rune(name))))
		rows = append(rows, fmt.Sprintf("  %s %s%s  %s  %s %s", mark(t.State), name, pad, colour(t.State), took(t.Duration), note(t.Reason)))
	}
	if more := len(v.tasks) - len(shown); more > 0 {
		rows = append(rows, fmt.Sprintf("  … and %d more", more))
	}
	return rows
}

func note(reason string) string {
	if reason == "" {
		return ""
	}
	return cellText(reason)
}

func urgency(s workflow.State) int {
	switch s {
	case workflow.Failed, workflow.Killed, workflow.Lost:
		return 0
	case workflow.Running:
		return 1
	case workflow.Succeeded, workflow.ForcedSuccess:
		return 3
	}
	return 2
}

func (v *view) head() string {
	counts := map[workflow.State]int{}
	for _, t := range v.tasks {
		counts[t.State]++
	}
	return fmt.Sprintf("instance %d  %s  %s  %d of %d tasks done  %s", v.last.ID, cellText(v.last.Workflow), colour(v.last.State),
		counts[workflow.Succeeded]+counts[workflow.ForcedSuccess], len(v.tasks), took(v.last.Duration))
}

func mark(s workflow.State) string {
	if m, ok := stateMarks[s]; ok {
		return m
	}
	return "·"
}

func colour(s workflow.State) string {
	text := fmt.Sprintf("%-14s", s)
	if code, ok := stateColours[s]; ok {
		return "\x1b[" + code + "m" + text + "\x1b[0m"
	}
	return text
}

// finish leaves the last picture standing.
func (v *view) finish() { v.lines = 0 }
