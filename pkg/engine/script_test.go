package engine

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// The files in testdata are scripts: blocks of commands, a line of dashes, and
// everything the engine answers, up to an empty line. Run the tests with
// -rewrite to write the answers anew, and review the difference.
var rewrite = flag.Bool("rewrite", false, "rewrite the expected output in testdata")

func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := runScript(t, string(text))
			if *rewrite {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want := string(text); got != want {
				t.Errorf("%s", firstDifference(want, got))
			}
		})
	}
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Sprintf("line %d:\nwant %s\ngot  %s", i+1, w[i], g[i])
		}
	}
	return fmt.Sprintf("want %d lines, got %d", len(w), len(g))
}

// runScript replays the commands of a script and gives it with their answers.
func runScript(t *testing.T, text string) string {
	var out strings.Builder
	s := newScript(t)
	for _, block := range strings.Split(strings.TrimRight(text, "\n"), "\n\n") {
		if out.Len() > 0 {
			out.WriteString("\n")
		}
		input, _, isBlock := strings.Cut(block, "\n----")
		out.WriteString(strings.TrimRight(input, "\n") + "\n")
		if !isBlock {
			continue // a comment
		}
		out.WriteString("----\n")
		out.WriteString(s.block(input))
	}
	return out.String()
}

// script is the world of one script.
type script struct {
	t    *testing.T
	def  *workflow.Definition
	inst workflow.Instance
	plan *Plan
	run  *Run
	rows map[int64]workflow.TaskInstance // committed
	row  workflow.Instance               // committed
	zero time.Time
	now  time.Time
	last int64
	note bool // print committed values of dispatches
}

func newScript(t *testing.T) *script {
	zero := time.Date(2021, 10, 18, 0, 0, 0, 0, time.UTC) // 08:00 in Shanghai
	return &script{t: t, zero: zero, now: zero, rows: map[int64]workflow.TaskInstance{}}
}

func (s *script) block(input string) string {
	lines := slices.DeleteFunc(strings.Split(input, "\n"), func(l string) bool {
		return strings.HasPrefix(l, "#") || strings.TrimSpace(l) == ""
	})
	if len(lines) == 0 {
		return ""
	}
	if cmd := fields(lines[0]); cmd[0] == "workflow" {
		return s.define(cmd[1:], lines[1:])
	}
	var out strings.Builder
	for _, line := range lines {
		if len(lines) > 1 {
			out.WriteString("> " + line + "\n")
		}
		out.WriteString(s.command(fields(line)))
	}
	return out.String()
}

// fields splits at blanks outside of double quotes.
func fields(line string) []string {
	var out []string
	quoted, open := false, false
	for _, r := range line {
		switch {
		case r == '"':
			quoted = !quoted
			if !open {
				out, open = append(out, ""), true
			}
		case r == ' ' && !quoted:
			open = false
		default:
			if !open {
				out, open = append(out, ""), true
			}
			out[len(out)-1] += string(r)
		}
	}
	return out
}

// define reads a workflow: one task a line, as
//
//	name KIND [<- a,b] [key=value ...]
func (s *script) define(opts, lines []string) string {
	s.def = &workflow.Definition{ID: 7, Code: 7000000007, Version: 1, ProjectID: 3, Name: "flow"}
	for _, o := range opts {
		k, v, _ := strings.Cut(o, "=")
		switch k {
		case "timeout":
			s.def.Timeout = s.duration(v)
		case "in", "out":
			s.def.GlobalParams = append(s.def.GlobalParams, property(k, v))
		case "receivers":
			s.def.Receivers = v
		default:
			s.t.Fatalf("workflow option %s", o)
		}
	}
	for _, line := range lines {
		s.defineTask(fields(line))
	}
	var err error
	if s.plan, err = Compile(s.def); err != nil {
		return err.Error() + "\n"
	}
	s.plan = s.plan.InProject(3000000003, "demo")
	return "ok\n"
}

func property(k, v string) workflow.Property {
	name, value, _ := strings.Cut(v, ":")
	return workflow.Property{Prop: name, Value: value, Direct: workflow.Direct(strings.ToUpper(k)), Type: "VARCHAR"}
}

func (s *script) defineTask(f []string) {
	task := workflow.Task{Name: f[0], Kind: workflow.Kind(f[1]), Code: int64(len(s.def.Tasks) + 1), Priority: workflow.Medium}
	rest := f[2:]
	if len(rest) > 1 && rest[0] == "<-" {
		for _, p := range strings.Split(rest[1], ",") {
			s.def.Edges = append(s.def.Edges, workflow.Edge{From: p, To: task.Name})
		}
		rest = rest[2:]
	}
	switch task.Kind {
	case workflow.KindConditions:
		task.Conditions = &workflow.Conditions{Groups: []workflow.ConditionGroup{{}}}
	case workflow.KindSwitch:
		task.Switch = &workflow.Switch{}
	case workflow.KindSubWorkflow:
		task.SubWorkflow = &workflow.SubWorkflow{DefinitionID: 21}
	case workflow.KindDependent:
		task.Dependent = &workflow.Dependent{Groups: []workflow.DependentGroup{{}}}
	}
	for _, o := range rest {
		k, v, _ := strings.Cut(o, "=")
		if !s.taskOption(&task, k, v) && !s.logicOption(&task, k, v) {
			s.t.Fatalf("task option %s", o)
		}
	}
	s.def.Tasks = append(s.def.Tasks, task)
}

func (s *script) taskOption(task *workflow.Task, k, v string) bool {
	switch k {
	case "forbidden":
		task.Forbidden = true
	case "retries":
		task.MaxRetries = s.number(v)
	case "interval":
		task.RetryInterval = s.duration(v)
	case "delay":
		task.Delay = s.duration(v)
	case "timeout":
		task.Timeout = s.duration(v)
	case "action":
		task.TimeoutAction = workflow.TimeoutAction(v)
	case "lost":
		task.OnLost = workflow.OnLost(v)
	case "group":
		task.WorkerGroup = v
	case "slots":
		task.TaskGroupID = int64(s.number(v))
	case "rank":
		task.TaskGroupPrio = s.number(v)
	case "priority":
		task.Priority = workflow.Priority(s.number(v))
	case "in", "out":
		task.LocalParams = append(task.LocalParams, property(k, v))
	default:
		return false
	}
	return true
}

// logicOption reads the rules of logic tasks. Groups are separated by "/".
func (s *script) logicOption(task *workflow.Task, k, v string) bool {
	switch k {
	case "relation":
		if task.Conditions != nil {
			task.Conditions.Relation = workflow.Relation(v)
		} else {
			task.Dependent.Relation = workflow.Relation(v)
		}
	case "if": // AND:a,!b/OR:c
		task.Conditions.Groups = nil
		for _, g := range strings.Split(v, "/") {
			rel, items, _ := strings.Cut(g, ":")
			group := workflow.ConditionGroup{Relation: workflow.Relation(rel)}
			for _, item := range strings.Split(items, ",") {
				name, bad := strings.CutPrefix(item, "!")
				group.Items = append(group.Items, workflow.ConditionItem{Task: name, Success: !bad})
			}
			task.Conditions.Groups = append(task.Conditions.Groups, group)
		}
	case "then":
		task.Conditions.Success = strings.Split(v, ",")
	case "else":
		if task.Switch != nil {
			task.Switch.Default = v
		} else {
			task.Conditions.Failed = strings.Split(v, ",")
		}
	case "verdict":
		task.Conditions.Verdict = true
	case "case": // condition:next
		at := strings.LastIndex(v, ":")
		task.Switch.Cases = append(task.Switch.Cases, workflow.SwitchCase{Condition: v[:at], Next: v[at+1:]})
	case "on": // AND:9.task.today,9..last3Days/OR:...
		task.Dependent.Groups = nil
		for _, g := range strings.Split(v, "/") {
			rel, items, _ := strings.Cut(g, ":")
			group := workflow.DependentGroup{Relation: workflow.Relation(rel)}
			for _, item := range strings.Split(items, ",") {
				p := strings.Split(item, ".")
				group.Items = append(group.Items, workflow.DependentItem{
					DefinitionID: int64(s.number(p[0])), Task: p[1], Cycle: "day", DateValue: p[2],
				})
			}
			task.Dependent.Groups = append(task.Dependent.Groups, group)
		}
	case "every":
		task.Dependent.CheckInterval = s.duration(v)
	case "patience":
		task.Dependent.FailureWait = s.duration(v)
	default:
		return false
	}
	return true
}

func (s *script) number(v string) int {
	n, err := strconv.Atoi(v)
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

func (s *script) duration(v string) time.Duration {
	d, err := time.ParseDuration(v)
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

func (s *script) env() Env {
	return Env{Now: s.now, NextID: func() int64 { s.last++; return s.last }}
}

// command runs one line.
func (s *script) command(f []string) string {
	switch f[0] {
	case "new":
		return s.create(f[1:])
	case "state":
		return s.state()
	case "clock":
		s.now = s.now.Add(s.duration(f[1]))
		return ""
	case "values":
		s.note = true
		return ""
	case "restore":
		return s.restore()
	}
	ev := s.event(f)
	eff := s.run.Step(s.env(), ev)
	s.commit(eff)
	return s.effects(eff)
}

func (s *script) create(opts []string) string {
	s.last, s.now = 0, s.zero
	s.rows = map[int64]workflow.TaskInstance{}
	s.inst = workflow.Instance{
		ID: 100, ProjectID: 3, DefinitionID: 7, DefinitionVersion: 1, Name: "flow-1",
		State: workflow.Submitted, Command: workflow.CmdStart,
		Start: workflow.StartOptions{FailureStrategy: workflow.FailContinue, Priority: workflow.Medium},
	}
	for _, o := range opts {
		k, v, _ := strings.Cut(o, "=")
		switch k {
		case "strategy":
			s.inst.Start.FailureStrategy = workflow.FailureStrategy(v)
		case "warn":
			s.inst.Start.WarningType = workflow.WarningType(v)
		case "start":
			s.inst.Start.StartTasks = strings.Split(v, ",")
		case "scope":
			s.inst.Start.Scope = workflow.StartScope(v)
		case "group":
			s.inst.Start.WorkerGroup = v
		case "timeout":
			s.inst.Start.Timeout = s.duration(v)
		case "zone":
			s.inst.Start.Zone = v
		case "dry":
			s.inst.Start.DryRun = true
		case "parent":
			s.inst.ParentID = int64(s.number(v))
		case "param":
			name, value, _ := strings.Cut(v, ":")
			if s.inst.Start.Params == nil {
				s.inst.Start.Params = map[string]string{}
			}
			s.inst.Start.Params[name] = value
		case "scheduled":
			at, err := time.Parse(time.RFC3339, v)
			if err != nil {
				s.t.Fatal(err)
			}
			s.inst.ScheduleTime = at.UTC()
		default:
			s.t.Fatalf("instance option %s", o)
		}
	}
	s.row = s.inst
	var err error
	if s.run, err = New(s.plan, s.inst); err != nil {
		return err.Error() + "\n"
	}
	return "ok\n"
}

// id finds an attempt: a task's name, or #id.
func (s *script) id(ref string) int64 {
	if n, ok := strings.CutPrefix(ref, "#"); ok {
		return int64(s.number(n))
	}
	for _, row := range s.run.Tasks() {
		if row.Task == ref {
			return row.ID
		}
	}
	return -1
}

func (s *script) event(f []string) Event {
	id := int64(0)
	if len(f) > 1 {
		id = s.id(f[1])
	}
	opts := map[string]string{}
	vars := map[string]string{}
	var words []string
	for _, o := range f[min(2, len(f)):] {
		k, v, ok := strings.Cut(o, "=")
		switch {
		case !ok:
			words = append(words, o)
		case strings.HasPrefix(k, "$"):
			vars[k[1:]] = v
		default:
			opts[k] = v
		}
	}
	if len(vars) == 0 {
		vars = nil
	}
	switch f[0] {
	case "start":
		return Start{}
	case "wait":
		return Wait{Reason: "another runs"}
	case "discard":
		return Wait{Reason: "another runs", Discard: true}
	case "adopt":
		return Adopt{}
	case "pause":
		return Control{Command: workflow.CmdPause}
	case "stop":
		return Control{Command: workflow.CmdStop}
	case "rerun":
		return Control{Command: workflow.CmdRerun}
	case "recover-paused":
		return Control{Command: workflow.CmdRecoverPaused}
	case "recover-failed":
		return Control{Command: workflow.CmdRecoverFailed}
	case "force":
		return Control{Command: workflow.CmdForceSuccess, TaskID: id}
	case "rerun-from":
		return Control{Command: workflow.CmdRerunFrom, TaskID: id}
	case "release":
		return Control{Command: workflow.CmdReleaseHold, TaskID: id}
	case "force-start":
		return Control{Command: workflow.CmdForceStart, TaskID: id}
	case "delete":
		return Control{Command: workflow.CmdDelete}
	case "queued":
		return Queued{TaskID: id, Reason: opts["reason"]}
	case "assign":
		w := opts["worker"]
		if w == "" {
			w = "w1"
		}
		return Assigned{TaskID: id, WorkerID: w, Host: w + ":1234", Epoch: 5}
	case "refuse":
		return Refused{TaskID: id, WorkerID: opts["worker"], Reason: opts["reason"]}
	case "begin":
		return Started{TaskID: id, At: s.now, PID: 42, WorkDir: "/work", LogPath: "/log", AppLink: opts["app"]}
	case "end":
		return Ended{TaskID: id, State: workflow.State(words[0]), Reason: opts["reason"], ExitCode: s.exit(words[0]), At: s.now, Vars: vars}
	case "gone":
		return Gone{TaskID: id, WorkerID: opts["worker"], Reason: opts["reason"]}
	case "tick":
		if len(f) > 1 {
			s.now = s.now.Add(s.duration(f[1]))
		}
		return Tick{}
	case "overdue":
		return Overdue{}
	case "child-started":
		return ChildStarted{TaskID: id, ChildID: int64(s.number(words[0]))}
	case "child-ended":
		return ChildEnded{TaskID: id, ChildID: int64(s.number(words[0])), State: workflow.State(words[1]), Vars: vars}
	case "looked":
		return Looked{TaskID: id, Answers: s.answers(words)}
	case "slot":
		return SlotGranted{TaskID: id}
	}
	s.t.Fatalf("command %v", f)
	return nil
}

func (s *script) exit(state string) int {
	if state == string(workflow.Failed) {
		return 1
	}
	return 0
}

// answers reads none, first, STATE (finished) and STATE? (not finished), and
// missing for a task that did not run in a finished instance.
func (s *script) answers(words []string) []workflow.DependencyAnswer {
	var out []workflow.DependencyAnswer
	for _, w := range words {
		a := workflow.DependencyAnswer{Found: true, InstanceID: 44, Finished: true}
		switch w {
		case "none":
			a = workflow.DependencyAnswer{}
		case "first":
			a = workflow.DependencyAnswer{First: true}
		case "missing":
		case "missing?":
			a.Finished = false
		default:
			state, unfinished := strings.CutSuffix(w, "?")
			a.State, a.Finished = workflow.State(state), !unfinished
		}
		out = append(out, a)
	}
	return out
}

func (s *script) commit(eff Effects) {
	if eff.Instance != nil {
		s.row = *eff.Instance
	}
	for _, row := range eff.Tasks {
		s.rows[row.ID] = row
	}
	for _, id := range eff.DropTasks {
		delete(s.rows, id)
	}
}

// restore forgets the run and rebuilds it from the committed rows.
func (s *script) restore() string {
	rows := currentRows(s.rows)
	run, err := Restore(s.plan, s.row, rows)
	if err != nil {
		return err.Error() + "\n"
	}
	s.run = run
	return s.state()
}

func currentRows(all map[int64]workflow.TaskInstance) []workflow.TaskInstance {
	var rows []workflow.TaskInstance
	for _, row := range all {
		if row.Current {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(a, b workflow.TaskInstance) int { return int(a.ID - b.ID) })
	return rows
}

func (s *script) state() string {
	var b strings.Builder
	inst := s.run.Instance()
	s.instance(&b, &inst)
	for _, row := range s.run.Tasks() {
		s.taskRow(&b, &row)
	}
	fmt.Fprintf(&b, "  left=%d pending=%d active=%d held=%d%s\n",
		s.run.Left(), s.run.Pending(), s.run.Active(), s.run.Held(), s.at(" wake", s.run.Wake()))
	return b.String()
}
