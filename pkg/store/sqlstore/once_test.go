package sqlstore

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func requestOf(key string) *store.Once {
	return &store.Once{UserID: 1, Key: key, Answer: func(int64) ([]byte, error) { return []byte("done"), nil }}
}

// holder is a server that stops in the middle of the transaction of a request,
// after its answer was kept and before the commit.
type holder struct {
	thaw chan error // what becomes of the transaction
	done chan error
}

func hold(t *testing.T, db *database, key string) holder {
	t.Helper()
	h := holder{thaw: make(chan error, 1), done: make(chan error, 1)}
	frozen := make(chan struct{})
	go func() {
		h.done <- db.transact(context.WithoutCancel(t.Context()), func(tx querier) error {
			_, err := tx.ExecContext(t.Context(), "SET SESSION idle_transaction_timeout = 0")
			if err == nil {
				err = db.keep(t.Context(), tx, []kept{{once: requestOf(key), answer: []byte("first")}})
			}
			close(frozen)
			if err != nil {
				return err
			}
			return <-h.thaw
		})
	}()
	<-frozen
	t.Cleanup(func() { // if the test ended early
		select {
		case h.thaw <- errors.New("given up"):
		default:
		}
	})
	return h
}

// someoneWaits returns when a transaction waits for a lock.
func someoneWaits(t *testing.T, db *database) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		var n int
		if err := db.read.QueryRowContext(t.Context(),
			"SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'").Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			return
		}
	}
}

// TestRepeatBesideTheFirst repeats a request on another server while the first
// is in its transaction: what becomes of that one decides.
func TestRepeatBesideTheFirst(t *testing.T) {
	url := migrated(t)
	first, second := process(t, url), process(t, url)
	for name, c := range map[string]struct {
		end    error
		reason string
		answer string
	}{
		"committed":   {nil, reasonRepeated, "first"},
		"rolled back": {errors.New("the server was killed"), "", "done"},
	} {
		t.Run(name, func(t *testing.T) {
			h, repeat := hold(t, first, name), make(chan error, 1)
			go func() {
				ctx := store.WithOnce(t.Context(), requestOf(name))
				repeat <- projects{second}.Create(ctx, &workflow.Project{Name: name})
			}()
			someoneWaits(t, second)
			h.thaw <- c.end
			if err := <-h.done; !errors.Is(err, c.end) {
				t.Fatalf("the first: %v", err)
			}
			if err := <-repeat; workflow.ErrorReason(err) != c.reason {
				t.Fatalf("the repeat: %v", err)
			}
			if answer, err := (idempotency{second}).Answer(t.Context(), requestOf(name)); string(answer) != c.answer || err != nil {
				t.Errorf("answer %q, %v", answer, err)
			}
		})
	}
}

// TestLockedKeyHoldsUpNobodyElse has calls share a transaction with the repeat
// of a request whose server is frozen.
func TestLockedKeyHoldsUpNobodyElse(t *testing.T) {
	url := migrated(t)
	frozen, db := process(t, url), process(t, url)
	h, ctx := hold(t, frozen, "k"), t.Context()
	call := func(o *store.Once) *insertCall {
		return &insertCall{commands: []*workflow.Command{{Type: workflow.CmdStart}}, kept: kept{once: o}}
	}
	repeat, other := call(requestOf("k")), call(nil)
	db.insertCommands(ctx, []*insertCall{repeat, other})
	if !errors.Is(repeat.err, errAlone) || !errors.Is(other.err, errAlone) {
		t.Fatalf("together: %v and %v, want both sent away", repeat.err, other.err)
	}
	if err := db.insertAlone(ctx, other); err != nil {
		t.Errorf("the other call: %v", err)
	}
	h.thaw <- nil
	if err := <-h.done; err != nil {
		t.Fatal(err)
	}
	if err := db.insertAlone(ctx, repeat); workflow.ErrorReason(err) != reasonRepeated {
		t.Errorf("the repeat: %v", err)
	}
	if list, err := (scheduling{db}).Pending(ctx, []int{0}, 0, 10); err != nil || len(list) != 1 || list[0].ID != other.commands[0].ID {
		t.Errorf("commands %v, %v", list, err)
	}
}

// TestOldAnswersDoNotCount asks for an answer that nobody has purged yet.
func TestOldAnswersDoNotCount(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	st, err := Open(t.Context(), "sqlite://:memory:", Options{Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Database.Close() })
	create := func(name string) error {
		return st.Projects.Create(store.WithOnce(t.Context(), requestOf("k")), &workflow.Project{Name: name})
	}
	answer := func() []byte {
		text, err := st.Idempotency.Answer(t.Context(), requestOf("k"))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	if err := create("a"); err != nil {
		t.Fatal(err)
	}
	now = now.Add(24 * time.Hour)
	if answer() == nil || workflow.ErrorReason(create("b")) != reasonRepeated {
		t.Error("an answer was forgotten within a day")
	}
	now = now.Add(store.KeepAnswers - 24*time.Hour + time.Millisecond)
	if answer() != nil {
		t.Error("an answer was kept for longer than promised")
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	must(st.Queues.Update(store.Ahead(store.WithOnce(t.Context(), requestOf("k"))), &workflow.Queue{ID: 1, Name: "x", Value: "x"}))
	must(create("c"))
	if answer() == nil || workflow.ErrorReason(create("d")) != reasonRepeated {
		t.Error("the new answer does not count")
	}
	now = now.Add(2 * store.KeepAnswers)
	must(st.Commands.Insert(store.WithOnce(t.Context(), requestOf("k")), &workflow.Command{Type: workflow.CmdStart}))
}
