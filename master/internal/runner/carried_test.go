package runner

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/store/memstore"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// childless is a database whose instances have no parents: nobody asks.
type childless struct {
	*memstore.Client
	families
}

type families struct{ Store }

// TestCarriedCommands sees that a command that comes along is obeyed unless it
// was, or may have been, however long ago.
func TestCarriedCommands(t *testing.T) {
	mem := memstore.New(memstore.Config{})
	db := mem.Client("m")
	epoch, err := db.Take(t.Context(), 0, 0, "m", "")
	if err != nil {
		t.Fatal(err)
	}
	s := New(Config{}, Deps{
		Store: childless{Client: db},
		Now:   time.Now, Log: slog.New(slog.DiscardHandler),
	}, store.Fence{Epoch: epoch}, nil)
	next := int64(0)
	insert := func() workflow.Command {
		next++
		c := workflow.Command{Type: workflow.CmdDelete, InstanceID: next} // of nothing: there is only the command
		if err := db.Insert(t.Context(), &c); err != nil {
			t.Fatal(err)
		}
		return c
	}
	// obeyed handles a message, and all that it leads to, and gives what was
	// obeyed.
	obeyed := func(m message) (ids []int64) {
		for m != nil {
			if err := s.Handle(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			o := s.Take()
			if m = nil; o == nil {
				break
			}
			o.batch.Fences = []store.Fence{s.fence}
			if err := db.Commit(t.Context(), &o.batch); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, o.obeyed...)
			if err := s.Handle(t.Context(), written{commands: o.obeyed}); err != nil {
				t.Fatal(err)
			}
			if o.reread {
				m = nudged{}
			}
		}
		return ids
	}
	check := func(what string, got []int64, want ...int64) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v were obeyed, want %v", what, got, want)
		}
	}

	first := insert()
	check("one of this owner's time", obeyed(carried{epoch, []workflow.Command{first}}), first.ID)
	second := insert()
	check("the epoch is older, but it waits", obeyed(carried{epoch - 1, []workflow.Command{second}}), second.ID)
	check("the epoch is older and it is gone", obeyed(carried{epoch - 1, []workflow.Command{second}}))
	var read []workflow.Command
	for range recentlyRead + 1 {
		read = append(read, insert())
	}
	if got := obeyed(nudged{}); len(got) != len(read) {
		t.Fatalf("%d of %d commands that wait were obeyed", len(got), len(read))
	}
	check("one that was just read", obeyed(carried{epoch, read[recentlyRead:]}))
	check("one that was read long ago", obeyed(carried{epoch, read[:1]}))
	third, fourth := insert(), insert()
	check("two new ones, the later first", obeyed(carried{epoch, []workflow.Command{fourth, third}}), fourth.ID, third.ID)
}
