package audit

import "context"

// Most stores change their things in one of a few ways, which are recorded
// here. A recorded store embeds such a way beside the store that it stands
// before. That store is embedded one level deeper, so that Go finds the methods
// of the way first.

// keeper is a store of things that are created, updated and deleted.
type keeper[T any] interface {
	Create(ctx context.Context, v *T) error
	Update(ctx context.Context, v *T) error
	Delete(ctx context.Context, id int64) error
	Get(ctx context.Context, id int64) (T, error)
}

// kept records what becomes of such things.
type kept[T any] struct {
	keeper keeper[T]
	n      noun[T]
}

// keep makes the recording of a store.
func keep[T any](r *recorder, resource string, s keeper[T], tell func(v, old *T) thing) kept[T] {
	return kept[T]{s, noun[T]{r, resource, s.Get, tell}}
}

func (k kept[T]) Create(ctx context.Context, v *T) error {
	return k.n.create(ctx, v, func() error { return k.keeper.Create(ctx, v) })
}

func (k kept[T]) Update(ctx context.Context, v *T) error {
	return k.n.update(ctx, v, func() error { return k.keeper.Update(ctx, v) })
}

func (k kept[T]) Delete(ctx context.Context, id int64) error {
	return k.n.remove(ctx, id, func() error { return k.keeper.Delete(ctx, id) })
}

// saver is a store of things that are saved, new or not, and deleted.
type saver[T any] interface {
	Save(ctx context.Context, v *T) error
	Delete(ctx context.Context, id int64) error
	Get(ctx context.Context, id int64) (T, error)
}

// saved records what becomes of such things.
type saved[T any] struct {
	saver saver[T]
	n     noun[T]
}

// save makes the recording of a store.
func save[T any](r *recorder, resource string, s saver[T], tell func(v, old *T) thing) saved[T] {
	return saved[T]{s, noun[T]{r, resource, s.Get, tell}}
}

func (k saved[T]) Save(ctx context.Context, v *T) error {
	return k.n.save(ctx, v, func() error { return k.saver.Save(ctx, v) })
}

func (k saved[T]) Delete(ctx context.Context, id int64) error {
	return k.n.remove(ctx, id, func() error { return k.saver.Delete(ctx, id) })
}

// granter is a store of things that users are granted.
type granter interface {
	Granted(ctx context.Context, userID int64) ([]int64, error)
	Grant(ctx context.Context, userID int64, ids []int64) error
	GranteeIDs(ctx context.Context, id int64) ([]int64, error)
	SetGrantees(ctx context.Context, id int64, userIDs []int64) error
}

// granted records who is granted what; what names the things in the entry of a
// user.
type granted[T any] struct {
	granter granter
	to      noun[T]
	what    string
}

func (g granted[T]) Grant(ctx context.Context, userID int64, ids []int64) error {
	return g.to.grant(ctx, g.what, userID, ids, g.granter.Granted, func() error { return g.granter.Grant(ctx, userID, ids) })
}

func (g granted[T]) SetGrantees(ctx context.Context, id int64, userIDs []int64) error {
	return g.to.shared(ctx, id, userIDs, g.granter.GranteeIDs, func() error { return g.granter.SetGrantees(ctx, id, userIDs) })
}
