package sqlstore_test

import (
	"context"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/store/sqlstore"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// openWith opens a migrated database with a key, or none.
func openWith(t *testing.T, url string, s sqlstore.Sealer) *store.Store {
	t.Helper()
	st, err := sqlstore.Open(t.Context(), url, sqlstore.Options{Sealer: s})
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func TestReseal(t *testing.T) {
	for _, name := range []string{"sqlite", "mariadb"} {
		t.Run(name, func(t *testing.T) { testReseal(t, databases()[name](t)) })
	}
}

func testReseal(t *testing.T, url string) {
	if _, err := sqlstore.Migrate(t.Context(), url, sqlstore.Up); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	st := openWith(t, url, sealer{"old"})
	for _, n := range []string{"a", "b", "c"} {
		for _, err := range []error{
			st.DataSources.Create(ctx, &workflow.DataSource{Name: n, Password: "p" + n}),
			st.AlertChannels.Save(ctx, &workflow.AlertChannel{Name: n, Settings: map[string]string{"url": n}}),
			st.Tokens.Create(ctx, &workflow.Token{UserID: 1, Value: n}),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := st.DataSources.Create(ctx, &workflow.DataSource{Name: "open"}); err != nil {
		t.Fatal(err)
	}
	if err := st.Database.Close(); err != nil {
		t.Fatal(err)
	}

	st = openWith(t, url, sealer{"new"})
	defer st.Database.Close()
	for what, reseal := range map[string]func(context.Context, int) (int, error){
		"data sources": st.DataSources.Reseal, "channels": st.AlertChannels.Reseal, "tokens": st.Tokens.Reseal} {
		for i, want := range []int{2, 1, 0} {
			if n, err := reseal(ctx, 2); err != nil || n != want {
				t.Errorf("%s, call %d: %d sealed again, %v; want %d", what, i+1, n, err, want)
			}
		}
	}
	d, err := st.DataSources.ByName(ctx, "c")
	if err != nil || d.Password != "pc" {
		t.Errorf("a data source afterwards: %+v, %v", d, err)
	}
	c, err := st.AlertChannels.Get(ctx, 3)
	if err != nil || c.Settings["url"] != "c" {
		t.Errorf("a channel afterwards: %+v, %v", c, err)
	}
	list, _, err := st.Tokens.List(ctx, 0, "", store.Page{Number: 1, Size: 9})
	if err != nil || len(list) != 3 || list[0].Value != "c" {
		t.Errorf("tokens afterwards: %+v, %v", list, err)
	}
}

// TestNoKey refuses to keep a secret in clear.
func TestNoKey(t *testing.T) {
	st := openWith(t, "sqlite://:memory:", nil)
	defer st.Database.Close()
	ctx := t.Context()
	if err := st.DataSources.Create(ctx, &workflow.DataSource{Name: "a", Password: "p"}); err == nil {
		t.Error("a password was kept")
	}
	if err := st.AlertChannels.Save(ctx, &workflow.AlertChannel{Name: "a", Settings: map[string]string{"url": "u"}}); err == nil {
		t.Error("settings were kept")
	}
	if list, err := st.DataSources.All(ctx, 0, ""); err != nil || len(list) != 0 {
		t.Errorf("a refused data source was kept: %v, %v", list, err)
	}
}
