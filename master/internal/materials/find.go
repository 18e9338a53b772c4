package materials

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
	"github.com/porpoise-scheduler/porpoise/proto/workerpb"
)

// maxFiles bounds what one attempt gets, and with it the size of a message.
const maxFiles = 5000

// udfFolder is where archives of functions go in the work directory: their
// tree has names of its own.
const udfFolder = "udfs/"

// Resources reads the resource centre.
type Resources interface {
	Get(ctx context.Context, id int64) (workflow.Resource, error)
	ByFullName(ctx context.Context, kind workflow.ResourceKind, fullName string) (workflow.Resource, error)
	Below(ctx context.Context, id int64) ([]workflow.Resource, error)
}

// UDFs reads user-defined functions.
type UDFs interface {
	Get(ctx context.Context, id int64) (workflow.UDF, error)
}

// DataSources reads connections, with their passwords.
type DataSources interface {
	Get(ctx context.Context, id int64) (workflow.DataSource, error)
}

// AlertGroups reads who belongs to a group.
type AlertGroups interface {
	Users(ctx context.Context, id int64) ([]workflow.User, error)
}

// Environments reads sets of variables.
type Environments interface {
	ByName(ctx context.Context, name string) (workflow.Environment, error)
}

// Stores are where things are kept.
type Stores struct {
	Resources   Resources
	UDFs        UDFs
	DataSources DataSources
	AlertGroups AlertGroups
	// Environments is needed by orders that name one.
	Environments Environments
}

// finder looks things up.
type finder struct {
	stores Stores
	retry  time.Duration
	log    *slog.Logger
}

// fill completes an assignment. A reason says what it lacks for good; an error
// is ctx's.
func (f finder) fill(ctx context.Context, o Order) (reason string, err error) {
	b := basket{finder: f, a: o.Assignment, seen: map[int64]bool{}}
	err = b.environment(ctx, o.Environment, o.WorkerGroup)
	if err == nil && o.Wish != nil {
		err = b.wish(ctx, o.Wish, o.Group)
	}
	switch {
	case err == nil:
		return "", nil
	case ctx.Err() != nil:
		return "", ctx.Err()
	default:
		return err.Error(), nil
	}
}

// basket is what was found so far.
type basket struct {
	finder
	a    *workerpb.Assignment
	seen map[int64]bool // resources in it
}

// wish puts in what a task needs. group is the alert group of its instance.
func (b *basket) wish(ctx context.Context, w *Wish, group int64) error {
	if w.Err != nil {
		return w.Err
	}
	if err := b.fill(ctx, w.Needs); err != nil || !w.Receivers {
		return err
	}
	return b.receivers(ctx, cmp.Or(w.AlertGroup, group))
}

// environment adds the variables of a named environment.
func (b *basket) environment(ctx context.Context, name, group string) error {
	if name == "" {
		return nil
	}
	e, err := patiently(ctx, b.finder, func() (workflow.Environment, error) { return b.stores.Environments.ByName(ctx, name) })
	if err := found("environment "+name, err); err != nil {
		return err
	}
	if !e.In(group) {
		return fmt.Errorf("environment %s may not be used in worker group %s", name, group)
	}
	if b.a.Env == nil {
		b.a.Env = make(map[string]string, len(e.Variables))
	}
	maps.Copy(b.a.Env, e.Variables)
	return nil
}

func (b *basket) fill(ctx context.Context, n task.Needs) error {
	if err := b.resources(ctx, n.Resources); err != nil {
		return err
	}
	if err := b.dataSources(ctx, n.DataSources); err != nil {
		return err
	}
	return b.udfs(ctx, n.UDFs)
}

func (b *basket) resources(ctx context.Context, refs []workflow.ResourceRef) error {
	for _, ref := range refs {
		r, err := b.resource(ctx, ref)
		if err != nil {
			return err
		}
		if err := b.add(ctx, r, "", spell(ref)); err != nil {
			return err
		}
	}
	return nil
}

// spell is how a task names a resource.
func spell(ref workflow.ResourceRef) string {
	if ref.ID != 0 {
		return fmt.Sprintf("resource %d", ref.ID)
	}
	return "resource " + ref.Name
}

func (b *basket) resource(ctx context.Context, ref workflow.ResourceRef) (workflow.Resource, error) {
	r, err := patiently(ctx, b.finder, func() (workflow.Resource, error) {
		if ref.ID != 0 {
			return b.stores.Resources.Get(ctx, ref.ID)
		}
		return b.stores.Resources.ByFullName(ctx, workflow.ResourceFile, ref.Name)
	})
	return r, found(spell(ref), err)
}

// add puts a file into the basket, or all files of a folder, each once.
func (b *basket) add(ctx context.Context, r workflow.Resource, folder, name string) error {
	files := []workflow.Resource{r}
	if r.Directory {
		below, err := patiently(ctx, b.finder, func() ([]workflow.Resource, error) {
			return b.stores.Resources.Below(ctx, r.ID)
		})
		if err := found(name, err); err != nil {
			return err
		}
		files = below
	}
	for _, file := range files {
		if file.Directory || b.seen[file.ID] {
			continue
		}
		b.seen[file.ID] = true
		if len(b.a.Resources) >= maxFiles {
			return fmt.Errorf("%s: a task can use %d files at the most", name, maxFiles)
		}
		b.a.Resources = append(b.a.Resources, &workerpb.Resource{
			Name: folder + strings.TrimPrefix(file.FullName, "/"), Key: file.Key, Sha256: file.SHA256, Size: file.Size, Id: file.ID,
		})
	}
	return nil
}

func (b *basket) dataSources(ctx context.Context, ids []int64) error {
	for _, id := range ids {
		name := fmt.Sprintf("data source %d", id)
		d, err := patiently(ctx, b.finder, func() (workflow.DataSource, error) { return b.stores.DataSources.Get(ctx, id) })
		if err := found(name, err); err != nil {
			return err
		}
		connection, err := json.Marshal(d.Connection)
		if err != nil {
			return fmt.Errorf("%s cannot be read: %w", name, err)
		}
		b.a.DataSources = append(b.a.DataSources, &workerpb.DataSource{
			Id: d.ID, Name: d.Name, Type: string(d.Type), Connection: connection, Password: d.Password,
		})
	}
	return nil
}

func (b *basket) udfs(ctx context.Context, ids []int64) error {
	for _, id := range ids {
		name := fmt.Sprintf("function %d", id)
		u, err := patiently(ctx, b.finder, func() (workflow.UDF, error) { return b.stores.UDFs.Get(ctx, id) })
		if err := found(name, err); err != nil {
			return err
		}
		archive := workflow.ResourceRef{ID: u.ResourceID}
		r, err := b.resource(ctx, archive)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := b.add(ctx, r, udfFolder, spell(archive)); err != nil {
			return err
		}
		b.a.Udfs = append(b.a.Udfs, &workerpb.UDF{
			Id: u.ID, Name: u.Name, ClassName: u.ClassName, Kind: string(u.Kind), ResourceId: u.ResourceID,
		})
	}
	return nil
}

// receivers adds the users of a group, if there is one and nobody else gets
// the results.
func (b *basket) receivers(ctx context.Context, group int64) error {
	if len(b.a.Receivers)+len(b.a.ReceiversCc) > 0 || group <= 0 {
		return nil
	}
	users, err := patiently(ctx, b.finder, func() ([]workflow.User, error) { return b.stores.AlertGroups.Users(ctx, group) })
	if err := found(fmt.Sprintf("alert group %d", group), err); err != nil {
		return err
	}
	for _, u := range users {
		if u.Email != "" && !u.Disabled {
			b.a.Receivers = append(b.a.Receivers, u.Email)
		}
	}
	return nil
}

// found puts into words why something was not.
func found(name string, err error) error {
	switch {
	case err == nil:
		return nil
	case workflow.ErrorCode(err) == workflow.NotFound:
		return fmt.Errorf("%s does not exist any more", name)
	default:
		return fmt.Errorf("%s cannot be read: %w", name, err)
	}
}

// patiently waits for a database that is away, as long as ctx lasts.
func patiently[T any](ctx context.Context, f finder, call func() (T, error)) (T, error) {
	v, err := call()
	if err == nil || workflow.ErrorCode(err) != workflow.Unavailable {
		return v, err
	}
	f.log.Warn("database does not answer; an attempt waits for what it needs", "err", err)
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval = f.retry, 2*time.Second
	return backoff.Retry(ctx, func() (T, error) {
		v, err := call()
		if err != nil && workflow.ErrorCode(err) != workflow.Unavailable {
			return v, backoff.Permanent(err)
		}
		return v, err
	}, backoff.WithBackOff(b), backoff.WithMaxElapsedTime(0))
}
