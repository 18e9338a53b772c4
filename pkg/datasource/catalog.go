package datasource

import (
	"context"
	"database/sql"
	"strings"
)

// catalog says how a database is asked what it holds. Answers begin with the
// columns name; name and kind; name, type and whether it may be NULL.
type catalog struct {
	databases string
	tables    func(schema string) (string, []any)
	columns   func(schema, table string) (string, []any)
}

// Table is one that a database holds.
type Table struct {
	Name string
	Kind string // as the database says, such as BASE TABLE or VIEW
}

// Column is one of a table.
type Column struct {
	Name     string
	Type     string // as the database says
	Nullable bool
}

// Databases lists what tables are kept in: databases, or schemas where a
// connection sees one database.
func (d *DB) Databases(ctx context.Context) ([]string, error) {
	rows, err := d.texts(ctx, d.target.family.catalog.databases)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, row := range rows {
		out = append(out, row[0])
	}
	return out, nil
}

// Tables lists the tables and views of one of Databases; "" means the one a
// session starts in.
func (d *DB) Tables(ctx context.Context, database string) ([]Table, error) {
	query, args := d.target.family.catalog.tables(database)
	rows, err := d.texts(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	var out []Table
	for _, row := range rows {
		out = append(out, Table{Name: row[0], Kind: cell(row, 1)})
	}
	return out, nil
}

// Columns lists the columns of a table, in order.
func (d *DB) Columns(ctx context.Context, database, table string) ([]Column, error) {
	query, args := d.target.family.catalog.columns(database, table)
	rows, err := d.texts(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	var out []Column
	for _, row := range rows {
		nullable := strings.ToUpper(cell(row, 2))
		out = append(out, Column{Name: row[0], Type: cell(row, 1), Nullable: nullable == "YES" || nullable == "Y" || nullable == "1"})
	}
	return out, nil
}

func cell(row []string, i int) string {
	if i < len(row) {
		return row[i]
	}
	return ""
}

// texts gives an answer as text, without rows of an empty first column.
func (d *DB) texts(ctx context.Context, query string, args ...any) ([][]string, error) {
	if len(args) > 0 {
		query = renumber(query, d.target.family.placeholder)
	}
	rows, err := d.pool.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, d.target.tidy(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, d.target.tidy(err)
	}
	var out [][]string
	for rows.Next() {
		cells := make([]sql.NullString, len(columns))
		places := make([]any, len(columns))
		for i := range cells {
			places[i] = &cells[i]
		}
		if err := rows.Scan(places...); err != nil {
			return nil, d.target.tidy(err)
		}
		row := make([]string, len(columns))
		for i, c := range cells {
			row[i] = c.String
		}
		if row[0] != "" {
			out = append(out, row)
		}
	}
	return out, d.target.tidy(rows.Err())
}

// informationSchema asks the views of the SQL standard. Current is what gives
// the schema a session starts in.
func informationSchema(current string) catalog {
	// The names are fixed; what callers give is bound.
	return catalog{
		databases: "SELECT schema_name FROM information_schema.schemata ORDER BY schema_name",
		tables: func(schema string) (string, []any) {
			where, args := orCurrent(schema, current)
			return "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = " + where + " ORDER BY table_name", args
		},
		columns: func(schema, table string) (string, []any) {
			where, args := orCurrent(schema, current)
			return "SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE table_schema = " +
				where + " AND table_name = ? ORDER BY ordinal_position", append(args, table)
		},
	}
}

func orCurrent(schema, current string) (string, []any) {
	if schema == "" {
		return current, nil
	}
	return "?", []any{schema}
}

func oracleCatalog() catalog {
	const current = "SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA')"
	return catalog{
		databases: "SELECT username FROM all_users ORDER BY username",
		tables: func(schema string) (string, []any) {
			where, args := orCurrent(schema, current)
			return "SELECT object_name, object_type FROM all_objects WHERE owner = " + where +
				" AND object_type IN ('TABLE', 'VIEW') ORDER BY object_name", args
		},
		columns: func(schema, table string) (string, []any) {
			where, args := orCurrent(schema, current)
			return "SELECT column_name, data_type, nullable FROM all_tab_columns WHERE owner = " + where +
				" AND table_name = ? ORDER BY column_id", append(args, table)
		},
	}
}

func clickHouseCatalog() catalog {
	return catalog{
		databases: "SELECT name FROM system.databases ORDER BY name",
		tables: func(database string) (string, []any) {
			where, args := orCurrent(database, "currentDatabase()")
			return "SELECT name, engine FROM system.tables WHERE database = " + where + " ORDER BY name", args
		},
		columns: func(database, table string) (string, []any) {
			where, args := orCurrent(database, "currentDatabase()")
			return "SELECT name, type, toString(startsWith(type, 'Nullable')) FROM system.columns WHERE database = " +
				where + " AND table = ? ORDER BY position", append(args, table)
		},
	}
}

func sqliteCatalog() catalog {
	return catalog{
		databases: "SELECT name FROM pragma_database_list",
		tables: func(string) (string, []any) {
			return "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name", nil
		},
		columns: func(_, table string) (string, []any) {
			return "SELECT name, type, CAST(1 - \"notnull\" AS TEXT) FROM pragma_table_info(?)", []any{table}
		},
	}
}

// renumber replaces question marks, of which our own queries have none inside
// quotes.
func renumber(query string, placeholder func(int) string) string {
	var out strings.Builder
	n := 0
	for _, r := range query {
		if r != '?' {
			out.WriteRune(r)
			continue
		}
		n++
		out.WriteString(placeholder(n))
	}
	return out.String()
}
