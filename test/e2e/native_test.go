package e2e

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/test/client"
	"github.com/porpoise-scheduler/porpoise/test/cluster"
)

// TestWatchersSurviveTheirServer runs a workflow by the native API, watches it
// and follows a log, and kills the API server in the middle. At another one
// both go on where they were: no byte and no state is missing.
func TestWatchersSurviveTheirServer(t *testing.T) {
	s := begin(t, cluster.Config{APIs: 2, Masters: 1, Workers: 1})
	s.dirOpen()
	talk := fmt.Sprintf(`i=0; until [ -e %s ]; do i=$((i+1)); echo "line $i – 数据 of a task that talks"; sleep 0.01; done; echo at last`, s.path("enough"))
	flow := s.publish("talks", client.Shell("talk", talk), client.Shell("after", "echo done", "talk"))

	run := s.runNative(flow)
	w := &watching{story: s, path: fmt.Sprintf("/projects/e2e/instances/%d/events", run), tasks: map[string]string{}}
	w.listen(0)
	w.until(func() bool { return w.tasks["talk"] == "RUNNING" })
	log := &following{story: s, path: fmt.Sprintf("/projects/e2e/tasks/%d/log/events", w.ids["talk"])}
	log.listen(0)
	log.until(20_000)

	s.ok(s.c.APIs[0].Kill())
	log.drain()
	w.drain()
	seen := len(log.text)
	w.listen(1)
	log.listen(1)
	log.until(seen + 20_000)
	s.touch("enough")
	log.until(-1)
	w.until(func() bool { return w.state == "SUCCEEDED" })
	if w.tasks["talk"] != "SUCCEEDED" || w.tasks["after"] != "SUCCEEDED" {
		t.Errorf("tasks were last seen as %v", w.tasks)
	}

	raw, err := s.p.NativeRaw(t.Context(), 1, fmt.Sprintf("/projects/e2e/tasks/%d/log/raw", w.ids["talk"]))
	s.ok(err)
	if string(raw) != log.text {
		t.Errorf("followed %d bytes, the log has %d; they part at %d", len(log.text), len(raw), parting(string(raw), log.text))
	}
	if !strings.Contains(log.text, "at last") {
		t.Error("the end of the log is missing")
	}
	s.pieces(w.ids["talk"], string(raw))
	s.ok(s.c.APIs[0].Start())
}

// runNative runs a workflow and waits for its instance.
func (s *story) runNative(flow int) int {
	s.Helper()
	return s.runWith(flow, map[string]any{"priority": "HIGH"})
}

// runWith is runNative with options.
func (s *story) runWith(flow int, options map[string]any) int {
	s.Helper()
	before := s.newest(flow)
	var started struct{ InstanceID int }
	s.ok(s.p.Native(s.Context(), 0, http.MethodPost, fmt.Sprintf("/projects/e2e/workflows/%d/runs?wait=10s", flow), options, &started))
	if started.InstanceID != 0 {
		return started.InstanceID
	}
	// The API waits only so long.
	id := before
	s.ok(client.Poll(s.Context(), patience, func(context.Context) (string, bool, error) {
		id = s.newest(flow)
		return "no instance came of it", id > before, nil
	}))
	return id
}

// newest gives the id of a workflow's newest instance, 0 when there is none.
func (s *story) newest(flow int) (id int) {
	s.Helper()
	page, err := s.p.Instances(s.Context(), flow, "", 1, 10)
	s.ok(err)
	for _, i := range page.TotalList {
		id = max(id, i.ID)
	}
	return id
}

// pieces reads a log piece by piece and holds it against the whole.
func (s *story) pieces(task int, whole string) {
	s.Helper()
	var got strings.Builder
	for offset := 0; ; {
		var piece struct {
			Next  int
			Text  string
			Ended bool
		}
		s.ok(s.p.Native(s.Context(), 1, http.MethodGet, fmt.Sprintf("/projects/e2e/tasks/%d/log?offset=%d&limit=10007", task, offset), nil, &piece))
		got.WriteString(piece.Text)
		if offset = piece.Next; piece.Ended {
			break
		}
	}
	if got.String() != whole {
		s.Errorf("pieces make %d bytes, the log has %d", got.Len(), len(whole))
	}
}

// parting is where two texts begin to differ.
func parting(a, b string) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// watching is somebody who watches an instance.
type watching struct {
	*story
	path   string
	stream *client.Stream
	last   string // id of the last event
	state  string
	tasks  map[string]string
	ids    map[string]int
}

func (w *watching) listen(server int) {
	w.Helper()
	stream, err := w.p.Listen(w.Context(), server, w.path, w.last)
	w.ok(err)
	w.Cleanup(func() { _ = stream.Close() })
	w.stream = stream
}

// hear takes one event; an error when there is none any more.
func (w *watching) hear() error {
	w.Helper()
	e, err := w.stream.Next()
	if err != nil {
		return err
	}
	w.last = e.ID
	var v struct {
		ID          int
		Task, State string
	}
	w.ok(e.Into(&v))
	switch e.Name {
	case "instance":
		w.state = v.State
	case "task":
		if w.ids == nil {
			w.ids = map[string]int{}
		}
		w.tasks[v.Task], w.ids[v.Task] = v.State, v.ID
	}
	return nil
}

func (w *watching) until(so func() bool) {
	w.Helper()
	for !so() {
		w.ok(w.hear())
	}
}

// drain takes what is still on its way from a server that is gone.
func (w *watching) drain() {
	w.Helper()
	for w.hear() == nil {
	}
}

// following is somebody who follows a log.
type following struct {
	*story
	path   string
	stream *client.Stream
	last   string
	text   string
	ended  bool
}

func (f *following) listen(server int) {
	f.Helper()
	stream, err := f.p.Listen(f.Context(), server, f.path, f.last)
	f.ok(err)
	f.Cleanup(func() { _ = stream.Close() })
	f.stream = stream
}

func (f *following) hear() error {
	f.Helper()
	e, err := f.stream.Next()
	if err != nil {
		return err
	}
	switch e.Name {
	case "chunk":
		var c struct {
			Offset, Next int
			Text         string
		}
		f.ok(e.Into(&c))
		if c.Offset != len(f.text) || c.Next != c.Offset+len(c.Text) || e.ID != fmt.Sprint(c.Next) {
			f.Fatalf("after %d bytes comes what begins at %d and ends at %d, with id %s", len(f.text), c.Offset, c.Next, e.ID)
		}
		f.text, f.last = f.text+c.Text, e.ID
	case "end":
		f.ended = true
	}
	return nil
}

// until follows until so many bytes are there, or to the end (-1).
func (f *following) until(bytes int) {
	f.Helper()
	for !f.ended && (bytes < 0 || len(f.text) < bytes) {
		f.ok(f.hear())
	}
}

func (f *following) drain() {
	f.Helper()
	for f.hear() == nil {
	}
}
