package retention

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"google.golang.org/grpc"

	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// Workers is how workers are found and reached. The zero value reaches none.
type Workers struct {
	Members interface {
		Members(ctx context.Context, role coord.Role) ([]coord.Member, error)
	}
	// Dial opens a connection to a worker without waiting for it.
	Dial func(addr string) (*grpc.ClientConn, error)
	// Timeout bounds one call; 1 min.
	Timeout time.Duration
}

// living gives the workers that live now: what the others have is looked at
// when they are back.
func (w Workers) living(ctx context.Context) ([]coord.Member, error) {
	if w.Members == nil || w.Dial == nil {
		return nil, nil
	}
	members, err := w.Members.Members(ctx, coord.Worker)
	if err != nil {
		return nil, refusal{fmt.Errorf("the registry does not tell which there are: %w", err)}
	}
	return members, nil
}

func (w Workers) open(m coord.Member) (*remote, error) {
	conn, err := w.Dial(m.Addr)
	if err != nil {
		return nil, err
	}
	return &remote{conn: conn, client: workerpb.NewHousekeepingClient(conn), timeout: cmp.Or(w.Timeout, time.Minute)}, nil
}

// remote is a worker as a place of logs and of cached resources.
type remote struct {
	conn    *grpc.ClientConn
	client  workerpb.HousekeepingClient
	timeout time.Duration
}

func (w *remote) pages(ctx context.Context, before time.Time) iter.Seq2[[]endedLog, error] {
	return func(yield func([]endedLog, error) bool) {
		request := &workerpb.ListLogsRequest{BeforeUnixMs: before.UnixMilli(), Limit: lookup}
		for {
			answer, err := call(ctx, w, w.client.ListLogs, request)
			if err != nil {
				yield(nil, err)
				return
			}
			var page []endedLog
			for _, l := range answer.GetLogs() {
				page = append(page, endedLog{attempt: l.GetAttemptId(), size: l.GetSize(), at: time.UnixMilli(l.GetWrittenUnixMs())})
			}
			if len(page) > 0 && !yield(page, nil) || answer.GetNext() == 0 {
				return
			}
			if answer.GetNext() <= request.After {
				yield(nil, fmt.Errorf("its list of logs does not go on behind attempt %d", request.After))
				return
			}
			request.After = answer.GetNext()
		}
	}
}

func (w *remote) remove(ctx context.Context, page []endedLog) ([]endedLog, error) {
	request, latest := &workerpb.RemoveLogsRequest{}, page[0].at
	for _, l := range page {
		request.AttemptIds = append(request.AttemptIds, l.attempt)
		if l.at.After(latest) {
			latest = l.at
		}
	}
	// One that somebody wrote to since is not meant.
	request.BeforeUnixMs = latest.UnixMilli() + 1
	answer, err := call(ctx, w, w.client.RemoveLogs, request)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(page), func(l endedLog) bool { return !slices.Contains(answer.GetAttemptIds(), l.attempt) }), nil
}

// unused counts what was last used before a moment, and removes it if it is to.
func (w *remote) unused(ctx context.Context, before time.Time, remove bool) (workflow.Amount, error) {
	answer, err := call(ctx, w, w.client.UnusedResources, &workerpb.UnusedResourcesRequest{BeforeUnixMs: before.UnixMilli(), Remove: remove})
	return workflow.Amount{Files: int(answer.GetFiles()), Bytes: answer.GetBytes()}, err
}

// call asks a worker, which is away when it does not answer in time.
func call[I, O any](ctx context.Context, w *remote, method func(context.Context, I, ...grpc.CallOption) (*O, error), in I) (*O, error) {
	ctx, cancel := context.WithTimeout(ctx, w.timeout)
	defer cancel()
	out, err := method(ctx, in)
	if workflow.ErrorReason(err) == "rpc.Unimplemented" {
		err = errors.New("it is of an older version, which cannot do this")
	}
	return out, err
}
