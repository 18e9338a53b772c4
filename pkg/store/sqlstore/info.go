package sqlstore

import (
	"context"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
)

// Now asks the server. SQLite lives in this process: its clock is ours.
func (db *database) Now(ctx context.Context) (time.Time, error) {
	if !db.mysql {
		return db.now(), nil
	}
	var now moment
	err := db.read.QueryRowContext(ctx, "SELECT UTC_TIMESTAMP(3)").Scan(&now)
	return now.Time, mapError(err, "database")
}

func (db *database) Ping(ctx context.Context) error {
	var one int
	return mapError(db.read.QueryRowContext(ctx, "SELECT 1").Scan(&one), "database")
}

func (db *database) Stats(ctx context.Context) (store.DatabaseStats, error) {
	began := time.Now()
	if err := db.Ping(ctx); err != nil {
		return store.DatabaseStats{}, err
	}
	s := store.DatabaseStats{Kind: db.String(), SchemaVersion: db.schema, RoundTripSeconds: time.Since(began).Seconds()}
	read := db.liteStats
	if db.mysql {
		read = db.mysqlStats
	}
	return s, mapError(read(ctx, &s), "database")
}

// liteStats counts the connections of this process: there are no others.
func (db *database) liteStats(ctx context.Context, s *store.DatabaseStats) error {
	pools := []int{db.write.Stats().MaxOpenConnections, db.read.Stats().MaxOpenConnections}
	open := []int{db.write.Stats().OpenConnections, db.read.Stats().OpenConnections}
	busy := []int{db.write.Stats().InUse, db.read.Stats().InUse}
	s.MaxConnections, s.Connected, s.RunningThreads = int64(pools[0]+pools[1]), int64(open[0]+open[1]), int64(busy[0]+busy[1])
	s.MaxUsed = s.Connected // they are never given up
	return db.read.QueryRowContext(ctx, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").Scan(&s.SizeBytes)
}

func (db *database) mysqlStats(ctx context.Context, s *store.DatabaseStats) error {
	if err := db.read.QueryRowContext(ctx, "SELECT @@global.max_connections").Scan(&s.MaxConnections); err != nil {
		return err
	}
	rows, err := db.read.QueryContext(ctx, "SHOW GLOBAL STATUS WHERE Variable_name IN ('Max_used_connections', 'Threads_connected', 'Threads_running')")
	if err != nil {
		return err
	}
	defer rows.Close()
	into := map[string]*int64{"Max_used_connections": &s.MaxUsed, "Threads_connected": &s.Connected, "Threads_running": &s.RunningThreads}
	for rows.Next() {
		var name string
		var value int64
		if err := rows.Scan(&name, &value); err != nil {
			return err
		}
		*into[name] = value
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return db.read.QueryRowContext(ctx,
		"SELECT COALESCE(SUM(data_length + index_length), 0) FROM information_schema.tables WHERE table_schema = DATABASE()").Scan(&s.SizeBytes)
}
