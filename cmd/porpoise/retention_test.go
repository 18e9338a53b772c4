package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/store/sqlstore"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/test/services"
)

// command runs the program and gives what it said.
func command(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(&out)
	root.SetErr(&out)
	err := root.ExecuteContext(t.Context())
	return strings.Join(strings.Fields(out.String()), " "), err
}

func TestRetention(t *testing.T) {
	for name, url := range map[string]string{"sqlite": "sqlite://" + filepath.Join(t.TempDir(), "p.db"), "mariadb": services.MariaDB(t)} {
		t.Run(name, func(t *testing.T) { testRetention(t, url) })
	}
}

func testRetention(t *testing.T, url string) {
	oldInstances(t, url)
	said := func(want string, args ...string) {
		t.Helper()
		got, err := command(t, append(append([]string{"retention"}, args...), "--database", url)...)
		if err != nil || !strings.Contains(got, want) {
			t.Errorf("%v: %v, said\n%s\nwant %s", args, err, got, want)
		}
	}
	said("(all others) for ever for ever", "show")
	said("(all others) for ever for ever 0 0", "run", "--dry-run")
	said("(all others) 30 for ever", "set", "--instance-days", "30")
	said("p as all projects 7", "set", "--project", "p", "--log-days", "7")
	said("(all others) 30 90", "set", "--log-days", "90")
	said("p 5 7", "set", "--project", "p", "--instance-days", "5")
	said("p 5 7 3 3 0 0 (all others) 30 90 0 0 0 0", "run", "--dry-run")
	said("would be removed: ended alerts 0, passed due times 0, quarantined commands 0", "run", "--dry-run")
	said("not looked through: workers: this command does not reach them; porpoise ctl retention run does", "run", "--dry-run")
	said("(all others) 30 90 14", "set", "--cache-days", "14")
	deletionsWait(t, url, 0)
	said("p 5 7 3", "run")
	deletionsWait(t, url, 3)
	said("(all others) 30 90 0", "run") // again
	deletionsWait(t, url, 3)
	said("PROJECT INSTANCE DAYS LOG DAYS CACHE DAYS (all others) 30 90 14", "set", "--project", "p", "--instance-days", "-1", "--log-days", "-1")

	for _, bad := range [][]string{{"set"}, {"set", "--log-days", "-1"}, {"set", "--project", "p", "--log-days", "-2"},
		{"set", "--cache-days", "-1"}, {"set", "--cache-days", "1", "--project", "p"}, {"set", "--instance-days", "99999"}, {"set", "--project", "none", "--log-days", "1"}} {
		if got, err := command(t, append(append([]string{"retention"}, bad...), "--database", url)...); err == nil {
			t.Errorf("%v was taken: %s", bad, got)
		}
	}
	said("PROJECT INSTANCE DAYS LOG DAYS CACHE DAYS (all others) 30 90 14", "show")
	if _, err := command(t, "retention", "show"); err == nil || !strings.Contains(err.Error(), "--database") {
		t.Errorf("without a database: %v", err)
	}
}

// TestRetentionBesideAServer names the command that works while a server has the
// database open.
func TestRetentionBesideAServer(t *testing.T) {
	url := "sqlite://" + filepath.Join(t.TempDir(), "p.db")
	oldInstances(t, url)
	with(t, url, func(*store.Store) error {
		if said, err := command(t, "retention", "show", "--database", url); err == nil || !strings.Contains(err.Error(), "use porpoise ctl") {
			t.Errorf("%v, said %q", err, said)
		}
		return nil
	})
}

// with opens the database for a part of the test.
func with(t *testing.T, url string, do func(s *store.Store) error) {
	t.Helper()
	if err := withStore(t.Context(), url, do); err != nil {
		t.Fatal(err)
	}
}

// oldInstances makes a project with instances that ended 1, 11, 21 and 31 days
// ago.
func oldInstances(t *testing.T, url string) {
	t.Helper()
	if _, err := sqlstore.Migrate(t.Context(), url, sqlstore.Up); err != nil {
		t.Fatal(err)
	}
	with(t, url, func(s *store.Store) error {
		p := workflow.Project{Name: "p"}
		if err := s.Projects.Create(t.Context(), &p); err != nil {
			return err
		}
		epoch, err := s.Scheduling.Take(t.Context(), 1, 0, "me", "127.0.0.1:1")
		if err != nil {
			return err
		}
		b := store.Batch{Fences: []store.Fence{{Shard: 1, Epoch: epoch}}}
		for n := range 4 {
			at := time.Now().AddDate(0, 0, -10*n-1)
			b.Instances = append(b.Instances, workflow.Instance{ID: int64(n + 1), Shard: 1, ProjectID: p.ID, State: workflow.Succeeded, StartTime: at, EndTime: at})
			b.Tasks = append(b.Tasks, workflow.TaskInstance{ID: int64(n + 1), InstanceID: int64(n + 1), ProjectID: p.ID, Task: fmt.Sprint(n), State: workflow.Succeeded})
		}
		return s.Scheduling.Commit(t.Context(), &b)
	})
}

// deletionsWait sees how many deletions wait for masters.
func deletionsWait(t *testing.T, url string, want int) {
	t.Helper()
	with(t, url, func(s *store.Store) error {
		list, err := s.Scheduling.Pending(t.Context(), []int{1}, 0, 100)
		if len(list) != want {
			t.Errorf("%d commands wait, want %d", len(list), want)
		}
		return err
	})
}
