package sqlstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// commands implements store.Commands.
type commands struct{ db *database }

func (c commands) Insert(ctx context.Context, cs ...*workflow.Command) error {
	if len(cs) == 0 {
		return nil
	}
	o, ahead := store.OnceOf(ctx)
	call := &insertCall{commands: cs, kept: kept{once: o, ahead: ahead}}
	err := c.db.commands.do(ctx, call)
	if errors.Is(err, errAlone) {
		err = c.db.insertAlone(ctx, call)
	}
	return mapError(err, "command")
}

func (c commands) Failed(ctx context.Context, limit int) ([]workflow.Command, error) {
	list, err := query(ctx, c.db.read, scanCommand, "SELECT "+commandSelect+" FROM failed_command c ORDER BY c.fail_time DESC, c.id DESC LIMIT ?", limit)
	return list, mapError(err, "command")
}

// insertCommands stores the calls in one transaction. If that fails for a
// reason that lies in one of them, each caller gets a transaction of his own,
// so that none waits for the locks another does.
func (db *database) insertCommands(ctx context.Context, calls []*insertCall) {
	err := db.insertTogether(ctx, calls)
	if len(calls) > 1 && workflow.ErrorReason(err) == reasonRepeated {
		calls = db.leaveOutRepeats(ctx, calls)
		err = db.insertTogether(ctx, calls)
	}
	if err != nil && len(calls) > 1 && !unanswered(err) {
		err = errAlone
	}
	for _, call := range calls {
		if err != nil {
			call.err = err
		}
	}
}

// errAlone tells a caller to store his commands himself.
var errAlone = errors.New("the commands could not be stored with others")

// insertAlone stores one call in a transaction of its own.
func (db *database) insertAlone(ctx context.Context, call *insertCall) error {
	if err := db.insertTogether(store.WithOnce(ctx, nil), []*insertCall{call}); err != nil {
		return err
	}
	return call.err
}

// insertTogether stores the calls in one transaction, leaving out those that
// act on an instance for which another command waits. A key that another
// process takes at the same moment is seen on the next try.
func (db *database) insertTogether(ctx context.Context, calls []*insertCall) (err error) {
	if len(calls) == 0 {
		return nil
	}
	for range maxTries {
		err = db.transact(ctx, func(tx querier) error { return crowded(calls, db.insertCalls(ctx, tx, calls)) })
		if !duplicate(err) {
			break
		}
	}
	for _, call := range calls {
		if err == nil && call.err == nil {
			call.kept.committed()
		}
	}
	return err
}

// crowded makes several calls not wait again for the lock that one of them
// waits for.
func crowded(calls []*insertCall, err error) error {
	if len(calls) > 1 && myNumber(err) == myLockWait {
		return fmt.Errorf("waiting with other calls: %s", err)
	}
	return err
}

func (db *database) insertCalls(ctx context.Context, tx querier, calls []*insertCall) error {
	var all []*workflow.Command
	for _, call := range calls {
		all = append(all, call.commands...)
	}
	known, err := db.knownKeys(ctx, tx, all)
	if err != nil {
		return err
	}
	waiting, err := db.waiting(ctx, tx, all)
	if err != nil {
		return err
	}
	var list []*workflow.Command
	repeats := map[*workflow.Command]*workflow.Command{}
	for _, call := range calls {
		fresh := unknown(call.commands, known, repeats)
		if call.err = claim(waiting, fresh); call.err == nil {
			list = append(list, fresh...)
			for _, c := range fresh {
				if c.Key != "" {
					known[c.Key] = c
				}
			}
		}
	}
	if err := db.insert(ctx, tx, list); err != nil {
		return err
	}
	for c, first := range repeats {
		c.ID, c.CreateTime = first.ID, first.CreateTime
	}
	return db.keepCalls(ctx, tx, calls)
}

// knownKeys reads the waiting commands that have a key of the list.
func (db *database) knownKeys(ctx context.Context, tx querier, list []*workflow.Command) (map[string]*workflow.Command, error) {
	known := map[string]*workflow.Command{}
	var keys []string
	for _, c := range list {
		if c.Key != "" {
			keys = append(keys, c.Key)
		}
	}
	for len(keys) > 0 {
		n := min(len(keys), maxInIDs)
		found, err := query(ctx, tx, scanCommand, "SELECT "+commandSelect+" FROM command c WHERE c.dedup_key IN ("+marks(n)+")", anys(keys[:n])...)
		if err != nil {
			return nil, err
		}
		for i := range found {
			known[found[i].Key] = &found[i]
		}
		keys = keys[n:]
	}
	return known, nil
}

// unknown leaves out commands whose key is known, noting whose repeats they
// are.
func unknown(list []*workflow.Command, known map[string]*workflow.Command, repeats map[*workflow.Command]*workflow.Command) []*workflow.Command {
	var fresh []*workflow.Command
	mine := map[string]*workflow.Command{}
	for _, c := range list {
		first := known[c.Key]
		if first == nil {
			first = mine[c.Key]
		}
		switch {
		case c.Key == "":
			fresh = append(fresh, c)
		case first != nil:
			repeats[c] = first
		default:
			mine[c.Key] = c
			fresh = append(fresh, c)
		}
	}
	return fresh
}

// waiting reads for which instances of the list a command waits.
func (db *database) waiting(ctx context.Context, tx querier, list []*workflow.Command) (map[int64]bool, error) {
	waiting := map[int64]bool{}
	var ids []int64
	for _, c := range list {
		if id := actsOn(c); id != 0 {
			ids = append(ids, id)
		}
	}
	for len(ids) > 0 {
		n := min(len(ids), maxInIDs)
		found, err := query(ctx, tx, scanID, "SELECT acts_on FROM command WHERE acts_on IN ("+marks(n)+")", anys(ids[:n])...)
		if err != nil {
			return nil, err
		}
		for _, id := range found {
			waiting[id] = true
		}
		ids = ids[n:]
	}
	return waiting, nil
}

func scanID(row scanner) (id int64, err error) {
	err = row.Scan(&id)
	return id, err
}

// claim marks the instances that commands act on, or says why it cannot.
func claim(waiting map[int64]bool, list []*workflow.Command) error {
	var mine []int64
	for _, c := range list {
		id := actsOn(c)
		if id == 0 {
			continue
		}
		if waiting[id] {
			for _, id := range mine {
				delete(waiting, id)
			}
			return pending()
		}
		waiting[id] = true
		mine = append(mine, id)
	}
	return nil
}

func pending() error {
	return workflow.Errorf(workflow.Conflict, "command.pending", "another command for this instance waits to be obeyed")
}

// insert stores commands, and with them what the audit is told of them.
func (db *database) insert(ctx context.Context, tx querier, list []*workflow.Command) error {
	now := db.now()
	var told []*workflow.AuditEntry
	for _, c := range list {
		c.CreateTime = now
		if c.Told != nil {
			c.Told.Time = now
			told = append(told, c.Told)
		}
	}
	err := insertNew(ctx, tx, db.dialect, newCommands, list, encodeNewCommand, func(c *workflow.Command) *int64 { return &c.ID })
	if err != nil {
		return err
	}
	return db.insertEntries(ctx, tx, told)
}
