package native

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// ByID is the part of a path that names a thing.
type ByID struct {
	ID int64 `path:"id" minimum:"1"`
}

// crud is a sort of things with the five usual operations. V is how one looks,
// In what callers say of one.
type crud[V, In any] struct {
	One, Many   string // Tenant, Tenants
	Path        string // /tenants
	Tag         string
	Read, Write Access
	Change      Access // of updates, where it is not Write
	MaxBody     int64
	// List is nil for things whose list takes more than a page and a search.
	List   func(ctx context.Context, in *Paging) (*listed[V], error)
	Get    func(ctx context.Context, id int64) (V, error)
	Create func(ctx context.Context, in In) (int64, error)
	Update func(ctx context.Context, id int64, in In) error
	Delete func(ctx context.Context, id int64) error
	// Fields are pairs: how use cases call a field, and how we do.
	Fields []string
}

// declare declares the operations.
func (c crud[V, In]) declare(a *API) {
	if c.Change == undeclared {
		c.Change = c.Write
	}
	name := strings.ToLower(c.Tag)
	one := strings.ToLower(strings.Join(words(c.One), " "))
	if c.List != nil {
		add(a, op{ID: "list" + c.Many, Method: http.MethodGet, Path: c.Path, Tag: c.Tag, Access: c.Read, Summary: "List " + name}, c.List)
	}
	add(a, op{ID: "create" + c.One, Method: http.MethodPost, Path: c.Path, Tag: c.Tag, Access: c.Write, MaxBody: c.MaxBody,
		Status: http.StatusCreated, Summary: "Make one: " + one}, c.create)
	add(a, op{ID: "get" + c.One, Method: http.MethodGet, Path: c.Path + "/{id}", Tag: c.Tag, Access: c.Read, Summary: "Show one: " + one}, c.get)
	add(a, op{ID: "update" + c.One, Method: http.MethodPut, Path: c.Path + "/{id}", Tag: c.Tag, Access: c.Change, MaxBody: c.MaxBody,
		Summary: "Change one: " + one}, c.update)
	add(a, op{ID: "delete" + c.One, Method: http.MethodDelete, Path: c.Path + "/{id}", Tag: c.Tag, Access: c.Write, Summary: "Delete one: " + one}, c.remove)
}

// words takes AlertGroup apart.
func words(name string) (out []string) {
	begin := 0
	for i, r := range name {
		if i > 0 && r >= 'A' && r <= 'Z' && name[i-1] >= 'a' {
			out, begin = append(out, name[begin:i]), i
		}
	}
	return append(out, name[begin:])
}

func (c crud[V, In]) create(ctx context.Context, in *struct{ Body In }) (*body[V], error) {
	id, err := c.Create(ctx, in.Body)
	if err != nil {
		return nil, renamed(err, c.Fields)
	}
	return c.show(ctx, id)
}

func (c crud[V, In]) get(ctx context.Context, in *ByID) (*body[V], error) { return c.show(ctx, in.ID) }

func (c crud[V, In]) show(ctx context.Context, id int64) (*body[V], error) {
	v, err := c.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return answer(v), nil
}

func (c crud[V, In]) update(ctx context.Context, in *struct {
	ByID
	Body In
}) (*body[V], error) {
	if err := c.Update(ctx, in.ID, in.Body); err != nil {
		return nil, renamed(err, c.Fields)
	}
	return c.show(ctx, in.ID)
}

func (c crud[V, In]) remove(ctx context.Context, in *ByID) (*struct{}, error) {
	return nil, c.Delete(ctx, in.ID)
}

// renamed gives an error that calls its field as we do. Pairs are the use
// cases' name and ours.
func renamed(err error, pairs []string) error {
	var e *workflow.Error
	if !errors.As(err, &e) {
		return err
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] == e.Field {
			ours := *e
			ours.Field = pairs[i+1]
			return &ours
		}
	}
	return err
}

// slice is all of a list that is never long, a page of it.
func slice[R, T any](rows []R, in *Paging, keep func(R) bool, view func(R) T) (*listed[T], error) {
	p, err := in.page()
	if err != nil {
		return nil, err
	}
	var kept []R
	for _, r := range rows {
		if keep(r) {
			kept = append(kept, r)
		}
	}
	from := min(p.Offset(), len(kept))
	return list(kept[from:min(from+p.Size, len(kept))], len(kept), p, view), nil
}

// named keeps what has the search in its name.
func named[R any](search string, name func(R) string) func(R) bool {
	search = strings.ToLower(search)
	return func(r R) bool { return strings.Contains(strings.ToLower(name(r)), search) }
}

// paged is a list that the store pages.
func paged[R, T any](in *Paging, find func(search string, p store.Page) ([]R, int, error), view func(R) T) (*listed[T], error) {
	p, err := in.page()
	if err != nil {
		return nil, err
	}
	rows, total, err := find(in.Search, p)
	if err != nil {
		return nil, err
	}
	return list(rows, total, p, view), nil
}
