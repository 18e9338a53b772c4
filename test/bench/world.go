package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/glebarez/sqlite"
	gormmysql "gorm.io/driver/mysql"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/porpoise-scheduler/porpoise/test/client"
	"github.com/porpoise-scheduler/porpoise/test/cluster"
)

const (
	// slots of the worker: enough that a burst of 1,000 workflows never waits for
	// one while something could be done.
	slots = 1024
	// manySlots lets 10,000 tasks sleep at once.
	manySlots = 10_500
	// callers start workflows at the same time where it goes as fast as taken.
	callers = 32
)

// world is a scheduler under test.
type world struct {
	mode      string
	c         *cluster.Cluster
	p         client.Project
	next      int     // number of the next definition
	commitP50 float64 // ms for a durable row in its database
	rows      float64 // a second, in batches
}

// start runs a scheduler and measures its database's limits. Its files stay
// until all is measured: for a minute after files are deleted, ext4 takes several
// times as long to make one nearby, for it passes over their inodes one by one.
func (b *bench) start(ctx context.Context, mode string, slots int) (*world, error) {
	flag := fmt.Sprint(slots)
	cfg := cluster.Config{Binary: b.binary, StandaloneArgs: []string{"--slots", flag}}
	if mode == "cluster" {
		cfg = cluster.Config{
			Binary: b.binary, APIs: 1, Masters: 1, Workers: 1, WorkerArgs: []string{"--slots", flag},
			DatabaseArgs: []string{"--innodb-buffer-pool-size=256M", "--innodb-log-file-size=128M"},
		}
	}
	cfg.Keep = b.dir
	begin := time.Now()
	c, err := cluster.Start(ctx, cfg)
	if err != nil {
		return nil, err
	}
	ready := time.Since(begin)
	w := &world{mode: mode, c: c}
	if w.p, err = c.Project(ctx, "bench"); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	if err := b.databaseLimits(ctx, w); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	if mode == "standalone" && slots != manySlots {
		b.add(Figure{Scenario: "start", Mode: mode, Name: "first start to ready", Unit: "s", Value: ready.Seconds(), Must: 2})
	}
	return w, nil
}

func (w *world) close() error { return w.c.Close() }

// databaseLimits measures the same database, with the same durability.
func (b *bench) databaseLimits(ctx context.Context, w *world) error {
	db, err := b.openDatabase(ctx, w)
	if err != nil {
		return err
	}
	defer db.Close()
	one, rows, err := commits(ctx, db, b.size(500))
	if err != nil {
		return err
	}
	w.commitP50, w.rows = ms(quantile(one, 0.5)), rows
	if _, known := b.report.Limits[w.mode+" rows per second"]; !known {
		b.report.Limits[w.mode+" commit p50 ms"], b.report.Limits[w.mode+" rows per second"] = w.commitP50, rows
		b.add(Figure{Scenario: "limit", Mode: w.mode, Name: "durable commit of a row, p50", Unit: "ms", Value: w.commitP50})
		b.add(Figure{Scenario: "limit", Mode: w.mode, Name: "rows in batches of 100", Unit: "/s", Value: rows, More: true})
	}
	return nil
}

func (b *bench) openDatabase(ctx context.Context, w *world) (*sql.DB, error) {
	quiet := &gorm.Config{Logger: logger.Discard}
	if w.c.Database == nil {
		path := filepath.Join(b.dir, "limits.db")
		if err := os.RemoveAll(path); err != nil {
			return nil, err
		}
		db, err := gorm.Open(sqlite.Open(path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"), quiet)
		if err != nil {
			return nil, err
		}
		return db.DB()
	}
	const name = "limits"
	if err := w.c.Database.DropDatabase(ctx, name); err != nil {
		return nil, err
	}
	if _, err := w.c.Database.CreateDatabase(ctx, name); err != nil {
		return nil, err
	}
	dsn := fmt.Sprintf("root@tcp(%s)/%s?interpolateParams=true", w.c.Database.Addr, name)
	db, err := gorm.Open(gormmysql.Open(dsn), quiet)
	if err != nil {
		return nil, err
	}
	return db.DB()
}

// publish makes a definition of its own name.
func (w *world) publish(ctx context.Context, name string, f client.Flow) (int, error) {
	w.next++
	return w.p.Publish(ctx, fmt.Sprintf("%s-%d", name, w.next), f)
}

// sample reads what every process uses. fresh forgets earlier peaks.
func (w *world) sample(fresh bool) map[string]cluster.Usage {
	usage := map[string]cluster.Usage{}
	look := func(name string, pid int) {
		if pid == 0 {
			return
		}
		if fresh {
			// 5 resets the peak; without the right to, peaks are those of the whole life.
			_ = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0)
		}
		if u, err := cluster.UsageOf(pid); err == nil {
			usage[name] = u
		}
	}
	for _, n := range w.c.Nodes() {
		look(n.Name, n.Pid())
	}
	for _, n := range w.c.Workers {
		look("supervisor of "+n.Name, n.Supervisor())
	}
	if w.c.Database != nil {
		look("mariadb", w.c.Database.Pid())
		look("etcd", w.c.Etcd.Pid())
	}
	return usage
}

// single makes one task of a kind: a shell that ends at once, or nothing.
func single(kind, name string, after ...string) client.Node {
	if kind == "SHELL" {
		return client.Shell(name, "true", after...)
	}
	return client.Noop(name, after...)
}

// chain makes n tasks in a row.
func chain(kind string, n int) client.Flow {
	f := client.Flow{Lean: true}
	var after []string
	for i := range n {
		name := fmt.Sprintf("t%d", i)
		f.Tasks = append(f.Tasks, single(kind, name, after...))
		after = []string{name}
	}
	return f
}

// fan makes one task, n after it, and one that joins them.
func fan(kind string, n int) client.Flow {
	f := client.Flow{Lean: true, Tasks: []client.Node{single(kind, "start")}}
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("t%d", i))
		f.Tasks = append(f.Tasks, single(kind, names[i], "start"))
	}
	f.Tasks = append(f.Tasks, single(kind, "join", names...))
	return f
}
