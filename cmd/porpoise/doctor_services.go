package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/doctor"
	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/coord/etcd"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/store/sqlstore"
)

// serviceWait is how long a database or an etcd may take to answer.
const serviceWait = 5 * time.Second

// lookAtDatabase looks at reach, schema, clock, and the tenants it names.
func (c *checkup) lookAtDatabase(ctx context.Context) []doctor.Finding {
	url := c.databaseURL()
	if url == "" {
		return []doctor.Finding{{Status: doctor.Note, Found: "none is given, as on a host with workers only"}}
	}
	if file := sqliteFile(url); file != "" {
		// Opening would make it.
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			return []doctor.Finding{{Status: doctor.Note, Found: file + " is not there; the first start makes it"}}
		}
		if inUse(c.data.dir) {
			return []doctor.Finding{{Status: doctor.Note, Found: "the server that runs has it to itself; stop that to look at schema and tenants"}}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, serviceWait)
	defer cancel()
	schema, fits := schemaFinding(ctx, url)
	if !fits {
		return []doctor.Finding{schema}
	}
	s, err := sqlstore.Open(ctx, url, sqlstore.Options{})
	if err != nil {
		return []doctor.Finding{{Status: doctor.Fail, Found: err.Error(), Do: "see porpoise migrate status"}}
	}
	found := append([]doctor.Finding{schema}, c.storeFindings(ctx, s)...)
	if err := s.Database.Close(); err != nil {
		found = append(found, doctor.Finding{Status: doctor.Warn, Found: err.Error()})
	}
	return found
}

func schemaFinding(ctx context.Context, url string) (f doctor.Finding, fits bool) {
	list, err := sqlstore.Migrate(ctx, url, sqlstore.Status)
	if err != nil {
		return doctor.Finding{Status: doctor.Fail, Found: err.Error(),
			Do: "check address, user, password and grants in --database, and that the database runs"}, false
	}
	missing, later := 0, 0
	for _, m := range list {
		switch {
		case m.Applied.IsZero():
			missing++
		case m.Name == "":
			later++
		}
	}
	switch {
	case missing == len(list):
		return doctor.Finding{Status: doctor.Fail, Found: "it is reached and has no tables of porpoise", Do: "porpoise migrate up (a standalone does it by itself)"}, false
	case missing > 0:
		return doctor.Finding{Status: doctor.Fail, Found: fmt.Sprintf("%d of %d migrations are missing", missing, len(list)),
			Do: "back it up, then: porpoise migrate up (a standalone does it by itself)"}, false
	}
	if later > 0 {
		return doctor.Finding{Status: doctor.OK, Found: fmt.Sprintf("it is reached, and its schema is that of a later version (%d)", list[len(list)-1].Version)}, true
	}
	return doctor.Finding{Status: doctor.OK, Found: fmt.Sprintf("it is reached, and its schema is that of this version (%d)", list[len(list)-1].Version)}, true
}

func (c *checkup) storeFindings(ctx context.Context, s *store.Store) []doctor.Finding {
	var found []doctor.Finding
	before := time.Now()
	if theirs, err := s.Database.Now(ctx); err == nil {
		found = append(found, doctor.Skew("the database", theirs, before, time.Now(), 0))
	}
	if stats, err := s.Database.Stats(ctx); err == nil {
		found = append(found, statsFinding(stats))
	}
	tenants, err := s.Tenants.All(ctx)
	if err != nil {
		return append(found, doctor.Finding{Status: doctor.Warn, Found: err.Error()})
	}
	if len(tenants) == 0 {
		found = append(found, doctor.Finding{Check: "tenants", Status: doctor.Note, Found: "there are none so far; porpoise ctl tenant create makes them"})
	}
	judge := doctor.Tenant{MinUID: c.worker.minUID, Allowed: c.worker.allowTenants, Default: c.worker.defaultTenant, AutoCreate: c.worker.tenantAutoCreate}
	for _, t := range tenants {
		found = append(found, judge.Judge(t.Code))
	}
	return found
}

func statsFinding(stats store.DatabaseStats) doctor.Finding {
	f := doctor.Finding{Check: "database load", Status: doctor.OK,
		Found: fmt.Sprintf("%s answers after %v", stats.Kind, time.Duration(stats.RoundTripSeconds*float64(time.Second)).Round(10*time.Microsecond))}
	if stats.MaxConnections > 0 {
		f.Found += fmt.Sprintf(", %d of %d connections are used", stats.Connected, stats.MaxConnections)
		if stats.Connected*10 > stats.MaxConnections*8 {
			f.Status, f.Do = doctor.Warn, "raise max_connections"
		}
	}
	if stats.RoundTripSeconds > 0.05 {
		f.Status, f.Do = doctor.Warn, "put database and masters nearer to each other: each step of a workflow waits for this"
	}
	return f
}

// lookAtEtcd looks at every endpoint, and who is registered.
func (c *checkup) lookAtEtcd(ctx context.Context) []doctor.Finding {
	var found []doctor.Finding
	reached := 0
	for _, endpoint := range c.cluster.etcd {
		f, clock := c.endpoint(ctx, endpoint)
		if f.Status == doctor.OK {
			reached++
		}
		found = append(found, f)
		if clock.Check != "" {
			found = append(found, clock)
		}
	}
	if reached == 0 {
		return found
	}
	for i := range found { // the others carry on
		if found[i].Status == doctor.Fail && found[i].Check == "" {
			found[i].Status = doctor.Warn
		}
	}
	return append(found, c.members(ctx))
}

func (c *checkup) endpoint(ctx context.Context, endpoint string) (reach, clock doctor.Finding) {
	ctx, cancel := context.WithTimeout(ctx, serviceWait)
	defer cancel()
	err := c.withEtcd([]string{endpoint}, func(e coord.Coordinator) error { return e.Healthy(ctx) })
	if err != nil {
		return doctor.Finding{Status: doctor.Fail, Found: fmt.Sprintf("%s: %v", endpoint, err),
			Do: "check that etcd runs there, that this host may reach it, and --etcd-user"}, clock
	}
	if clock, err = doctor.EtcdClock(ctx, endpoint); err != nil {
		clock = doctor.Finding{}
	}
	return doctor.Finding{Status: doctor.OK, Found: endpoint + " is healthy"}, clock
}

func (c *checkup) withEtcd(endpoints []string, do func(coord.Coordinator) error) error {
	user, password := splitUser(c.cluster.etcdUser)
	e, err := etcd.Open(etcd.Config{Endpoints: endpoints, Username: user, Password: password, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	return errors.Join(do(e), e.Close())
}

// members counts who lives in the cluster.
func (c *checkup) members(ctx context.Context) doctor.Finding {
	ctx, cancel := context.WithTimeout(ctx, serviceWait)
	defer cancel()
	f := doctor.Finding{Check: "members", Status: doctor.OK}
	counts := map[coord.Role]int{}
	err := c.withEtcd(c.cluster.etcd, func(e coord.Coordinator) error {
		for _, role := range []coord.Role{coord.Master, coord.Worker} {
			list, err := e.Members(ctx, role)
			if err != nil {
				return err
			}
			counts[role] = len(list)
		}
		return nil
	})
	if err != nil {
		return doctor.Finding{Check: f.Check, Status: doctor.Warn, Found: err.Error()}
	}
	f.Found = fmt.Sprintf("%d masters and %d workers live in the cluster", counts[coord.Master], counts[coord.Worker])
	if counts[coord.Master] == 0 || counts[coord.Worker] == 0 {
		f.Status, f.Do = doctor.Note, "workflows run when there is one of each at least"
	}
	return f
}
