package retention_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/porpoise-scheduler/porpoise/master/retention"
	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/rpc"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// crew is the workers that are registered, and how they are reached.
type crew struct {
	t        *testing.T
	security *rpc.Security
	members  []coord.Member
	err      error
}

func newCrew(t *testing.T) *crew {
	t.Helper()
	security, err := rpc.NewSecurity(rpc.TLSFiles{}, false)
	must(t, err)
	return &crew{t: t, security: security}
}

func (c *crew) Members(_ context.Context, role coord.Role) ([]coord.Member, error) {
	if role != coord.Worker {
		return nil, errors.New("it is workers that have logs")
	}
	return c.members, c.err
}

func (c *crew) dial(addr string) (*grpc.ClientConn, error) { return c.security.Dial(addr) }

func (c *crew) workers() retention.Workers {
	return retention.Workers{Members: c, Dial: c.dial, Timeout: time.Minute}
}

// serve gives the address of a server that ends with the test.
func (c *crew) serve(register func(grpc.ServiceRegistrar)) (addr string, stop func()) {
	c.t.Helper()
	l, err := c.security.Listen("127.0.0.1:0")
	must(c.t, err)
	server := c.security.NewServer(slog.New(slog.DiscardHandler))
	register(server)
	ctx, cancel := context.WithCancel(context.WithoutCancel(c.t.Context()))
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(ctx, l, 0) }()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	c.t.Cleanup(stop)
	return l.Addr().String(), stop
}

// hire adds a worker.
func (c *crew) hire(id string, w workerpb.HousekeepingServer) (dismiss func()) {
	c.t.Helper()
	addr, stop := c.serve(func(s grpc.ServiceRegistrar) {
		if w != nil {
			workerpb.RegisterHousekeepingServer(s, w)
		}
	})
	c.members = append(c.members, coord.Member{ID: id, Addr: addr})
	return stop
}

// host is what a worker has: logs of 10 bytes by their attempts, some of which
// it needs by the time they are to go, and resources of 100 bytes.
type host struct {
	workerpb.UnimplementedHousekeepingServer
	mu        sync.Mutex
	logs      map[int64]time.Time
	needed    []int64
	resources []time.Time
}

func (h *host) ListLogs(_ context.Context, r *workerpb.ListLogsRequest) (*workerpb.ListLogsResponse, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	answer := &workerpb.ListLogsResponse{}
	for looked, id := range slices.Sorted(maps.Keys(h.logs)) {
		if id <= r.GetAfter() {
			continue
		}
		answer.Next = id
		if at := h.logs[id]; at.Before(time.UnixMilli(r.GetBeforeUnixMs())) {
			answer.Logs = append(answer.Logs, &workerpb.EndedLog{AttemptId: id, Size: 10, WrittenUnixMs: at.UnixMilli()})
		}
		if looked%3 == 2 { // enough for one call
			return answer, nil
		}
	}
	answer.Next = 0
	return answer, nil
}

func (h *host) RemoveLogs(_ context.Context, r *workerpb.RemoveLogsRequest) (*workerpb.RemoveLogsResponse, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	answer := &workerpb.RemoveLogsResponse{}
	for _, id := range r.GetAttemptIds() {
		if at, ok := h.logs[id]; ok && at.Before(time.UnixMilli(r.GetBeforeUnixMs())) && !slices.Contains(h.needed, id) {
			delete(h.logs, id)
			answer.AttemptIds = append(answer.AttemptIds, id)
		}
	}
	return answer, nil
}

func (h *host) UnusedResources(_ context.Context, r *workerpb.UnusedResourcesRequest) (*workerpb.UnusedResourcesResponse, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	unused := func(at time.Time) bool { return at.Before(time.UnixMilli(r.GetBeforeUnixMs())) }
	left := slices.DeleteFunc(slices.Clone(h.resources), unused)
	n := int64(len(h.resources) - len(left))
	if r.GetRemove() {
		h.resources = left
	}
	return &workerpb.UnusedResourcesResponse{Files: n, Bytes: 100 * n}, nil
}

// stuck never answers. The time of whoever asks is over once it was asked.
type stuck struct {
	workerpb.UnimplementedHousekeepingServer
	asked func()
}

func (s stuck) ListLogs(ctx context.Context, _ *workerpb.ListLogsRequest) (*workerpb.ListLogsResponse, error) {
	s.asked()
	<-ctx.Done()
	return nil, ctx.Err()
}

// expiring is a context whose cancellation is its deadline.
type expiring struct{ context.Context }

func (c expiring) Err() error {
	if c.Context.Err() != nil {
		return context.DeadlineExceeded
	}
	return nil
}

// circling gives the same page for ever.
type circling struct {
	workerpb.UnimplementedHousekeepingServer
}

func (circling) ListLogs(context.Context, *workerpb.ListLogsRequest) (*workerpb.ListLogsResponse, error) {
	return &workerpb.ListLogsResponse{Next: 1}, nil
}
