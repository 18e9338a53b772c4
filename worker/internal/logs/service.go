package logs

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"time"

	"google.golang.org/grpc"

	"github.com/porpoise-scheduler/porpoise/pkg/rpc"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

const (
	chunkSize = 256 << 10
	// A follower looks again soon after it read something, and less and less
	// often while nothing comes.
	soonLook = 10 * time.Millisecond
	lateLook = 250 * time.Millisecond
)

// Service serves the logs of a store over gRPC.
type Service struct {
	workerpb.UnimplementedLogsServer
	store *Store
}

// Service makes the store's service.
func (s *Store) Service() *Service { return &Service{store: s} }

func unknown(attempt int64) error {
	return rpc.ToStatus(workflow.Errorf(workflow.NotFound, "log.unknown", "this worker has no log of attempt %d", attempt))
}

// Size implements the service.
func (v *Service) Size(ctx context.Context, r *workerpb.SizeRequest) (*workerpb.SizeResponse, error) {
	if err := v.store.awaitRecovery(ctx); err != nil {
		return nil, err
	}
	f, ended, err := v.store.open(r.GetAttemptId())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, unknown(r.GetAttemptId())
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return &workerpb.SizeResponse{Size: st.Size(), Ended: ended == nil}, nil
}

// awaitRecovery waits until it is known which attempts run.
func (s *Store) awaitRecovery(ctx context.Context) error {
	select {
	case <-s.recovered:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Read implements the service. A slow reader holds up nobody but itself.
func (v *Service) Read(r *workerpb.ReadRequest, stream grpc.ServerStreamingServer[workerpb.Chunk]) error {
	ctx := stream.Context()
	if r.GetOffset() < 0 || r.GetLimit() < 0 {
		return rpc.ToStatus(workflow.Errorf(workflow.Invalid, "log.range", "offset and limit must not be negative"))
	}
	if err := v.store.awaitRecovery(ctx); err != nil {
		return err
	}
	f, ended, err := v.store.open(r.GetAttemptId())
	if errors.Is(err, fs.ErrNotExist) {
		return unknown(r.GetAttemptId())
	}
	if err != nil {
		return err
	}
	defer f.Close()
	t := &tail{log: sparse{f: f, pos: r.GetOffset()}, left: r.GetLimit(), limited: r.GetLimit() > 0, stream: stream}
	if r.GetFollow() {
		return t.follow(ctx, ended)
	}
	return t.finish(ended == nil)
}

// tail sends one log to one reader.
type tail struct {
	log     sparse
	left    int64
	limited bool
	stream  grpc.ServerStreamingServer[workerpb.Chunk]
	buf     []byte
}

// follow sends what there is and what comes, until the attempt has ended.
func (t *tail) follow(ctx context.Context, ended <-chan struct{}) error {
	timer := time.NewTimer(soonLook)
	defer timer.Stop()
	for look := soonLook; ; {
		if over(ended) {
			return t.finish(true) // all was written before this moment
		}
		n, err := t.sendAll()
		if err != nil || t.done() {
			return err
		}
		look = min(2*look, lateLook)
		if n > 0 {
			look = soonLook
		}
		timer.Reset(look)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ended:
		case <-timer.C:
		}
	}
}

func over(ended <-chan struct{}) bool {
	if ended == nil {
		return true
	}
	select {
	case <-ended:
		return true
	default:
		return false
	}
}

// finish sends the rest, and that it is the end.
func (t *tail) finish(ended bool) error {
	if _, err := t.sendAll(); err != nil || t.done() || !ended {
		return err
	}
	return t.stream.Send(&workerpb.Chunk{Offset: t.log.pos, Ended: true})
}

func (t *tail) done() bool { return t.limited && t.left <= 0 }

// sendAll sends up to the present end or the limit.
func (t *tail) sendAll() (sent int64, err error) {
	if t.buf == nil {
		t.buf = make([]byte, chunkSize)
	}
	for !t.done() {
		room := t.buf
		if t.limited {
			room = room[:min(int64(len(room)), t.left)]
		}
		offset, n, err := t.log.next(room)
		if errors.Is(err, io.EOF) {
			return sent, nil
		}
		if err != nil {
			return sent, err
		}
		if err := t.stream.Send(&workerpb.Chunk{Offset: offset, Data: room[:n]}); err != nil {
			return sent, err
		}
		sent += int64(n)
		t.left -= int64(n)
	}
	return sent, nil
}
