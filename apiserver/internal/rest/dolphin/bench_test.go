package dolphin_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/auth"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/coord/memcoord"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/store/sqlstore"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// BenchmarkStart measures what the server does for one start-process-instance,
// many at a time, on SQLite in a file. The client is not in it.
func BenchmarkStart(b *testing.B) {
	address := "sqlite://" + filepath.Join(b.TempDir(), "bench.db")
	_, err := sqlstore.Migrate(b.Context(), address, sqlstore.Up)
	worked(b, err)
	s, err := sqlstore.Open(b.Context(), address, sqlstore.Options{Sealer: sealer{}})
	if err != nil {
		b.Fatal(err)
	}
	c := memcoord.New().Coordinator()
	b.Cleanup(func() { _, _ = c.Close(), s.Database.Close() })
	reg, err := c.Register(b.Context(), coord.Member{ID: "m1", Role: coord.Master}, time.Minute)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = reg.Close() })
	uc := &usecase.Service{
		Store: s, Coord: c, Nudge: &nudges{}, Kinds: task.NewRegistry(scriptKind{workflow.KindShell}), Logs: noLogs{},
		Auth: auth.New(auth.Config{}, s, time.Now), Now: time.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Zone: time.UTC, Shards: store.Shards,
	}
	api, err := dolphin.New(uc, dolphin.Config{})
	if err != nil {
		b.Fatal(err)
	}
	handler := api.Handler()
	ten := workflow.Tenant{Code: "etl"}
	worked(b, s.Tenants.Create(b.Context(), &ten))
	u := workflow.User{Name: "ann", Role: workflow.RoleGeneral, TenantID: ten.ID}
	worked(b, s.Users.Create(b.Context(), &u))
	tok := workflow.Token{UserID: u.ID, Value: "0123456789abcdef", ExpireTime: time.Now().Add(time.Hour)}
	worked(b, s.Tokens.Create(b.Context(), &tok))
	p := workflow.Project{Name: "p", UserID: u.ID}
	worked(b, s.Projects.Create(b.Context(), &p))
	d := workflow.Definition{ProjectID: p.ID, Name: "flow", UserID: u.ID, ReleaseState: workflow.Online,
		Spec: workflow.Spec{Tasks: []workflow.Task{{Name: "a", Kind: workflow.KindShell}}}}
	worked(b, s.Definitions.Create(b.Context(), &d))
	body := url.Values{"processDefinitionId": {fmt.Sprint(d.ID)}, "failureStrategy": {"END"}, "warningType": {"NONE"}, "warningGroupId": {"0"}}.Encode()
	b.SetParallelism(32)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r := httptest.NewRequest(http.MethodPost, dolphin.Base+"/projects/p"+startPath, strings.NewReader(body))
			r.Header.Set("Content-Type", form)
			r.Header.Set("token", tok.Value)
			rec := httptest.NewRecorder()
			handler.ServeHTTP(rec, r)
			if !strings.HasPrefix(rec.Body.String(), `{"code":0`) {
				b.Fatalf("answered %s", rec.Body)
			}
		}
	})
}

func worked(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
