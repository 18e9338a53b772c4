package remotelog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/porpoise-scheduler/porpoise/pkg/blob/local"
	"github.com/porpoise-scheduler/porpoise/pkg/rpc"
	"github.com/porpoise-scheduler/porpoise/pkg/rpc/remotelog"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// worker serves one log, in small chunks; breakAfter is how many of them it
// sends before it fails.
type worker struct {
	workerpb.UnimplementedLogsServer
	attempt    int64
	log        string
	breakAfter int
}

func (w *worker) Read(r *workerpb.ReadRequest, stream grpc.ServerStreamingServer[workerpb.Chunk]) error {
	if r.GetAttemptId() != w.attempt {
		return workflow.Errorf(workflow.NotFound, "log.unknown", "no such log")
	}
	text := w.log[r.GetOffset():]
	if r.GetLimit() > 0 {
		text = text[:min(int64(len(text)), r.GetLimit())]
	}
	for sent := 0; text != ""; sent++ {
		if w.breakAfter > 0 && sent == w.breakAfter {
			return workflow.Errorf(workflow.Unavailable, "worker.stopping", "stopping")
		}
		n := min(4, len(text))
		if err := stream.Send(&workerpb.Chunk{Data: []byte(text[:n])}); err != nil {
			return err
		}
		text = text[n:]
	}
	return nil
}

func (w *worker) Size(_ context.Context, r *workerpb.SizeRequest) (*workerpb.SizeResponse, error) {
	if r.GetAttemptId() != w.attempt {
		return nil, workflow.Errorf(workflow.NotFound, "log.unknown", "no such log")
	}
	return &workerpb.SizeResponse{Size: int64(len(w.log))}, nil
}

// shipped is a store of finished logs.
type shipped map[int64]string

func (s shipped) ReadLog(_ context.Context, attemptID, offset, limit int64, w io.Writer) error {
	text, ok := s[attemptID]
	if !ok {
		return workflow.Errorf(workflow.NotFound, "blob.not_found", "no such object")
	}
	text = text[offset:]
	if limit > 0 {
		text = text[:min(int64(len(text)), limit)]
	}
	_, err := io.WriteString(w, text)
	return err
}

func (s shipped) LogSize(_ context.Context, attemptID int64) (int64, error) {
	text, ok := s[attemptID]
	if !ok {
		return 0, workflow.Errorf(workflow.NotFound, "blob.not_found", "no such object")
	}
	return int64(len(text)), nil
}

// setup serves w and makes a reader; the worker's address is behind "here".
func setup(t *testing.T, w *worker, s remotelog.Shipped) *remotelog.Reader {
	t.Helper()
	security, err := rpc.NewSecurity(rpc.TLSFiles{}, false)
	if err != nil {
		t.Fatal(err)
	}
	l, err := security.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := security.NewServer(slog.New(slog.DiscardHandler))
	workerpb.RegisterLogsServer(server, w)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, l, time.Second) }()
	reader := remotelog.New(remotelog.Config{
		Dial: func(addr string) (*grpc.ClientConn, error) { return security.Dial(addr) },
		Resolve: func(host string) string {
			if host == "here" {
				return l.Addr().String()
			}
			return host
		},
		Shipped: s,
	})
	t.Cleanup(func() {
		if err := reader.Close(); err != nil {
			t.Error(err)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return reader
}

const text = "first line\nsecond line\nthird\n"

// nowhere is an address where nobody listens.
const nowhere = "127.0.0.1:1"

func TestRead(t *testing.T) {
	for name, test := range map[string]struct {
		worker        worker
		host          string
		shipped       remotelog.Shipped
		offset, limit int64
		want, reason  string
	}{
		"from the worker":             {worker{attempt: 7, log: text}, "here", nil, 0, 0, text, ""},
		"a part":                      {worker{attempt: 7, log: text}, "here", nil, 3, 9, text[3:12], ""},
		"the worker forgot it":        {worker{attempt: 8}, "here", shipped{7: text}, 0, 0, text, ""},
		"the worker is gone":          {worker{}, nowhere, shipped{7: text}, 5, 4, text[5:9], ""},
		"the worker goes meanwhile":   {worker{attempt: 7, log: text, breakAfter: 2}, "here", shipped{7: text}, 1, 20, text[1:21], ""},
		"nobody has it":               {worker{attempt: 8}, "here", shipped{}, 0, 0, "", "log.gone"},
		"gone, and shipped nowhere":   {worker{}, nowhere, nil, 0, 0, "", "log.unreachable"},
		"gone, and not in the store":  {worker{}, nowhere, shipped{}, 0, 0, "", "log.unreachable"},
		"forgotten, shipped nowhere":  {worker{attempt: 8}, "here", nil, 0, 0, "", "log.gone"},
		"an address that is not ours": {worker{}, "192.0.2.1:9", nil, 0, 0, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			reader := setup(t, &test.worker, test.shipped)
			var got bytes.Buffer
			err := reader.Read(t.Context(), test.host, 7, test.offset, test.limit, false, &got)
			if test.want == "" && err == nil {
				t.Fatalf("no error, and %q", got.String())
			}
			if test.want != "" && (err != nil || got.String() != test.want) {
				t.Fatalf("got %q, %v", got.String(), err)
			}
			if reason := workflow.ErrorReason(err); reason != test.reason {
				t.Fatalf("reason %q of %v", reason, err)
			}
			if test.reason == "log.unreachable" && !strings.Contains(err.Error(), test.host) {
				t.Errorf("the message does not name the worker: %v", err)
			}
		})
	}
}

func TestSize(t *testing.T) {
	reader := setup(t, &worker{attempt: 7, log: text}, shipped{8: "shipped"})
	for attempt, want := range map[int64]int64{7: int64(len(text)), 8: 7} {
		if size, err := reader.Size(t.Context(), "here", attempt); err != nil || size != want {
			t.Errorf("attempt %d: %d, %v", attempt, size, err)
		}
	}
	if _, err := reader.Size(t.Context(), "here", 9); workflow.ErrorReason(err) != "log.gone" {
		t.Errorf("got %v", err)
	}
}

// full is a writer that takes n bytes.
type full struct{ n int }

var errFull = errors.New("enough")

func (f *full) Write(p []byte) (int, error) {
	if len(p) > f.n {
		return 0, errFull
	}
	f.n -= len(p)
	return len(p), nil
}

func TestAReaderWhoHasEnoughEndsTheRead(t *testing.T) {
	reader := setup(t, &worker{attempt: 7, log: text}, shipped{7: text})
	if err := reader.Read(t.Context(), "here", 7, 0, 0, false, &full{10}); !errors.Is(err, errFull) {
		t.Fatalf("got %v", err)
	}
}

func TestCancelledReadAsksNobodyElse(t *testing.T) {
	reader := setup(t, &worker{}, shipped{7: text})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var got bytes.Buffer
	if err := reader.Read(ctx, nowhere, 7, 0, 0, false, &got); !errors.Is(err, context.Canceled) || got.Len() > 0 {
		t.Fatalf("got %q, %v", got.String(), err)
	}
}

func TestBlobs(t *testing.T) {
	store, err := local.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	blobs := remotelog.Blobs{Store: store, Key: func(id int64) string { return fmt.Sprintf("logs/%d", id) }}
	if err := store.Put(t.Context(), "logs/7", strings.NewReader(text), -1); err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := blobs.ReadLog(t.Context(), 7, 6, 4, &got); err != nil || got.String() != text[6:10] {
		t.Fatalf("got %q, %v", got.String(), err)
	}
	if size, err := blobs.LogSize(t.Context(), 7); err != nil || size != int64(len(text)) {
		t.Fatalf("size %d, %v", size, err)
	}
	if err := blobs.ReadLog(t.Context(), 8, 0, 0, &got); workflow.ErrorCode(err) != workflow.NotFound {
		t.Fatalf("got %v", err)
	}
}
