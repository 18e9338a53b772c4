package sqlstore

import (
	"context"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// once runs a write transaction, again after a deadlock. If its request is to
// happen once, keep, called last in the transaction, keeps the answer in it, or
// finds that another transaction has kept one and undoes this one. id is where
// the transaction puts the id of what it makes.
func (db *database) once(ctx context.Context, id *int64, run func(keep func(tx querier) error) error) error {
	o, ahead := store.OnceOf(ctx)
	if o == nil || o.Kept() != nil {
		return again(ctx, func() error { return run(func(querier) error { return nil }) })
	}
	var mine kept
	before := *id
	err := again(ctx, func() error {
		*id = before // what an undone try made is gone
		return run(func(tx querier) (err error) {
			if mine = (kept{once: o, ahead: ahead}); ahead {
				return db.refuseRepeat(ctx, tx, o)
			}
			if mine.answer, err = o.Answer(*id); err != nil {
				return err
			}
			return db.keep(ctx, tx, []kept{mine})
		})
	})
	if err != nil {
		*id = before
		return err
	}
	mine.committed()
	return nil
}

// kept is an answer that a transaction keeps.
type kept struct {
	once   *store.Once
	ahead  bool // none, then
	answer []byte
}

// committed tells the request that its answer is kept.
func (k kept) committed() {
	if k.once != nil && !k.ahead {
		k.once.Keep(k.answer)
	}
}

// keep stores answers. The primary key makes every other transaction of the
// same request wait for this one and then fail, wherever it runs. An answer
// that no longer counts gives way.
func (db *database) keep(ctx context.Context, tx querier, list []kept) error {
	if len(list) == 0 {
		return nil
	}
	err := db.insertAnswers(ctx, tx, list)
	if duplicate(err) && len(list) == 1 {
		r, e := tx.ExecContext(ctx, "DELETE FROM idempotency WHERE user_id = ? AND idem_key = ? AND create_time < ?",
			append(idOf(list[0].once).args(), db.oldest())...)
		if e != nil {
			return e
		}
		if n, e := r.RowsAffected(); e != nil || n > 0 {
			err = errorOr(e, db.insertAnswers(ctx, tx, list))
		}
	}
	if duplicate(err) {
		return repeated()
	}
	return err
}

func (db *database) insertAnswers(ctx context.Context, tx querier, list []kept) error {
	now := db.time(db.now())
	args := make([]any, 0, 5*len(list))
	for _, k := range list {
		args = append(append(args, idOf(k.once).args()...), digestOf(k.once.Fingerprint), k.answer, now)
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO idempotency (user_id, idem_key, fingerprint, answer, create_time) VALUES "+
		strings.TrimSuffix(strings.Repeat("(?, ?, ?, ?, ?), ", len(list)), ", "), args...)
	return err
}

// refuseRepeat fails when an answer was kept. It comes after the work of its
// transaction: what others do to the same rows later waits for it.
func (db *database) refuseRepeat(ctx context.Context, tx querier, o *store.Once) error {
	found, err := query(ctx, tx, scanID, "SELECT user_id FROM idempotency WHERE user_id = ? AND idem_key = ? AND create_time >= ?"+db.shareLock(),
		append(idOf(o).args(), db.oldest())...)
	if err == nil && len(found) > 0 {
		err = repeated()
	}
	return err
}

// reasonRepeated is the reason of transactions undone by refuseRepeat or keep.
const reasonRepeated = "idempotency.repeated"

func repeated() error {
	return workflow.Errorf(workflow.Conflict, reasonRepeated, "a request with this idempotency key was obeyed before")
}

// keepCalls keeps the answers of the calls that were not refused.
func (db *database) keepCalls(ctx context.Context, tx querier, calls []*insertCall) (err error) {
	var list []kept
	for _, call := range calls {
		k := &call.kept
		switch {
		case call.err != nil || k.once == nil || k.once.Kept() != nil:
			continue
		case k.ahead:
			err = db.refuseRepeat(ctx, tx, k.once)
		default:
			k.answer, err = k.once.Answer(call.commands[0].ID)
			list = append(list, *k)
		}
		if err != nil {
			return err
		}
	}
	return db.keep(ctx, tx, list)
}

// leaveOutRepeats refuses the calls of requests that were obeyed before, or
// that are among the calls twice, and gives the others.
func (db *database) leaveOutRepeats(ctx context.Context, calls []*insertCall) (rest []*insertCall) {
	obeyed, err := db.obeyed(ctx, calls)
	if err != nil {
		return calls // and let each caller find out
	}
	for _, call := range calls {
		switch o := call.kept.once; {
		case o == nil:
			rest = append(rest, call)
		case obeyed[idOf(o)]:
			call.err = repeated()
		default:
			obeyed[idOf(o)] = true
			rest = append(rest, call)
		}
	}
	return rest
}

// obeyed reads which requests of the calls have an answer.
func (db *database) obeyed(ctx context.Context, calls []*insertCall) (map[onceID]bool, error) {
	var where []string
	var args []any
	for _, call := range calls {
		if o := call.kept.once; o != nil {
			where = append(where, "(user_id = ? AND idem_key = ? AND create_time >= ?)")
			args = append(append(args, idOf(o).args()...), db.oldest())
		}
	}
	list, err := query(ctx, db.read, scanOnceID, "SELECT user_id, idem_key FROM idempotency WHERE "+strings.Join(where, " OR "), args...)
	found := map[onceID]bool{}
	for _, id := range list {
		found[id] = true
	}
	return found, err
}

func scanOnceID(row scanner) (id onceID, err error) {
	var key []byte
	err = row.Scan(&id.user, &key)
	copy(id.key[:], key)
	return id, err
}
