package storetest

import (
	"errors"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func testIdentities(t *testing.T, s *store.Store) {
	ctx := t.Context()
	ada := workflow.User{Name: "ada", Role: workflow.RoleGeneral}
	mine := workflow.Identity{Provider: "https://id.example.org", Subject: "a-1"}
	_, err := s.Users.ByIdentity(ctx, mine)
	wantCode(t, err, workflow.NotFound)
	must(t, s.Users.Identify(ctx, &ada, mine))
	equal(t, value(s.Users.ByIdentity(ctx, mine))(t).ID, ada.ID)
	equal(t, value(s.Users.ByName(ctx, "ada"))(t), ada)

	again := workflow.User{Name: "ada", Role: workflow.RoleGeneral}
	wantCode(t, s.Users.Identify(ctx, &again, workflow.Identity{Provider: "ldap", Subject: "x"}), workflow.Exists)
	equal(t, again.ID, int64(0))
	other := workflow.User{Name: "bob", Role: workflow.RoleGeneral}
	wantCode(t, s.Users.Identify(ctx, &other, mine), workflow.Exists)
	_, err = s.Users.ByName(ctx, "bob") // neither or both
	wantCode(t, err, workflow.NotFound)

	directory := workflow.Identity{Provider: "ldap", Subject: "uid=ada,dc=example"}
	must(t, s.Users.Identify(ctx, &ada, directory))
	equal(t, value(s.Users.Identities(ctx, ada.ID))(t), []workflow.Identity{mine, directory})
	must(t, s.Users.Delete(ctx, ada.ID))
	_, err = s.Users.ByIdentity(ctx, directory)
	wantCode(t, err, workflow.NotFound)
}

func testGrantees(t *testing.T, s *store.Store) {
	ctx := t.Context()
	r := workflow.Resource{Kind: workflow.ResourceFile, Name: "a", FullName: "/a", FileName: "a", UserID: 1}
	d := workflow.DataSource{Name: "d", Type: workflow.MySQL, UserID: 1}
	u := workflow.UDF{Name: "u", Kind: workflow.UDFHive, UserID: 1}
	must(t, errors.Join(s.Resources.Create(ctx, &r), s.DataSources.Create(ctx, &d)))
	u.ResourceID = r.ID
	must(t, s.UDFs.Create(ctx, &u))
	must(t, s.Resources.Grant(ctx, 7, map[int64]workflow.Perm{r.ID: workflow.PermRead}))

	must(t, s.Resources.SetGrantees(ctx, r.ID, workflow.PermAll, []int64{9, 7, 9}))
	equal(t, value(s.Resources.GranteeIDs(ctx, r.ID))(t), []int64{7, 9})
	equal(t, value(s.Resources.Granted(ctx, 7))(t), map[int64]workflow.Perm{r.ID: workflow.PermRead})
	equal(t, value(s.Resources.Granted(ctx, 9))(t), map[int64]workflow.Perm{r.ID: workflow.PermAll})
	must(t, s.Resources.SetGrantees(ctx, r.ID, workflow.PermAll, nil))
	equal(t, len(value(s.Resources.GranteeIDs(ctx, r.ID))(t)), 0)

	must(t, errors.Join(s.DataSources.SetGrantees(ctx, d.ID, []int64{8}), s.UDFs.SetGrantees(ctx, u.ID, []int64{8})))
	equal(t, value(s.DataSources.GranteeIDs(ctx, d.ID))(t), []int64{8})
	equal(t, value(s.UDFs.GranteeIDs(ctx, u.ID))(t), []int64{8})
	equal(t, value(s.DataSources.Granted(ctx, 8))(t), []int64{d.ID})
}

func testDeletions(t *testing.T, s *store.Store) {
	ctx := t.Context()
	q := workflow.Queue{Name: "q", Value: "root.q"}
	must(t, s.Queues.Create(ctx, &q))
	tenant := workflow.Tenant{Code: "etl", QueueID: q.ID}
	must(t, s.Tenants.Create(ctx, &tenant))
	wantReason(t, s.Queues.Delete(ctx, q.ID), workflow.Conflict, "queue.used")
	must(t, s.Tenants.Delete(ctx, tenant.ID))
	ada := workflow.User{Name: "ada", Queue: "root.q"}
	must(t, s.Users.Create(ctx, &ada))
	wantReason(t, s.Queues.Delete(ctx, q.ID), workflow.Conflict, "queue.used")
	must(t, s.Users.Delete(ctx, ada.ID))
	must(t, s.Queues.Delete(ctx, q.ID))
	wantCode(t, s.Queues.Delete(ctx, q.ID), workflow.NotFound)

	g := workflow.TaskGroup{Name: "g", Size: 1}
	must(t, s.TaskGroups.Save(ctx, &g))
	must(t, s.TaskGroups.Delete(ctx, g.ID))
	wantCode(t, s.TaskGroups.Delete(ctx, g.ID), workflow.NotFound)
}
