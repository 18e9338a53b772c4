package audit

import (
	"context"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

type (
	resource   = workflow.Resource
	udf        = workflow.UDF
	dataSource = workflow.DataSource
)

func tellResource(v, _ *resource) thing {
	return thing{id: v.ID, name: v.FullName, state: facts{"kind": v.Kind, "fullName": v.FullName, "description": v.Description,
		"directory": v.Directory, "size": v.Size, "sha256": v.SHA256, "ownerId": v.UserID}}
}

type resources struct {
	store.Resources
	n noun[resource]
}

func (s resources) Create(ctx context.Context, r *resource) error {
	return s.n.create(ctx, r, func() error { return s.Resources.Create(ctx, r) })
}

func (s resources) Update(ctx context.Context, r *resource) error {
	return s.n.update(ctx, r, func() error { return s.Resources.Update(ctx, r) })
}

func (s resources) Delete(ctx context.Context, id int64) (keys []string, err error) {
	err = s.n.remove(ctx, id, func() error {
		keys, err = s.Resources.Delete(ctx, id)
		return err
	})
	return keys, err
}

func (s resources) Grant(ctx context.Context, userID int64, perms map[int64]workflow.Perm) error {
	granted := func(ctx context.Context, userID int64) ([]int64, error) {
		before, err := s.Resources.Granted(ctx, userID)
		return sortedKeys(before), err
	}
	return s.n.grant(ctx, "files", userID, sortedKeys(perms), granted, func() error { return s.Resources.Grant(ctx, userID, perms) })
}

func (s resources) SetGrantees(ctx context.Context, id int64, perm workflow.Perm, userIDs []int64) error {
	return s.n.shared(ctx, id, userIDs, s.Resources.GranteeIDs, func() error { return s.Resources.SetGrantees(ctx, id, perm, userIDs) })
}

// shared records that a thing was granted to other users.
func (n noun[T]) shared(ctx context.Context, id int64, userIDs []int64, grantees func(context.Context, int64) ([]int64, error), do func() error) error {
	old, err := n.old(ctx, id)
	if err != nil {
		return err
	}
	before, err := grantees(ctx, id)
	if err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	about := thing{id: id}
	if old != nil {
		about = n.tell(old, nil)
	}
	c := change{action: "grant", resource: n.resource, before: about, after: about}
	c.before.state, c.after.state = facts{"userIds": before}, facts{"userIds": userIDs}
	n.done(ctx, c)
	return nil
}

func tellUDF(v, _ *udf) thing {
	return thing{id: v.ID, name: v.Name, state: facts{"kind": v.Kind, "name": v.Name, "className": v.ClassName, "argTypes": v.ArgTypes,
		"database": v.Database, "description": v.Description, "resourceId": v.ResourceID, "ownerId": v.UserID}}
}

type (
	udfsBelow struct{ store.UDFs }
	udfs      struct {
		udfsBelow
		kept[udf]
		granted[udf]
	}
)

func tellDataSource(v, old *dataSource) thing {
	c := v.Connection
	c.Options = values(c.Options, nil, false)
	if old != nil {
		c.Options = values(v.Connection.Options, old.Connection.Options, true)
	}
	f := facts{"name": v.Name, "note": v.Note, "type": v.Type, "connection": c, "ownerId": v.UserID}
	return thing{id: v.ID, name: v.Name, state: secret(f, "password", old != nil && old.Password != v.Password)}
}

type (
	dataSourcesBelow struct{ store.DataSources }
	dataSources      struct {
		dataSourcesBelow
		kept[dataSource]
		granted[dataSource]
	}
)
