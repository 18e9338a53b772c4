package logs

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// shelf is a cache of which one file is used at each of some moments.
type shelf []time.Time

func (c *shelf) Unused(before time.Time, remove bool) (files int, bytes int64) {
	for _, used := range *c {
		if used.Before(before) {
			files, bytes = files+1, bytes+10
		}
	}
	if remove {
		*c = slices.DeleteFunc(*c, func(used time.Time) bool { return used.Before(before) })
	}
	return files, bytes
}

func keeper(t *testing.T, s *Store, cache Resources) workerpb.HousekeepingClient {
	t.Helper()
	return workerpb.NewHousekeepingClient(connected(t, func(srv *grpc.Server) {
		workerpb.RegisterHousekeepingServer(srv, s.Housekeeping(cache))
	}))
}

// listed goes through all pages.
func listed(t *testing.T, c workerpb.HousekeepingClient, before time.Time, limit int32) (ids []int64) {
	t.Helper()
	for after := int64(0); ; {
		r, err := c.ListLogs(t.Context(), &workerpb.ListLogsRequest{After: after, BeforeUnixMs: before.UnixMilli(), Limit: limit})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.GetLogs()) > int(limit) {
			t.Fatalf("a page of %d logs", len(r.GetLogs()))
		}
		for _, l := range r.GetLogs() {
			ids = append(ids, l.GetAttemptId())
			if l.GetSize() == 0 || !time.UnixMilli(l.GetWrittenUnixMs()).Before(before) {
				t.Errorf("%v is listed", l)
			}
		}
		if after = r.GetNext(); after == 0 {
			return ids
		}
	}
}

func TestHousekeeping(t *testing.T) {
	s := newStore(t, nil)
	for _, attempt := range []int64{7001, 999, 1000, 12, 13, 1001, 1999, 7000} {
		aged(t, s, attempt, 3*time.Hour)
	}
	aged(t, s, 14, time.Hour)
	if _, err := s.Begin(15, "still running"); err != nil {
		t.Fatal(err)
	}
	old(t, s.Path(15), 3*time.Hour)
	c, before := keeper(t, s, nil), time.Now().Add(-2*time.Hour)
	want := []int64{12, 13, 999, 1000, 1001, 1999, 7000, 7001}
	for _, limit := range []int32{1, 2, 3, 100} {
		if got := listed(t, c, before, limit); !slices.Equal(got, want) {
			t.Errorf("pages of %d list %v, want %v", limit, got, want)
		}
	}
	old(t, s.Path(13), 0) // somebody wrote to it since
	r, err := c.RemoveLogs(t.Context(), &workerpb.RemoveLogsRequest{AttemptIds: []int64{12, 13, 14, 15, 16, 7001}, BeforeUnixMs: before.UnixMilli()})
	if err != nil || !slices.Equal(r.GetAttemptIds(), []int64{12, 7001}) {
		t.Errorf("removed %v, %v", r.GetAttemptIds(), err)
	}
	for attempt, there := range map[int64]bool{12: false, 13: true, 14: true, 15: true, 7001: false, 7000: true} {
		if exists(t, s.Path(attempt)) != there {
			t.Errorf("the log of %d exists: %v", attempt, !there)
		}
	}
	if r, err := c.UnusedResources(t.Context(), &workerpb.UnusedResourcesRequest{BeforeUnixMs: before.UnixMilli(), Remove: true}); err != nil || r.GetFiles() != 0 {
		t.Errorf("without a cache: %v, %v", r, err)
	}
}

// TestHousekeepingLeavesWhatIsToBeShipped checks that only logs that arrived in
// the log store are listed and removed.
func TestHousekeepingLeavesWhatIsToBeShipped(t *testing.T) {
	s := newStore(t, &flaky{blobs: map[string]string{}, stored: make(chan string, 1)}) // nobody ships
	aged(t, s, 1, 3*time.Hour)
	c, before := keeper(t, s, nil), time.Now()
	request := &workerpb.RemoveLogsRequest{AttemptIds: []int64{1}, BeforeUnixMs: before.UnixMilli()}
	if r, err := c.RemoveLogs(t.Context(), request); err != nil || len(r.GetAttemptIds()) != 0 || len(listed(t, c, before, 10)) != 0 {
		t.Errorf("before it was shipped: removed %v, %v", r, err)
	}
	s.ship.deliver(t.Context(), 1)
	if got := listed(t, c, before, 10); !slices.Equal(got, []int64{1}) {
		t.Errorf("once it was shipped: %v", got)
	}
	if r, err := c.RemoveLogs(t.Context(), request); err != nil || len(r.GetAttemptIds()) != 1 {
		t.Errorf("once it was shipped: removed %v, %v", r, err)
	}
}

// TestPagesAreBounded checks that a call ends although there is little to tell.
func TestPagesAreBounded(t *testing.T) {
	s := newStore(t, nil)
	for attempt := range int64(lookAtMost + 10) {
		aged(t, s, attempt+1, 0)
	}
	old(t, s.Path(lookAtMost+5), time.Hour)
	list, next, err := s.Ended(t.Context(), 0, time.Now().Add(-time.Minute), 10)
	if len(list) != 0 || next != lookAtMost || err != nil {
		t.Errorf("first: %v, next %d, %v", list, next, err)
	}
	list, next, err = s.Ended(t.Context(), next, time.Now().Add(-time.Minute), 10)
	if len(list) != 1 || next != 0 || err != nil {
		t.Errorf("then: %v, next %d, %v", list, next, err)
	}
}

func TestHousekeepingOfResources(t *testing.T) {
	now := time.Now()
	cache := &shelf{now.Add(-3 * time.Hour), now.Add(-2 * time.Hour), now}
	c := keeper(t, newStore(t, nil), cache)
	for i, want := range []string{"2 files, 20 bytes, 3 left", "2 files, 20 bytes, 1 left", "0 files, 0 bytes, 1 left"} {
		r, err := c.UnusedResources(t.Context(), &workerpb.UnusedResourcesRequest{BeforeUnixMs: now.Add(-time.Hour).UnixMilli(), Remove: i > 0})
		got := fmt.Sprintf("%d files, %d bytes, %d left", r.GetFiles(), r.GetBytes(), len(*cache))
		if err != nil || got != want {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
	}
}

func TestHousekeepingRefuses(t *testing.T) {
	s := newStore(t, nil)
	c := keeper(t, s, nil)
	if _, err := c.ListLogs(t.Context(), &workerpb.ListLogsRequest{After: -1}); err == nil {
		t.Error("a negative place was taken")
	}
	if _, err := c.RemoveLogs(t.Context(), &workerpb.RemoveLogsRequest{AttemptIds: make([]int64, maxPage+1)}); workflow.ErrorCode(err) == "" {
		t.Error("a page that is too large was taken")
	}
}
