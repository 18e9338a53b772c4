package logs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/porpoise-scheduler/porpoise/pkg/param"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newStore(t testing.TB, target Target) *Store {
	t.Helper()
	s, err := New(filepath.Join(t.TempDir(), "logs"), target, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	s.Recovered()
	return s
}

func serve(t testing.TB, s *Store) workerpb.LogsClient {
	t.Helper()
	return workerpb.NewLogsClient(connected(t, func(srv *grpc.Server) { workerpb.RegisterLogsServer(srv, s.Service()) }))
}

// connected gives a connection to a server of what is registered.
func connected(t testing.TB, register func(*grpc.Server)) *grpc.ClientConn {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := grpc.NewServer()
	register(srv)
	var wg sync.WaitGroup
	wg.Go(func() { srv.Serve(l) })
	conn, err := grpc.NewClient(l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(); srv.Stop(); wg.Wait() })
	return conn
}

// read gives what came, where it ended and whether that is the end.
func read(t testing.TB, c workerpb.LogsClient, r *workerpb.ReadRequest) (data []byte, next int64, ended bool) {
	t.Helper()
	data, next, ended, err := tryRead(t.Context(), c, r, -1)
	if err != nil {
		t.Fatal(err)
	}
	return data, next, ended
}

// tryRead stops after chunks, if that is not negative.
func tryRead(ctx context.Context, c workerpb.LogsClient, r *workerpb.ReadRequest, chunks int) (data []byte, next int64, ended bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.Read(ctx, r)
	if err != nil {
		return nil, 0, false, err
	}
	next = r.GetOffset()
	for ; chunks != 0; chunks-- {
		chunk, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return data, next, ended, nil
		}
		if err != nil {
			return data, next, ended, err
		}
		if chunk.GetOffset() != next {
			return data, next, ended, fmt.Errorf("chunk at %d, expected %d", chunk.GetOffset(), next)
		}
		data = append(data, chunk.GetData()...)
		next += int64(len(chunk.GetData()))
		ended = ended || chunk.GetEnded()
	}
	return data, next, ended, nil
}

func TestFirstAndLastLine(t *testing.T) {
	s := newStore(t, nil)
	path, err := s.Begin(1234, "attempt 1234 of task x")
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(s.dir, "1", "1234.log"); path != want {
		t.Errorf("path %s, want %s", path, want)
	}
	f, _ := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	f.WriteString("no newline")
	f.Close()
	s.End(1234, false, "exit status 3")

	data, _, ended := read(t, serve(t, s), &workerpb.ReadRequest{AttemptId: 1234, Follow: true})
	lines := strings.Split(string(data), "\n")
	if len(lines) != 4 || !ended {
		t.Fatalf("%q, ended %v", data, ended)
	}
	for i, want := range []string{"[INFO] 2*porpoise.worker:[0] - attempt 1234 of task x", "no newline", "[ERROR] 2*porpoise.worker:[0] - exit status 3"} {
		head, tail, _ := strings.Cut(want, "*")
		if !strings.HasPrefix(lines[i], head) || !strings.HasSuffix(lines[i], tail) {
			t.Errorf("line %d: %q", i, lines[i])
		}
	}
}

func TestUnknownLog(t *testing.T) {
	c := serve(t, newStore(t, nil))
	_, _, _, err := tryRead(t.Context(), c, &workerpb.ReadRequest{AttemptId: 9, Follow: true}, -1)
	if status.Code(err) != codes.NotFound || !strings.Contains(err.Error(), "no log of attempt 9") {
		t.Errorf("read: %v", err)
	}
	if _, err := c.Size(t.Context(), &workerpb.SizeRequest{AttemptId: 9}); status.Code(err) != codes.NotFound {
		t.Errorf("size: %v", err)
	}
	if _, _, _, err := tryRead(t.Context(), c, &workerpb.ReadRequest{AttemptId: 9, Offset: -1}, -1); status.Code(err) != codes.InvalidArgument {
		t.Errorf("negative offset: %v", err)
	}
}

func TestRangesAndSize(t *testing.T) {
	s := newStore(t, nil)
	w := s.NewWriter(5, 0, says("head"))
	w.Write([]byte("0123456789"))
	c := serve(t, s)
	size, err := c.Size(t.Context(), &workerpb.SizeRequest{AttemptId: 5})
	if err != nil || size.GetEnded() {
		t.Fatalf("%v %v", size, err)
	}
	from := size.GetSize() - 10
	for _, r := range []struct {
		offset, limit int64
		want          string
	}{{0, 4, "0123"}, {2, 3, "234"}, {8, 100, "89"}, {10, 5, ""}, {1000, 0, ""}} {
		got, _, ended := read(t, c, &workerpb.ReadRequest{AttemptId: 5, Offset: from + r.offset, Limit: r.limit})
		if string(got) != r.want || ended {
			t.Errorf("%+v: %q %v", r, got, ended)
		}
	}
	w.End(true, says("done"))
	if size, _ := c.Size(t.Context(), &workerpb.SizeRequest{AttemptId: 5}); !size.GetEnded() {
		t.Error("not ended")
	}
}

// TestFollowersSeeEveryByteOnce reads while somebody writes; readers break off
// and come back by offset.
func TestFollowersSeeEveryByteOnce(t *testing.T) {
	s := newStore(t, nil)
	w := s.NewWriter(1, 0, says("head"))
	c := serve(t, s)
	var wg sync.WaitGroup
	results := make([][]byte, 4)
	for i := range results {
		wg.Go(func() {
			var all []byte
			for offset, over := int64(0), false; !over; {
				data, next, ended, err := tryRead(t.Context(), c, &workerpb.ReadRequest{AttemptId: 1, Offset: offset, Follow: true}, 1+rand.IntN(3))
				if err != nil {
					t.Errorf("reader %d: %v", i, err)
					return
				}
				all, offset, over = append(all, data...), next, ended
			}
			results[i] = all
		})
	}
	for i := range 20_000 {
		fmt.Fprintf(w, "line %d %s\n", i, strings.Repeat("x", rand.IntN(200)))
	}
	w.End(true, says("done"))
	wg.Wait()
	want, _ := os.ReadFile(s.Path(1))
	for i, got := range results {
		if !bytes.Equal(got, want) {
			t.Errorf("reader %d got %d bytes of %d", i, len(got), len(want))
		}
	}
}

func TestFollowerWaitsForTheFirstByte(t *testing.T) {
	s := newStore(t, nil)
	w := s.NewWriter(3, 0, says("head"))
	c := serve(t, s)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	stream, err := c.Read(ctx, &workerpb.ReadRequest{AttemptId: 3, Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	if size, err := c.Size(ctx, &workerpb.SizeRequest{AttemptId: 3}); err != nil || size.GetSize() != 0 {
		t.Fatalf("%v %v", size, err)
	}
	w.Write([]byte("first\n"))
	chunk, err := stream.Recv()
	if err != nil || !strings.HasSuffix(string(chunk.GetData()), "first\n") {
		t.Errorf("%q %v", chunk.GetData(), err)
	}
	w.End(true, says("done"))
}

func TestReadersWaitForRecovery(t *testing.T) {
	s, err := New(t.TempDir(), nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	s.Begin(1, "head")
	c := serve(t, s)
	got := make(chan bool, 1)
	go func() {
		_, _, ended, _ := tryRead(t.Context(), c, &workerpb.ReadRequest{AttemptId: 1}, -1)
		got <- ended
	}()
	s.Recovered()
	if <-got {
		t.Error("a live log looked ended")
	}
}

func TestDroppedMiddleIsLeftOut(t *testing.T) {
	s := newStore(t, nil)
	path, _ := s.Begin(1, "head")
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	f.WriteAt([]byte("tail\n"), 8<<20)
	f.Close()
	s.End(1, true, "done")
	stream, err := serve(t, s).Read(t.Context(), &workerpb.ReadRequest{AttemptId: 1})
	if err != nil {
		t.Fatal(err)
	}
	total, jumped := 0, false
	for next := int64(0); ; {
		chunk, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		jumped = jumped || chunk.GetOffset() > next+1<<20
		next = chunk.GetOffset() + int64(len(chunk.GetData()))
		total += len(chunk.GetData())
	}
	if !jumped || total > 1<<20 {
		t.Errorf("%d bytes came, jumped %v", total, jumped)
	}
}

func TestWriterOverItsLimit(t *testing.T) {
	s := newStore(t, nil)
	w := s.NewWriter(1, 10, says("head"))
	for range 5 {
		if n, err := w.Write([]byte("abcd")); n != 4 || err != nil {
			t.Fatal(n, err)
		}
	}
	w.End(true, says("done"))
	b, _ := os.ReadFile(s.Path(1))
	if !strings.Contains(string(b), "\nabcdabcdab\n") || !strings.Contains(string(b), "10 bytes of this log were dropped") {
		t.Errorf("%q", b)
	}
}

func TestScanForParameters(t *testing.T) {
	s := newStore(t, nil)
	w := s.NewWriter(1, 0, says("head"))
	fmt.Fprintf(w, "echo ${setValue(a=1)}\nx #{setValue(b=two words)} ${setValue(c=)} y\n%s\n", strings.Repeat("z", 3<<20))
	fmt.Fprint(w, "setValue(d=4)\n${setValue(a=5)}\n", strings.Repeat("pad\n", 300_000), "${setValue(e=last)}")
	w.End(true, says("done"))
	got, err := s.Scan(1, Want{SetValue: param.ScanSetValue})
	if err != nil {
		t.Fatal(err)
	}
	if want := "map[a:5 b:two words c: e:last]"; fmt.Sprint(got.Vars) != want || got.Applications != nil {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestSilentSuccessHasNoLog(t *testing.T) {
	s := newStore(t, nil)
	if s.NewWriter(1, 0, says("head")).End(true, says("done")) {
		t.Error("a log of a success that said nothing")
	}
	if _, err := os.Stat(s.Path(1)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file exists: %v", err)
	}
	if !s.NewWriter(2, 0, says("head")).End(false, says("failed")) {
		t.Error("a failure without a log")
	}
}

// flaky refuses the first puts.
type flaky struct {
	mu       sync.Mutex
	failures int
	blobs    map[string]string
	stored   chan string
}

func (f *flaky) Put(_ context.Context, key string, r io.Reader, size int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failures > 0 {
		f.failures--
		return errors.New("away")
	}
	b, err := io.ReadAll(r)
	if err != nil || int64(len(b)) != size {
		return fmt.Errorf("%d bytes of %d: %w", len(b), size, err)
	}
	f.blobs[key] = string(b)
	f.stored <- key
	return nil
}

func TestFinishedLogsAreShippedAlsoAfterARestart(t *testing.T) {
	target := &flaky{failures: 1, blobs: map[string]string{}, stored: make(chan string, 4)}
	s := newStore(t, target)
	w := s.NewWriter(7, 0, says("head"))
	fmt.Fprintln(w, "a word")
	w.End(true, says("done")) // nobody ships yet: the worker ends here

	again, err := New(s.dir, target, s.log)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { again.Run(ctx) })
	if key := <-target.stored; key != "logs/7.log" {
		t.Errorf("key %s", key)
	}
	cancel()
	wg.Wait()
	want, _ := os.ReadFile(s.Path(7))
	if target.blobs["logs/7.log"] != string(want) {
		t.Errorf("shipped %q, want %q", target.blobs["logs/7.log"], want)
	}
}

func BenchmarkRead(b *testing.B) {
	s := newStore(b, nil)
	w := s.NewWriter(1, 0, says("head"))
	block := bytes.Repeat([]byte("0123456789abcdef\n"), 1<<16)
	for range 200 {
		w.Write(block)
	}
	w.End(true, says("done"))
	c := serve(b, s)
	b.SetBytes(200 * int64(len(block)))
	for b.Loop() {
		stream, err := c.Read(b.Context(), &workerpb.ReadRequest{AttemptId: 1})
		if err != nil {
			b.Fatal(err)
		}
		for err == nil {
			_, err = stream.Recv()
		}
		if !errors.Is(err, io.EOF) {
			b.Fatal(err)
		}
	}
}

func BenchmarkScan(b *testing.B) {
	s := newStore(b, nil)
	w := s.NewWriter(1, 0, says("head"))
	block := bytes.Repeat([]byte("a line of ordinary output without anything set\n"), 1<<14)
	for range 200 {
		w.Write(block)
	}
	w.End(true, says("done"))
	b.SetBytes(200 * int64(len(block)))
	for b.Loop() {
		if _, err := s.Scan(1, Want{SetValue: param.ScanSetValue, Applications: true}); err != nil {
			b.Fatal(err)
		}
	}
}

// says gives a line that is only asked for when it is written.
func says(text string) func() string { return func() string { return text } }
