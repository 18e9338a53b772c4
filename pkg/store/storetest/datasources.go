package storetest

import (
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func testDataSources(t *testing.T, s *store.Store) {
	ctx := t.Context()
	anna := workflow.User{Name: "anna"}
	must(t, s.Users.Create(ctx, &anna))
	d := filled[workflow.DataSource](1)
	d.ID, d.UserID = 0, anna.ID
	must(t, s.DataSources.Create(ctx, &d))
	stamped(t, d.CreateTime, d.UpdateTime)
	equal(t, value(s.DataSources.Get(ctx, d.ID))(t), d)
	equal(t, value(s.DataSources.ByName(ctx, d.Name))(t), d)
	changed := filled[workflow.DataSource](2)
	changed.ID, changed.UserID, changed.Name, changed.Type = d.ID, anna.ID, "Warehouse", workflow.Hive
	must(t, s.DataSources.Update(ctx, &changed))
	changed.CreateTime = d.CreateTime
	equal(t, value(s.DataSources.Get(ctx, d.ID))(t), changed)

	open := workflow.DataSource{Name: "open", Type: workflow.SQLite, UserID: 99} // no password, no settings
	must(t, s.DataSources.Create(ctx, &open))
	equal(t, value(s.DataSources.Get(ctx, open.ID))(t), open)
	wantReason(t, s.DataSources.Create(ctx, &workflow.DataSource{Name: "open", Password: "x"}), workflow.Exists, "data_source.exists")
	wantReason(t, s.DataSources.Update(ctx, &workflow.DataSource{ID: 99, Password: "x"}), workflow.NotFound, "data_source.not_found")
	row := store.DataSourceRow{DataSource: changed, UserName: "anna"}
	must(t, s.DataSources.Grant(ctx, 99, []int64{d.ID}))
	equal(t, value(s.DataSources.Granted(ctx, 99))(t), []int64{d.ID})
	for _, c := range []struct {
		user   int64
		search string
		want   []int64
	}{{0, "", []int64{open.ID, d.ID}}, {anna.ID, "", []int64{d.ID}}, {99, "", []int64{open.ID, d.ID}}, {99, "ware", []int64{d.ID}}, {98, "", nil}} {
		got := pages(t, func(p store.Page) ([]store.DataSourceRow, int, error) {
			return s.DataSources.List(ctx, c.user, c.search, p)
		},
			func(r store.DataSourceRow) int64 { return r.ID })
		equal(t, got, c.want)
	}
	equal(t, value(s.DataSources.All(ctx, 99, workflow.Hive))(t), []store.DataSourceRow{row})
	equal(t, value(s.DataSources.All(ctx, 0, ""))(t), []store.DataSourceRow{{DataSource: open}, row})
	equal(t, value(s.DataSources.Reseal(ctx, 10))(t), 0)
	must(t, s.DataSources.Delete(ctx, d.ID))
	wantCode(t, s.DataSources.Delete(ctx, d.ID), workflow.NotFound)
	equal(t, len(value(s.DataSources.Granted(ctx, 99))(t)), 0)
}

func testDataSourceUses(t *testing.T, s *store.Store) {
	ctx := t.Context()
	a := workflow.Definition{ProjectID: 3, Name: "a", Uses: workflow.Uses{DataSources: []int64{5, 6, 5}}}
	b := workflow.Definition{ProjectID: 4, Name: "b", Uses: workflow.Uses{DataSources: []int64{5}}}
	must(t, s.Definitions.Create(ctx, &a))
	must(t, s.Definitions.Create(ctx, &b))
	equal(t, value(s.DataSources.UsedBy(ctx, 5))(t), []store.Use{
		{DefinitionID: a.ID, DefinitionName: "a", ProjectID: 3, ReleaseState: workflow.Offline, Of: 5},
		{DefinitionID: b.ID, DefinitionName: "b", ProjectID: 4, ReleaseState: workflow.Offline, Of: 5}})
	a.Uses = workflow.Uses{}
	must(t, s.Definitions.Update(ctx, &a))
	must(t, s.Definitions.Delete(ctx, b.ID))
	equal(t, len(value(s.DataSources.UsedBy(ctx, 5))(t)), 0)
	equal(t, len(value(s.DataSources.UsedBy(ctx, 6))(t)), 0)
}
