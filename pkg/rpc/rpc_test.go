package rpc_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/porpoise-scheduler/porpoise/pkg/rpc"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/masterpb"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// master answers as its fields say.
type master struct {
	masterpb.UnimplementedMasterServer
	workerpb.UnimplementedLogsServer
	nudge func(context.Context) error
	chunk []byte
	end   error
}

func (m *master) Nudge(ctx context.Context, _ *masterpb.NudgeRequest) (*masterpb.NudgeResponse, error) {
	return &masterpb.NudgeResponse{}, m.nudge(ctx)
}

func (m *master) Read(_ *workerpb.ReadRequest, stream grpc.ServerStreamingServer[workerpb.Chunk]) error {
	if err := stream.Send(&workerpb.Chunk{Data: m.chunk}); err != nil {
		return err
	}
	return m.end
}

// records is a log that tests can read.
type records struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (r *records) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.Write(p)
}

func (r *records) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.String()
}

// serve starts m and connects to it.
func serve(t *testing.T, server, client *rpc.Security, m *master) (*grpc.ClientConn, *records) {
	t.Helper()
	log := &records{}
	s := server.NewServer(slog.New(slog.NewTextHandler(log, nil)))
	masterpb.RegisterMasterServer(s, m)
	workerpb.RegisterLogsServer(s, m)
	l, err := server.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l, time.Second) }()
	conn, err := client.Dial(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return conn, log
}

func plain(t *testing.T) *rpc.Security {
	t.Helper()
	s, err := rpc.NewSecurity(rpc.TLSFiles{}, false)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestUnaryErrorKeepsItsMeaning(t *testing.T) {
	refusal := workflow.Errorf(workflow.Conflict, "shard.draining", "the shard is being handed over")
	conn, log := serve(t, plain(t), plain(t), &master{nudge: func(context.Context) error { return refusal }})
	_, err := masterpb.NewMasterClient(conn).Nudge(t.Context(), &masterpb.NudgeRequest{})
	if workflow.ErrorCode(err) != workflow.Conflict || workflow.ErrorReason(err) != "shard.draining" {
		t.Fatalf("got %v", err)
	}
	if log.String() != "" {
		t.Errorf("a refusal was logged: %s", log)
	}
}

func TestPanicBecomesAnErrorAndIsLogged(t *testing.T) {
	conn, log := serve(t, plain(t), plain(t), &master{nudge: func(context.Context) error { panic("no such shard") }})
	client := masterpb.NewMasterClient(conn)
	for range 2 { // the server survives
		_, err := client.Nudge(t.Context(), &masterpb.NudgeRequest{})
		if workflow.ErrorCode(err) != workflow.Internal || strings.Contains(err.Error(), "no such shard") {
			t.Fatalf("got %v", err)
		}
	}
	if got := log.String(); !strings.Contains(got, "no such shard") || !strings.Contains(got, "Master/Nudge") {
		t.Errorf("the log says %q", got)
	}
}

func TestStreams(t *testing.T) {
	big := bytes.Repeat([]byte("x"), 10<<20)
	for _, test := range []struct {
		end  error
		want func(error) bool
	}{
		{nil, func(err error) bool { return err == io.EOF }},
		{workflow.Errorf(workflow.NotFound, "log.gone", "gone"), func(err error) bool { return workflow.ErrorReason(err) == "log.gone" }},
	} {
		conn, _ := serve(t, plain(t), plain(t), &master{chunk: big, end: test.end})
		stream, err := workerpb.NewLogsClient(conn).Read(t.Context(), &workerpb.ReadRequest{})
		if err != nil {
			t.Fatal(err)
		}
		chunk, err := stream.Recv()
		if err != nil || !bytes.Equal(chunk.GetData(), big) {
			t.Fatalf("%d bytes, %v", len(chunk.GetData()), err)
		}
		if _, err := stream.Recv(); !test.want(err) {
			t.Errorf("with end %v the stream ended with %v", test.end, err)
		}
	}
}

func TestServeLetsCallsFinish(t *testing.T) {
	s := plain(t)
	entered, leave := make(chan struct{}), make(chan struct{})
	server := s.NewServer(slog.New(slog.DiscardHandler))
	masterpb.RegisterMasterServer(server, &master{nudge: func(context.Context) error {
		close(entered)
		<-leave
		return nil
	}})
	l, err := s.Listen("unix:" + filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended, called := make(chan error, 1), make(chan error, 1)
	go func() { ended <- server.Serve(ctx, l, time.Minute) }()
	conn, err := s.Dial("unix:" + l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if r, err := healthpb.NewHealthClient(conn).Check(t.Context(), &healthpb.HealthCheckRequest{}); err != nil || r.GetStatus() != healthpb.HealthCheckResponse_SERVING {
		t.Fatalf("health: %v, %v", r, err)
	}
	go func() {
		_, err := masterpb.NewMasterClient(conn).Nudge(t.Context(), &masterpb.NudgeRequest{})
		called <- err
	}()
	<-entered
	stop()
	close(leave)
	if err := errors.Join(<-called, <-ended); err != nil {
		t.Fatal(err)
	}
}

func TestServeDoesNotWaitForEver(t *testing.T) {
	s := plain(t)
	entered := make(chan struct{})
	server := s.NewServer(slog.New(slog.DiscardHandler))
	masterpb.RegisterMasterServer(server, &master{nudge: func(ctx context.Context) error {
		close(entered)
		<-ctx.Done()
		return ctx.Err()
	}})
	l, err := s.Listen("localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, l, time.Millisecond) }()
	conn, err := s.Dial(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	called := make(chan error, 1)
	go func() {
		_, err := masterpb.NewMasterClient(conn).Nudge(t.Context(), &masterpb.NudgeRequest{})
		called <- err
	}()
	<-entered
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if err := <-called; workflow.ErrorCode(err) != workflow.Unavailable {
		t.Fatalf("the call ended with %v", err)
	}
}
