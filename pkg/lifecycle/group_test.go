package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"github.com/porpoise-scheduler/porpoise/pkg/lifecycle"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errEnd = errors.New("the end")

func TestEmptyGroup(t *testing.T) {
	var g lifecycle.Group
	if err := g.Run(nil); err != nil {
		t.Fatal(err)
	}
}

func TestFirstEndStopsTheRest(t *testing.T) {
	var g lifecycle.Group
	var interrupted []string
	part := func(name string) (func() error, func(error)) {
		stop := make(chan struct{})
		return func() error { <-stop; return nil }, func(cause error) {
			if !errors.Is(cause, errEnd) {
				t.Errorf("%s was interrupted with %v", name, cause)
			}
			interrupted = append(interrupted, name)
			close(stop)
		}
	}
	for _, name := range []string{"a", "b"} {
		execute, interrupt := part(name)
		g.Add(name, execute, interrupt)
	}
	g.Add("c", func() error { return errEnd }, func(error) { interrupted = append(interrupted, "c") })
	err := g.Run(nil)
	if !errors.Is(err, errEnd) || err.Error() != "c: the end" {
		t.Fatalf("got %v", err)
	}
	if !slices.Equal(interrupted, []string{"a", "b", "c"}) {
		t.Fatalf("interrupted %v", interrupted)
	}
}

func TestRunWaitsForAllAndTellsLateErrors(t *testing.T) {
	var g lifecycle.Group
	var late []error
	g.Add("first", func() error { return nil }, func(error) {})
	g.Go(t.Context(), "second", func(ctx context.Context) error {
		<-ctx.Done()
		return errEnd
	})
	if err := g.Run(func(err error) { late = append(late, err) }); err != nil {
		t.Fatal(err)
	}
	if len(late) != 1 || !errors.Is(late[0], errEnd) {
		t.Fatalf("late errors %v", late)
	}
}

func TestCancellationIsNoError(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for name, result := range map[string]func(context.Context) error{
		"its error": func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		"its cause": func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) },
	} {
		var g lifecycle.Group
		g.Go(ctx, name, result)
		cancel()
		if err := g.Run(nil); err != nil {
			t.Errorf("%s: got %v", name, err)
		}
	}
	// Cancelled elsewhere, a part that fails still fails.
	var g lifecycle.Group
	g.Go(ctx, "part", func(ctx context.Context) error { return fmt.Errorf("saving: %w", ctx.Err()) })
	if err := g.Run(nil); err == nil {
		t.Error("a failure was lost")
	}
}

func TestSignals(t *testing.T) {
	ctx, stop := lifecycle.Signals(t.Context(), syscall.SIGUSR1)
	defer stop()
	var g lifecycle.Group
	g.Go(ctx, "part", func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	})
	if err := syscall.Kill(syscall.Getpid(), syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	if err := g.Run(nil); err != nil {
		t.Fatalf("got %v", err)
	}
}
