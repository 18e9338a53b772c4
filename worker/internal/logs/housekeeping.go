package logs

import (
	"cmp"
	"context"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/rpc"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// maxPage bounds the logs of one call.
const maxPage = 1000

// Resources is a cache of what attempts used.
type Resources interface {
	// Unused counts the files that were last used before a moment, and removes
	// them if it is to.
	Unused(before time.Time, remove bool) (files int, bytes int64)
}

// Housekeeping lets masters remove, over gRPC, what they find to be old.
type Housekeeping struct {
	workerpb.UnimplementedHousekeepingServer
	store *Store
	cache Resources // nil: there is none
}

// Housekeeping makes the service of the store and of a cache, which may be nil.
func (s *Store) Housekeeping(cache Resources) *Housekeeping {
	return &Housekeeping{store: s, cache: cache}
}

// ListLogs implements the service.
func (h *Housekeeping) ListLogs(ctx context.Context, r *workerpb.ListLogsRequest) (*workerpb.ListLogsResponse, error) {
	if r.GetAfter() < 0 || r.GetLimit() < 0 {
		return nil, rpc.ToStatus(workflow.Errorf(workflow.Invalid, "log.range", "after and limit must not be negative"))
	}
	if err := h.store.awaitRecovery(ctx); err != nil {
		return nil, err
	}
	limit := min(cmp.Or(int(r.GetLimit()), maxPage), maxPage)
	list, next, err := h.store.Ended(ctx, r.GetAfter(), time.UnixMilli(r.GetBeforeUnixMs()), limit)
	if err != nil {
		return nil, err
	}
	response := &workerpb.ListLogsResponse{Next: next}
	for _, l := range list {
		response.Logs = append(response.Logs, &workerpb.EndedLog{AttemptId: l.Attempt, Size: l.Size, WrittenUnixMs: l.Written.UnixMilli()})
	}
	return response, nil
}

// RemoveLogs implements the service.
func (h *Housekeeping) RemoveLogs(ctx context.Context, r *workerpb.RemoveLogsRequest) (*workerpb.RemoveLogsResponse, error) {
	if len(r.GetAttemptIds()) > maxPage {
		return nil, rpc.ToStatus(workflow.Errorf(workflow.Invalid, "log.range", "at most %d logs are removed at a time", maxPage))
	}
	if err := h.store.awaitRecovery(ctx); err != nil {
		return nil, err
	}
	gone, err := h.store.Remove(ctx, r.GetAttemptIds(), time.UnixMilli(r.GetBeforeUnixMs()))
	if err != nil {
		return nil, err
	}
	return &workerpb.RemoveLogsResponse{AttemptIds: gone}, nil
}

// UnusedResources implements the service.
func (h *Housekeeping) UnusedResources(_ context.Context, r *workerpb.UnusedResourcesRequest) (*workerpb.UnusedResourcesResponse, error) {
	if h.cache == nil {
		return &workerpb.UnusedResourcesResponse{}, nil
	}
	files, bytes := h.cache.Unused(time.UnixMilli(r.GetBeforeUnixMs()), r.GetRemove())
	return &workerpb.UnusedResourcesResponse{Files: int64(files), Bytes: bytes}, nil
}
