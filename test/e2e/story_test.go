package e2e

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/test/client"
	"github.com/porpoise-scheduler/porpoise/test/cluster"
)

// patience is how long nothing may happen before a test gives up.
const patience = 2 * time.Minute

// TestMain lets tests wait side by side: they sleep far more than they work.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "32"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// story is a test with a scheduler and a project of one user.
type story struct {
	*testing.T
	c   *cluster.Cluster
	p   client.Project
	dir string // tasks may write here
}

// standalone starts a scheduler for a test.
func standalone(t *testing.T, args ...string) *story {
	t.Helper()
	return begin(t, cluster.Config{StandaloneArgs: args})
}

func begin(t *testing.T, cfg cluster.Config) *story {
	t.Helper()
	if testing.Short() {
		t.Skip("runs the real binary")
	}
	c := cluster.ForTest(t, cfg)
	p, err := c.Project(t.Context(), "e2e")
	if err != nil {
		t.Fatal(err)
	}
	return &story{T: t, c: c, p: p, dir: c.Dir}
}

// tell runs a chapter beside the others, with a folder of its own.
func (s *story) tell(name string, chapter func(*story)) {
	s.Run(name, func(t *testing.T) {
		t.Parallel()
		dir := filepath.Join(s.c.Dir, "story-"+strings.ReplaceAll(name, " ", "-"))
		if err := os.Mkdir(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		chapter(&story{T: t, c: s.c, p: s.p, dir: dir})
	})
}

// path names a file of the chapter.
func (s *story) path(name string) string { return filepath.Join(s.dir, name) }

// touch makes a file that a task waits for.
func (s *story) touch(name string) {
	s.Helper()
	if err := os.WriteFile(s.path(name), nil, 0o644); err != nil {
		s.Fatal(err)
	}
}

// lines reads what tasks appended to a file.
func (s *story) lines(name string) []string {
	s.Helper()
	data, err := os.ReadFile(s.path(name))
	if err != nil && !os.IsNotExist(err) {
		s.Fatal(err)
	}
	return strings.Fields(string(data))
}

// append is a script that adds a word to a file of the chapter.
func (s *story) append(name, word string) string {
	return fmt.Sprintf("echo %s >>%s", word, s.path(name))
}

// until is a script that waits for a file of the chapter.
func (s *story) until(name string) string {
	return fmt.Sprintf("while [ ! -e %s ]; do sleep 0.05; done", s.path(name))
}

func (s *story) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// publish puts a definition online.
func (s *story) publish(name string, tasks ...client.Node) int {
	s.Helper()
	return s.publishFlow(name, client.Flow{Tasks: tasks})
}

func (s *story) publishFlow(name string, f client.Flow) int {
	s.Helper()
	id, err := s.p.Publish(s.Context(), name, f)
	s.ok(err)
	return id
}

// start starts a definition and gives the new instance.
func (s *story) start(definition int, options ...string) client.Instance {
	s.Helper()
	i, err := s.p.Run(s.Context(), definition, patience, options...)
	s.ok(err)
	return i
}

// ends waits until an instance is in a terminal state, which must be this one.
func (s *story) ends(instance int, state string) client.Instance {
	s.Helper()
	i, err := s.p.Await(s.Context(), instance, patience, state)
	if err != nil {
		s.Fatalf("%v; %s", err, s.why(instance))
	}
	return i
}

// why gives the tasks of an instance and the logs of those that failed.
func (s *story) why(instance int) string {
	s.Helper()
	text := fmt.Sprint("tasks: ", s.states(instance))
	for name, t := range s.tasks(instance) {
		if t.State != client.Success {
			log, err := s.p.Log(s.Context(), t.ID, 0, 50)
			text += fmt.Sprintf("\n%s: %s (%v)", name, log, err)
		}
	}
	return text
}

// do acts on an instance and, for what starts it again, waits until it did.
func (s *story) do(i client.Instance, executeType string) {
	s.Helper()
	s.ok(s.p.Execute(s.Context(), i.ID, executeType))
	if executeType == "STOP" || executeType == "PAUSE" {
		return
	}
	s.ok(client.Poll(s.Context(), patience, func(ctx context.Context) (string, bool, error) {
		now, err := s.p.Instance(ctx, i.ID)
		again := now.RunTimes > i.RunTimes || now.StartTime.After(i.StartTime.Time)
		return fmt.Sprintf("%s of instance %d: %+v", executeType, i.ID, now), again, err
	}))
}

// running waits until a task runs.
func (s *story) running(instance int, name string) client.Task {
	s.Helper()
	task, err := s.p.AwaitTask(s.Context(), instance, name, client.Running, patience)
	s.ok(err)
	return task
}

// tasks gives the current attempts by name.
func (s *story) tasks(instance int) map[string]client.Task {
	s.Helper()
	list, err := s.p.Tasks(s.Context(), instance)
	s.ok(err)
	byName := map[string]client.Task{}
	for _, t := range list {
		if _, twice := byName[t.Name]; twice {
			s.Errorf("instance %d lists task %s twice", instance, t.Name)
		}
		byName[t.Name] = t
	}
	return byName
}

// states gives the states of an instance's tasks.
func (s *story) states(instance int) map[string]string {
	s.Helper()
	states := map[string]string{}
	for name, t := range s.tasks(instance) {
		states[name] = t.State
	}
	return states
}

// log reads the beginning of a task's log.
func (s *story) log(instance int, name string) string {
	s.Helper()
	text, err := s.p.Log(s.Context(), s.tasks(instance)[name].ID, 0, 1000)
	s.ok(err)
	return text
}

// logHas fails when a task's log lacks one of the texts.
func (s *story) logHas(instance int, name string, texts ...string) {
	s.Helper()
	log := s.log(instance, name)
	for _, text := range texts {
		if !strings.Contains(log, text) {
			s.Errorf("the log of %s lacks %q:\n%s", name, text, log)
		}
	}
}

func (s *story) equal(what string, got, want any) {
	s.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		s.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// gone fails when processes with the marker live.
func (s *story) gone(when, marker string) {
	s.Helper()
	if left := cluster.Marked(marker); len(left) > 0 {
		s.Errorf("%s: processes are left: %v", when, left)
	}
}

// alive waits until n processes sleep as long as the marker says. The shells
// that are told to start them do not count.
func (s *story) alive(marker string, n int) {
	s.Helper()
	s.ok(client.Poll(s.Context(), patience, func(context.Context) (string, bool, error) {
		found := 0
		for _, p := range cluster.Marked(marker) {
			if len(p.Args) == 2 && p.Args[1] == marker {
				found++
			}
		}
		return fmt.Sprintf("%d of %d processes sleep %s", found, n, marker), found >= n, nil
	}))
}

// sorted gives the words in order.
func sorted(words []string) []string {
	words = slices.Clone(words)
	slices.Sort(words)
	return words
}
