package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// Canary is how fast the disk was at a moment: fdatasync of 4 KiB.
type Canary struct {
	When string  `json:"when"`
	P50  float64 `json:"p50ms"`
	P99  float64 `json:"p99ms"`
}

// slow is the p99 beyond which a run says more about the disk than about us.
const slow = 2.0

func (c Canary) String() string {
	verdict := ""
	if c.P99 > slow {
		verdict = "  (slow: discard this run)"
	}
	return fmt.Sprintf("fdatasync %s: p50 %.2f ms, p99 %.2f ms%s", c.When, c.P50, c.P99, verdict)
}

func canary(dir, when string) (Canary, error) {
	c := Canary{When: when}
	f, err := os.Create(filepath.Join(dir, "canary"))
	if err != nil {
		return c, err
	}
	defer f.Close()
	block := make([]byte, 4096)
	var took []time.Duration
	for range 300 {
		start := time.Now()
		if _, err := f.Write(block); err != nil {
			return c, err
		}
		if err := syscall.Fdatasync(int(f.Fd())); err != nil {
			return c, err
		}
		took = append(took, time.Since(start))
	}
	c.P50, c.P99 = ms(quantile(took, 0.5)), ms(quantile(took, 0.99))
	return c, os.Remove(f.Name())
}

// spawn starts `sh -c script` with its output in a file and waits for it: what
// a shell task is at the least.
func spawn(out *os.File, script string) error {
	cmd := exec.Command("/bin/sh", "-c", script)
	cmd.Stdout, cmd.Stderr = out, out
	return cmd.Run()
}

// spawnLatency runs n processes one after another and gives the durations.
func spawnLatency(dir string, n int) ([]time.Duration, error) {
	out, err := os.Create(filepath.Join(dir, "spawn"))
	if err != nil {
		return nil, err
	}
	defer out.Close()
	var took []time.Duration
	for range n {
		start := time.Now()
		if err := spawn(out, "true"); err != nil {
			return nil, err
		}
		took = append(took, time.Since(start))
	}
	return took, nil
}

// spawnRate gives the best rate over several widths, and the width.
func spawnRate(dir string, n int) (best float64, width int, err error) {
	out, err := os.Create(filepath.Join(dir, "spawn"))
	if err != nil {
		return 0, 0, err
	}
	defer out.Close()
	for _, w := range []int{2, 4, 8, 16} {
		var group errgroup.Group
		group.SetLimit(w)
		start := time.Now()
		for range n {
			group.Go(func() error { return spawn(out, "true") })
		}
		if err := group.Wait(); err != nil {
			return 0, 0, err
		}
		if rate := float64(n) / time.Since(start).Seconds(); rate > best {
			best, width = rate, w
		}
	}
	return best, width, nil
}

// startLatency gives how long a bare shell takes from being asked for until it
// tells through the pipe that it runs.
func startLatency(p *pipe, dir string, n int) ([]time.Duration, error) {
	out, err := os.Create(filepath.Join(dir, "spawn"))
	if err != nil {
		return nil, err
	}
	defer out.Close()
	var took []time.Duration
	for range n {
		start := time.Now()
		if err := spawn(out, p.script()); err != nil {
			return nil, err
		}
		took = append(took, (<-p.said).Sub(start))
	}
	return took, nil
}

// rowsPerStatement is how many rows a batch of the limit holds.
const rowsPerStatement = 100

// commits measures a database: one durable row at a time, and rows in batches.
func commits(ctx context.Context, db *sql.DB, n int) (one []time.Duration, rowsPerSecond float64, err error) {
	const table = `CREATE TABLE limits (id BIGINT PRIMARY KEY, state VARCHAR(32), host VARCHAR(64), started BIGINT)`
	if _, err := db.ExecContext(ctx, table); err != nil {
		return nil, 0, err
	}
	id := 0
	insert := func(rows int) error {
		args := make([]any, 0, 4*rows)
		for range rows {
			id++
			args = append(args, id, "DISPATCHED", "127.0.0.1:1234", time.Now().UnixMilli())
		}
		_, err := db.ExecContext(ctx, "INSERT INTO limits VALUES (?,?,?,?)"+strings.Repeat(",(?,?,?,?)", rows-1), args...)
		return err
	}
	for range n {
		start := time.Now()
		if err := insert(1); err != nil {
			return nil, 0, err
		}
		one = append(one, time.Since(start))
	}
	start := time.Now()
	for range n {
		if err := insert(rowsPerStatement); err != nil {
			return nil, 0, err
		}
	}
	rowsPerSecond = float64(n*rowsPerStatement) / time.Since(start).Seconds()
	_, err = db.ExecContext(ctx, "DROP TABLE limits")
	return one, rowsPerSecond, err
}
