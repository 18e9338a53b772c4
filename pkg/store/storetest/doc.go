// Package storetest is the suite that every implementation of package store
// passes: Run for all nouns, RunScheduling for the part that masters live on.
package storetest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Subject is one process's view of a fresh database, with what the scheduling
// suite needs to put into it.
type Subject struct {
	Scheduling store.Scheduling
	Commands   store.Commands
	// AddDefinition stores a new workflow and sets its id.
	AddDefinition func(ctx context.Context, d *workflow.Definition) error
	// AddSchedule stores a schedule, online and due at its NextDue, and sets its
	// id and version.
	AddSchedule  func(ctx context.Context, s *workflow.Schedule) error
	AddTaskGroup func(ctx context.Context, g *workflow.TaskGroup) error
	AddTenant    func(ctx context.Context, t *workflow.Tenant) error
	// Fires lists a schedule's decided due times, newest first.
	Fires func(ctx context.Context, scheduleID int64, limit int) ([]workflow.Fire, error)
}

// SubjectOf makes a subject of a whole store.
func SubjectOf(s *store.Store) Subject {
	return Subject{
		Scheduling:    s.Scheduling,
		Commands:      s.Commands,
		AddDefinition: s.Definitions.Create,
		AddSchedule: func(ctx context.Context, v *workflow.Schedule) error {
			due := v.NextDue
			if err := s.Schedules.Create(ctx, v); err != nil {
				return err
			}
			c, err := s.Schedules.Release(ctx, v.ID, workflow.Online, due)
			if err != nil {
				return err
			}
			if *v, err = s.Schedules.Get(ctx, v.ID); err != nil {
				return err
			}
			return obey(ctx, s.Scheduling, c)
		},
		AddTaskGroup: s.TaskGroups.Save,
		AddTenant:    s.Tenants.Create,
		Fires: func(ctx context.Context, id int64, limit int) ([]workflow.Fire, error) {
			return s.Schedules.Fires(ctx, id, time.Time{}, limit)
		},
	}
}

// obey deletes a command as the owner of its shard would.
func obey(ctx context.Context, s store.Scheduling, c workflow.Command) error {
	shards, err := s.ListShards(ctx)
	if err != nil {
		return err
	}
	f := store.Fence{Shard: c.Shard, Epoch: shards[c.Shard].Epoch}
	return s.Commit(ctx, &store.Batch{Fences: []store.Fence{f}, Commands: []int64{c.ID}})
}

// must ends the test on an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// value gives v, or ends the test on an error.
func value[T any](v T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		must(t, err)
		return v
	}
}

// wantCode ends the test unless err has the code.
func wantCode(t testing.TB, err error, code workflow.Code) {
	t.Helper()
	if workflow.ErrorCode(err) != code {
		t.Fatalf("error %v (code %q), want code %q", err, workflow.ErrorCode(err), code)
	}
}

// wantReason ends the test unless err has the code and the reason.
func wantReason(t testing.TB, err error, code workflow.Code, reason string) {
	t.Helper()
	wantCode(t, err, code)
	if workflow.ErrorReason(err) != reason {
		t.Fatalf("error %v (reason %q), want reason %q", err, workflow.ErrorReason(err), reason)
	}
}

// wantFenced ends the test unless err names exactly the lost shards.
func wantFenced(t testing.TB, err error, shards ...int) {
	t.Helper()
	var lost *store.ErrFenced
	if !errors.As(err, &lost) {
		t.Fatalf("error %v, want one that names lost shards", err)
	}
	if !slices.Equal(lost.Shards, shards) {
		t.Fatalf("lost shards %v, want %v", lost.Shards, shards)
	}
	wantCode(t, err, workflow.Fenced)
}

// equal ends the test unless both are the same; nil and empty are.
func equal(t testing.TB, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Fatalf("difference (-want +got):\n%s", d)
	}
}

// instant is a time of the tests' calendar, as far from its start as told.
func instant(d time.Duration) time.Time {
	return time.Date(2024, 2, 29, 23, 30, 0, 123e6, time.UTC).Add(d)
}

// diff is the difference of two values, "" for none.
func diff(want, got any) string { return cmp.Diff(want, got, cmpopts.EquateEmpty()) }
