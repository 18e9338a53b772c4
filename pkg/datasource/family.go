package datasource

import (
	"context"
	"database/sql"
	"strconv"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// family is what the types of one wire protocol have in common.
type family struct {
	port        int  // by default
	manyHosts   bool // a list of hosts is tried in order
	optionalDB  bool // no database has to be named
	optionalUse bool // no user has to be named
	local       bool // a file, no host
	options     []option
	// check looks at settings that depend on each other; it may be nil.
	check func(*target) error
	open  func(*target) (*sql.DB, error)
	// greet makes sure that somebody answers.
	greet func(context.Context, *target, *sql.DB) error
	// killer prepares killing what a session runs; nil: the driver does it.
	killer func(context.Context, *target, *sql.Conn) (killer, error)
	// placeholder stands for the n-th bound value, from 1.
	placeholder func(n int) string
	// bind turns a value into what the driver takes.
	bind func(Value) any
	// call runs a procedure; nil: the database has none that can be called.
	call    func(ctx context.Context, c *Conn, p procedure) error
	catalog catalog
	refuse  func(query string) error // nil: every statement may be sent
}

// familyOf gives the family of a type; false when the type is unknown.
func familyOf(t workflow.DataSourceType) (family, bool) {
	switch t {
	case workflow.MySQL, workflow.TiDB, workflow.Doris, workflow.StarRocks:
		return mysqlFamily(t), true
	case workflow.PostgreSQL:
		return postgresFamily(), true
	case workflow.SQLServer:
		return sqlServerFamily(), true
	case workflow.Oracle:
		return oracleFamily(), true
	case workflow.ClickHouse:
		return clickHouseFamily(), true
	case workflow.Presto, workflow.Trino:
		return trinoFamily(t), true
	case workflow.Hive, workflow.Spark:
		return hiveFamily(t), true
	case workflow.SQLite:
		return sqliteFamily(), true
	}
	return family{}, false
}

// Types lists the types that can be connected to, in the order of menus.
func Types() []workflow.DataSourceType {
	return []workflow.DataSourceType{
		workflow.MySQL, workflow.PostgreSQL, workflow.Hive, workflow.Spark, workflow.ClickHouse,
		workflow.Oracle, workflow.SQLServer, workflow.Presto, workflow.Trino, workflow.SQLite,
		workflow.Doris, workflow.StarRocks, workflow.TiDB,
	}
}

// Placeholder gives the text that stands for the n-th bound value, from 1, in
// statements for a type: ?, $1, @p1 or :1.
func Placeholder(t workflow.DataSourceType, n int) string {
	f, ok := familyOf(t)
	if !ok {
		return "?"
	}
	return f.placeholder(n)
}

// CanCall reports whether procedures of a type can be called.
func CanCall(t workflow.DataSourceType) bool {
	f, ok := familyOf(t)
	return ok && f.call != nil
}

func questionMark(int) string { return "?" }

// numbered gives placeholders of a prefix and a number.
func numbered(prefix string) func(int) string {
	return func(n int) string { return prefix + strconv.Itoa(n) }
}

// ping greets by the driver's own means.
func ping(ctx context.Context, _ *target, db *sql.DB) error { return db.PingContext(ctx) }

// selectOne greets servers whose drivers connect only when there is a
// statement, and then try for long.
func selectOne(ctx context.Context, t *target, db *sql.DB) error {
	conn, err := t.dialer.DialContext(ctx, "tcp", t.hosts[0])
	if err != nil {
		return err
	}
	conn.Close()
	var one any
	return db.QueryRowContext(ctx, "SELECT 1").Scan(&one)
}
