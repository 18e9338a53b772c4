package bind

import (
	"fmt"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Dialect says how a database reads the text of a statement.
type Dialect struct {
	backslash    bool // in '...' a backslash escapes what follows
	doubled      bool // in '...' two quotes are one
	doubleIsText bool // "..." is text, not a name
	backtick     bool // `...` is a name
	bracket      bool // [...] is a name
	hash         bool // # begins a comment
	blankDashes  bool // -- begins a comment only before a blank
	nested       bool // comments hold comments
	dollar       bool // $tag$...$tag$ is text
	escapeText   bool // E'...' is text with backslashes
	quoting      bool // q'[...]' is text

	// literal writes text so that it is read as just that, whatever mode the
	// server is in.
	literal func(text string) string
}

// For gives the dialect of a type of database.
func For(t workflow.DataSourceType) (Dialect, error) {
	switch t {
	case workflow.MySQL, workflow.TiDB, workflow.Doris, workflow.StarRocks:
		return Dialect{backslash: true, doubled: true, doubleIsText: true, backtick: true, hash: true, blankDashes: true, literal: escaped("''")}, nil
	case workflow.PostgreSQL:
		return Dialect{doubled: true, nested: true, dollar: true, escapeText: true, literal: escapeText}, nil
	case workflow.SQLite:
		return Dialect{doubled: true, backtick: true, bracket: true, literal: doubled}, nil
	case workflow.Hive:
		return Dialect{backslash: true, doubleIsText: true, backtick: true, literal: escaped(`\'`)}, nil
	case workflow.Spark:
		return Dialect{backslash: true, doubleIsText: true, backtick: true, nested: true, literal: escaped(`\'`)}, nil
	case workflow.ClickHouse:
		return Dialect{backslash: true, doubled: true, backtick: true, hash: true, dollar: true, literal: escaped("''")}, nil
	case workflow.Oracle:
		return Dialect{doubled: true, quoting: true, literal: doubled}, nil
	case workflow.SQLServer:
		return Dialect{doubled: true, bracket: true, nested: true, literal: doubled}, nil
	case workflow.Presto, workflow.Trino:
		return Dialect{doubled: true, literal: doubled}, nil
	case workflow.DB2:
		return Dialect{doubled: true, nested: true, literal: doubled}, nil
	}
	return Dialect{}, fmt.Errorf("unknown type of data source %q", t)
}

// doubled writes text for databases without backslashes.
func doubled(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// escaped writes text for databases with backslashes; quote stands for a quote.
// When that is two of them, nothing gets out even where a mode of the server
// switches backslashes off.
func escaped(quote string) func(string) string {
	replacer := strings.NewReplacer(`\`, `\\`, "'", quote)
	return func(text string) string { return "'" + replacer.Replace(text) + "'" }
}

// escapeText writes text for PostgreSQL, whatever standard_conforming_strings
// says.
func escapeText(text string) string {
	if !strings.Contains(text, `\`) {
		return doubled(text)
	}
	return "E" + doubled(strings.ReplaceAll(text, `\`, `\\`))
}
