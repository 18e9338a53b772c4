package audit

import (
	"context"
	"encoding/json"
	"log/slog"
	"reflect"
	"strconv"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// patience is how long writing an entry may take: the change is made, and its
// caller waits.
const patience = 10 * time.Second

// maxState bounds what an entry keeps of a state, in bytes.
const maxState = 256 << 10

// recorder writes entries.
type recorder struct {
	entries store.Audit
	log     *slog.Logger
}

// thing is what is told of something: never a secret.
type thing struct {
	id      int64
	name    string
	project int64
	state   any // becomes JSON; nil: there is nothing
}

// change is an entry to be.
type change struct {
	action, resource string
	id               string // empty: the thing's
	before, after    thing
}

// done records a change that was made.
func (r *recorder) done(ctx context.Context, c change) {
	a, _ := actorOf(ctx)
	r.by(ctx, a, c)
}

func (r *recorder) by(ctx context.Context, a Actor, c change) {
	e := r.entry(a, c)
	// Who asked may have left meanwhile; the change stands.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if err := r.entries.Add(ctx, &e); err != nil {
		r.log.ErrorContext(ctx, "a change is missing in the audit", "error", err, "user", a.Name, "ip", a.IP,
			"action", c.action, "resource", c.resource, "id", e.ResourceID, "name", e.Name)
	}
}

// entry tells of a change.
func (r *recorder) entry(a Actor, c change) workflow.AuditEntry {
	about := c.after
	if about.id == 0 && about.name == "" {
		about = c.before
	}
	e := workflow.AuditEntry{
		UserID: a.UserID, UserName: cut(a.Name, 255), IP: cut(a.IP, 64), Action: c.action, Resource: c.resource, ResourceID: c.id,
		Name: cut(about.name, 255), ProjectID: about.project, Before: r.text(c.before.state), After: r.text(c.after.state),
	}
	if e.ResourceID == "" {
		e.ResourceID = strconv.FormatInt(about.id, 10)
	}
	return e
}

// text gives a state as JSON.
func (r *recorder) text(state any) string {
	if state == nil || reflect.ValueOf(state).Kind() == reflect.Map && reflect.ValueOf(state).Len() == 0 {
		return ""
	}
	text, err := json.Marshal(state)
	if err != nil {
		r.log.Error("a state cannot be told in the audit", "error", err)
		return ""
	}
	if len(text) > maxState {
		return `{"left out":"` + strconv.Itoa(len(text)) + ` bytes"}`
	}
	return string(text)
}

// cut keeps a text within a column.
func cut(s string, most int) string {
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return string(runes[:most])
}

// noun records changes of one sort of things.
type noun[T any] struct {
	*recorder
	resource string
	get      func(ctx context.Context, id int64) (T, error)
	// tell says what may be told of v; of a new state also what became of the
	// secrets of the old one.
	tell func(v, old *T) thing
}

// create records that v was made.
func (n noun[T]) create(ctx context.Context, v *T, do func() error) error {
	if err := do(); err != nil {
		return err
	}
	n.done(ctx, change{action: "create", resource: n.resource, after: n.tell(v, nil)})
	return nil
}

// update records that the thing with v's id became v.
func (n noun[T]) update(ctx context.Context, v *T, do func() error) error {
	old, err := n.old(ctx, n.tell(v, nil).id)
	if err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	c := change{action: "update", resource: n.resource, after: n.tell(v, old)}
	if old != nil {
		c.before = n.tell(old, nil)
	}
	n.done(ctx, c)
	return nil
}

// save is create for things without an id, else update.
func (n noun[T]) save(ctx context.Context, v *T, do func() error) error {
	if n.tell(v, nil).id == 0 {
		return n.create(ctx, v, do)
	}
	return n.update(ctx, v, do)
}

// remove records that a thing is gone.
func (n noun[T]) remove(ctx context.Context, id int64, do func() error) error {
	return n.act(ctx, "delete", id, nil, do)
}

// act records an action on a thing; after is what came of it.
func (n noun[T]) act(ctx context.Context, action string, id int64, after any, do func() error) error {
	old, err := n.old(ctx, id)
	if err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	c := change{action: action, resource: n.resource, id: strconv.FormatInt(id, 10)}
	if old != nil {
		c.before = n.tell(old, nil)
	}
	if after != nil {
		c.after = c.before
		c.after.id, c.after.state = id, after
	}
	n.done(ctx, c)
	return nil
}

// old gives what is there before a change; nil when there is nothing.
func (n noun[T]) old(ctx context.Context, id int64) (*T, error) {
	v, err := n.get(ctx, id)
	if workflow.ErrorCode(err) == workflow.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &v, nil
}
