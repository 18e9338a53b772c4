package e2e

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/porpoise-scheduler/porpoise/test/client"
	"github.com/porpoise-scheduler/porpoise/test/cluster"
)

// TestResourcesOnEveryWorker uploads files to an API server and uses them in
// tasks on two workers, with each kind of storage.
func TestResourcesOnEveryWorker(t *testing.T) {
	t.Run("shared folder", func(t *testing.T) {
		useResources(t, t.TempDir())
	})
	t.Run("S3", func(t *testing.T) {
		backend := s3mem.New()
		if err := backend.CreateBucket("files"); err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(gofakes3.New(backend).Server())
		t.Cleanup(server.Close)
		useResources(t, "s3://files/resources?insecure=1&region=us-east-1&endpoint="+strings.TrimPrefix(server.URL, "http://"),
			"PORPOISE_S3_ACCESS_KEY=access", "PORPOISE_S3_SECRET_KEY=secret")
	})
}

func useResources(t *testing.T, location string, env ...string) {
	store := []string{"--resource-store", location}
	s := begin(t, cluster.Config{
		APIs: 1, Masters: 1, Workers: 2, APIArgs: store, WorkerArgs: append([]string{"--slots", "1"}, store...), Env: env,
	})
	s.dirOpen()
	ctx := s.Context()
	tools, err := s.p.CreateFolder(ctx, -1, "/", "tools")
	s.ok(err)
	hello, err := s.p.CreateText(ctx, tools, "/tools", "hello", "sh", "#!/bin/sh\necho first $1\n")
	s.ok(err)
	big := strings.Repeat("0123456789abcdef", 1<<16)
	numbers, err := s.p.Upload(ctx, -1, "/", "numbers.txt", strings.NewReader(big), int64(len(big)))
	s.ok(err)

	meet := func(me, other string) string { // both at once: each takes a worker
		return fmt.Sprintf("./tools/hello.sh %s; wc -c <numbers.txt; touch %s\n%s", me, s.path(me), s.until(other))
	}
	a, b := client.Shell("a", meet("a", "b")), client.Shell("b", meet("b", "a"))
	a.Params["resourceList"] = []any{map[string]any{"id": tools}, map[string]any{"id": numbers}}
	b.Params["resourceList"] = []any{map[string]any{"resourceName": "file:/tools/hello.sh"}, map[string]any{"id": numbers}}
	id := s.publish("with resources", a, b)
	i := s.ends(s.start(id).ID, client.Success)
	s.logHas(i.ID, "a", "first a", "1048576")
	s.logHas(i.ID, "b", "first b", "1048576")
	if tasks := s.tasks(i.ID); tasks["a"].Host == tasks["b"].Host {
		s.Errorf("both ran on %s", tasks["a"].Host)
	}

	s.ok(s.p.UpdateText(ctx, hello, "#!/bin/sh\necho second $1\n"))
	i = s.ends(s.start(id).ID, client.Success)
	s.logHas(i.ID, "a", "second a", "1048576")
	for _, w := range s.c.Workers {
		kept, err := os.ReadDir(filepath.Join(w.Dir, "resources-cache"))
		s.ok(err)
		if len(kept) != 2 && len(kept) != 3 { // the new script may have run twice on the other worker
			s.Errorf("%s keeps %v", w.Name, kept)
		}
	}
}

// TestFirstSteps does what a newcomer does: no tenant, no store, no flags.
func TestFirstSteps(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the real binary")
	}
	c := cluster.ForTest(t, cluster.Config{})
	admin, err := c.Client().Login(t.Context(), "admin", cluster.AdminPassword)
	if err != nil {
		t.Fatal(err)
	}
	s := &story{T: t, c: c, p: admin.Project("first"), dir: c.Dir}
	s.ok(admin.CreateProject(t.Context(), "first"))
	script, err := admin.CreateText(t.Context(), -1, "/", "hello", "py", "print('hello from a file')\n")
	s.ok(err)
	task := client.Shell("hello", "id -u; cat hello.py")
	task.Params["resourceList"] = []any{map[string]any{"id": script}}
	i := s.ends(s.start(s.publish("hello", task)).ID, client.Success)
	s.logHas(i.ID, "hello", "hello from a file")
	if os.Geteuid() == 0 {
		s.logHas(i.ID, "hello", "65534")
	}

	gone := client.Shell("gone", "true")
	gone.Params["resourceList"] = []any{map[string]any{"id": 4711}}
	id, err := s.p.Save(t.Context(), "gone", client.Flow{Tasks: []client.Node{gone}})
	if err != nil {
		t.Skip("a missing resource is refused when the workflow is saved:", err)
	}
	s.ok(s.p.Release(t.Context(), id, true))
	i = s.ends(s.start(id).ID, client.Failure)
	s.equal("tasks", s.states(i.ID), "map[gone:FAILURE]")
	s.logHas(i.ID, "gone", "did not start: resource 4711 does not exist any more")
}
