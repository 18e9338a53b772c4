// Package remotelog reads the logs of attempts where they are: on the worker
// that ran them or, once that worker is gone, where finished logs were shipped
// to.
package remotelog

import (
	"context"
	"errors"
	"io"
	"sync"

	"google.golang.org/grpc"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// Shipped reads logs that were shipped; a log that was not is NotFound.
type Shipped interface {
	ReadLog(ctx context.Context, attemptID, offset, limit int64, w io.Writer) error
	LogSize(ctx context.Context, attemptID int64) (int64, error)
}

// Config is how a Reader reaches logs. Dial is required.
type Config struct {
	// Dial opens a connection to a worker without waiting for it.
	Dial func(addr string) (*grpc.ClientConn, error)
	// Resolve turns the host of an attempt into an address to dial; nil: they
	// are the same.
	Resolve func(host string) string
	// Shipped is where finished logs are found when their worker is gone; nil:
	// nowhere.
	Shipped Shipped
}

// Reader reads logs. Connections are kept; Close closes them.
type Reader struct {
	cfg Config

	mu    sync.Mutex
	conns map[string]*grpc.ClientConn // nil once closed
}

// New makes a reader.
func New(cfg Config) *Reader {
	if cfg.Resolve == nil {
		cfg.Resolve = func(host string) string { return host }
	}
	return &Reader{cfg: cfg, conns: map[string]*grpc.ClientConn{}}
}

// Read copies at most limit bytes (0: all) of an attempt's log, from offset,
// to w. With follow it goes on until the attempt has ended. It ends with the
// error of w, if that refuses to take more. Reasons: "log.gone" when neither
// the worker nor the store has the log, "log.unreachable" when the worker does
// not answer.
func (r *Reader) Read(ctx context.Context, host string, attemptID, offset, limit int64, follow bool, w io.Writer) error {
	sink := &counter{w: w}
	err := r.fromWorker(ctx, host, &workerpb.ReadRequest{
		AttemptId: attemptID, Offset: offset, Limit: limit, Follow: follow,
	}, sink)
	if err == nil || sink.err != nil || !elsewhere(ctx, err) {
		return err
	}
	// The worker may have gone in the middle: go on where it stopped.
	if limit > 0 {
		limit -= sink.n
	}
	return r.fromShipped(err, host, func(s Shipped) error {
		return s.ReadLog(ctx, attemptID, offset+sink.n, limit, w)
	})
}

// Size gives the length the log has now. Reasons are those of Read.
func (r *Reader) Size(ctx context.Context, host string, attemptID int64) (int64, error) {
	size, err := r.sizeOnWorker(ctx, host, attemptID)
	if err == nil || !elsewhere(ctx, err) {
		return size, err
	}
	err = r.fromShipped(err, host, func(s Shipped) (err error) {
		size, err = s.LogSize(ctx, attemptID)
		return err
	})
	return size, err
}

// Close closes all connections; later reads fail.
func (r *Reader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var errs []error
	for _, conn := range r.conns {
		errs = append(errs, conn.Close())
	}
	r.conns = nil
	return errors.Join(errs...)
}

func (r *Reader) fromWorker(ctx context.Context, host string, request *workerpb.ReadRequest, w io.Writer) error {
	client, err := r.client(host)
	if err != nil {
		return err
	}
	// Ending the context frees the stream when w takes no more.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := client.Read(ctx, request)
	if err != nil {
		return err
	}
	for {
		chunk, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := w.Write(chunk.GetData()); err != nil {
			return err
		}
	}
}

func (r *Reader) sizeOnWorker(ctx context.Context, host string, attemptID int64) (int64, error) {
	client, err := r.client(host)
	if err != nil {
		return 0, err
	}
	response, err := client.Size(ctx, &workerpb.SizeRequest{AttemptId: attemptID})
	return response.GetSize(), err
}

func (r *Reader) client(host string) (workerpb.LogsClient, error) {
	addr := r.cfg.Resolve(host)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conns == nil {
		return nil, workflow.Errorf(workflow.Unavailable, "log.closed", "this server is stopping")
	}
	conn := r.conns[addr]
	if conn == nil {
		var err error
		if conn, err = r.cfg.Dial(addr); err != nil {
			return nil, err
		}
		r.conns[addr] = conn
	}
	return workerpb.NewLogsClient(conn), nil
}

// fromShipped asks the store after the worker failed with cause. The store's
// having nothing is told in terms of the cause.
func (r *Reader) fromShipped(cause error, host string, ask func(Shipped) error) error {
	if r.cfg.Shipped != nil {
		err := ask(r.cfg.Shipped)
		if workflow.ErrorCode(err) != workflow.NotFound {
			return err
		}
	}
	if workflow.ErrorCode(cause) == workflow.NotFound {
		return workflow.Errorf(workflow.NotFound, "log.gone", "worker %s has no log of this attempt", host)
	}
	e := workflow.Errorf(workflow.Unavailable, "log.unreachable",
		"the log is on worker %s, which cannot be reached", host).With(host)
	e.Err = cause
	return e
}

// elsewhere says that err is the worker's absence or ignorance, and not the
// end of the caller's patience.
func elsewhere(ctx context.Context, err error) bool {
	code := workflow.ErrorCode(err)
	return ctx.Err() == nil && (code == workflow.Unavailable || code == workflow.NotFound)
}

// counter counts what went through and remembers the writer's refusal.
type counter struct {
	w   io.Writer
	n   int64
	err error
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	c.err = err
	return n, err
}
