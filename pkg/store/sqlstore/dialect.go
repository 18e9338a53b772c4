package sqlstore

import (
	"database/sql"
	"strings"
	"time"

	"github.com/glebarez/sqlite"
	gormmysql "gorm.io/driver/mysql"
	"gorm.io/gorm"
)

// dialect is what differs between the two kinds of database.
type dialect struct {
	mysql bool // MySQL or MariaDB; else SQLite
}

func (d dialect) String() string {
	if d.mysql {
		return "mysql"
	}
	return "sqlite"
}

func (d dialect) dialector(pool *sql.DB) gorm.Dialector {
	if d.mysql {
		return gormmysql.New(gormmysql.Config{Conn: pool})
	}
	return &sqlite.Dialector{Conn: pool}
}

// shareLock makes a SELECT keep others from changing the row until the
// transaction ends. SQLite's writer holds the whole database anyway.
func (d dialect) shareLock() string {
	if d.mysql {
		return " LOCK IN SHARE MODE"
	}
	return ""
}

// updateLock makes a SELECT keep the row for this transaction.
func (d dialect) updateLock() string {
	if d.mysql {
		return " FOR UPDATE"
	}
	return ""
}

// insertIgnore begins an insert that leaves existing rows alone. MySQL's also
// swallows bad values, so it is only for numbers, times and flags.
func (d dialect) insertIgnore() string {
	if d.mysql {
		return "INSERT IGNORE INTO "
	}
	return "INSERT OR IGNORE INTO "
}

// like is a condition that finds a text anywhere in a column, without regard
// to case. Its argument comes from contains.
func (d dialect) like(column string) string {
	if d.mysql {
		return column + " COLLATE utf8mb4_general_ci LIKE ? ESCAPE '!'"
	}
	return column + " LIKE ? ESCAPE '!'"
}

// contains is the pattern of texts that contain s.
func contains(s string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(s) + "%"
}

// time is how the database takes t: milliseconds in SQLite, a date in MySQL,
// NULL for the zero time.
func (d dialect) time(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	if d.mysql {
		return t.UTC().Truncate(time.Millisecond)
	}
	return t.UnixMilli()
}

// marks is n comma-separated placeholders.
func marks(n int) string {
	return strings.TrimSuffix(strings.Repeat("?,", n), ",")
}

// anys widens a list for use as arguments.
func anys[T any](list []T) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}
