package sqlstore

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Rows written together in one statement, and bytes of one statement.
const (
	maxRows  = 200
	maxBytes = 512 << 10
	maxInIDs = 500 // ids in one IN list
	// A longer text goes as an argument: SQLite limits the statement itself.
	maxLiteral = 2 << 10
)

// table says how the rows of a hot table are written: many in one statement.
// fixed columns never change after the insert; leaving them out of the update
// spares SQLite their indexes. sparse columns never go back to zero, which is
// their default in the database: one that is zero in all rows of a statement is
// left out of it, since both databases spend most of the time of such a
// statement with reading and storing its literals.
type table struct {
	name    string
	columns []string
	fixed   []string
	sparse  []string
	clash   clash
}

// clash says what becomes of a row whose key is taken.
type clash int

const (
	overwrite clash = iota // it is updated; the key is the first column
	keep                   // it is left alone
	ignore                 // the same, and it is not counted; for rows without texts
	refuse                 // the statement fails
)

// statement gives what comes before and after rows without the columns in
// omitted, a set of places.
func (t table) statement(d dialect, omitted uint64) (head, tail string) {
	written := make([]string, 0, len(t.columns))
	for i, c := range t.columns {
		if omitted&(1<<i) == 0 {
			written = append(written, c)
		}
	}
	head = "INSERT INTO " + t.name + " (" + strings.Join(written, ",") + ") VALUES "
	switch {
	case t.clash == refuse:
		return head, ""
	case t.clash == ignore:
		return d.insertIgnore() + strings.TrimPrefix(head, "INSERT INTO "), ""
	case t.clash == keep && d.mysql:
		return head, " ON DUPLICATE KEY UPDATE " + t.columns[0] + "=" + t.columns[0]
	case t.clash == keep:
		return head, " ON CONFLICT DO NOTHING"
	}
	var set []string
	for _, c := range written[1:] {
		switch {
		case slices.Contains(t.fixed, c):
		case d.mysql:
			set = append(set, c+"=VALUES("+c+")")
		default:
			set = append(set, c+"=excluded."+c)
		}
	}
	if d.mysql {
		return head, " ON DUPLICATE KEY UPDATE " + strings.Join(set, ",")
	}
	return head, " ON CONFLICT(" + t.columns[0] + ") DO UPDATE SET " + strings.Join(set, ",")
}

// rowset gathers rows for one multi-row statement.
//
// In SQLite values are written into the statement as literals. The driver
// looks every argument up by a walk over all of them, which at the thousands
// of arguments of a multi-row statement takes far longer than the insert: 57k
// rows a second with literals, 28k with arguments in the best statement size,
// 6k in statements of 128 rows. A literal is a number, or a text in single
// quotes with single quotes doubled, which is all that SQLite's grammar has;
// texts that are long or hold a NUL go as arguments all the same.
type rowset struct {
	dialect
	sql   []byte
	args  []any
	size  int // of the arguments
	rows  int
	cells int // in this row

	omitted uint64 // places of cells that are left out
	survey  bool   // nothing is written, only the places of zeros are noted
	zeros   uint64
}

// begin makes room for the next cell, and says whether it is to be written.
func (r *rowset) begin(zero bool) bool {
	bit := uint64(1) << r.cells
	r.cells++
	if r.survey {
		if !zero {
			r.zeros &^= bit
		}
		return false
	}
	if r.omitted&bit != 0 {
		return false
	}
	if bit > 1 {
		r.sql = append(r.sql, ',')
	}
	return true
}

// int adds a number.
func (r *rowset) int(v int64) {
	if r.begin(v == 0) {
		r.sql = strconv.AppendInt(r.sql, v, 10)
	}
}

// null adds NULL.
func (r *rowset) null() {
	if r.begin(true) {
		r.sql = append(r.sql, "NULL"...)
	}
}

// known adds a number, or NULL for 0.
func (r *rowset) known(v int64) {
	if v == 0 {
		r.null()
		return
	}
	r.int(v)
}

// bool adds a flag.
func (r *rowset) bool(v bool) {
	switch {
	case !r.begin(!v):
	case v:
		r.sql = append(r.sql, '1')
	default:
		r.sql = append(r.sql, '0')
	}
}

// time adds a time, or NULL for the zero one.
func (r *rowset) time(t time.Time) {
	switch {
	case t.IsZero():
		r.null()
	case !r.begin(false):
	case r.mysql:
		r.sql = t.UTC().AppendFormat(r.sql, "'2006-01-02 15:04:05.000'")
	default:
		r.sql = strconv.AppendInt(r.sql, t.UnixMilli(), 10)
	}
}

// text adds a text. What is not UTF-8 is replaced: MySQL would refuse it, and
// with it everything else in the batch.
func (r *rowset) text(s string) {
	if !r.begin(s == "") {
		return
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	if s != "" && r.mysql || len(s) > maxLiteral || strings.IndexByte(s, 0) >= 0 {
		r.sql = append(r.sql, '?')
		r.args = append(r.args, s)
		r.size += len(s)
		return
	}
	r.sql = appendLiteral(r.sql, s)
}

// appendLiteral quotes a text without NUL for SQLite.
func appendLiteral(b []byte, s string) []byte {
	b = append(b, '\'')
	for {
		i := strings.IndexByte(s, '\'')
		if i < 0 {
			break
		}
		b = append(append(b, s[:i]...), '\'', '\'')
		s = s[i+1:]
	}
	return append(append(b, s...), '\'')
}

// full reports that the statement should go.
func (r *rowset) full() bool { return r.rows >= maxRows || len(r.sql)+r.size >= maxBytes }

// upsert writes rows in as few statements as their sizes allow.
func upsert[T any](ctx context.Context, tx querier, d dialect, t table, list []T, encode func(*rowset, *T)) error {
	_, err := upsertCounted(ctx, tx, d, t, list, encode)
	return err
}

// upsertCounted is upsert with the number of rows the database counted.
func upsertCounted[T any](ctx context.Context, tx querier, d dialect, t table, list []T, encode func(*rowset, *T)) (n int64, err error) {
	if len(list) == 0 {
		return 0, nil
	}
	r := rowset{dialect: d, sql: make([]byte, 0, 4<<10), omitted: omit(d, t, list, encode)}
	head, tail := t.statement(d, r.omitted)
	err = r.statements(head, tail, len(list), func(i int) { encode(&r, &list[i]) }, func(int) error {
		res, err := tx.ExecContext(ctx, string(r.sql), r.args...)
		if err != nil {
			return err
		}
		found, err := res.RowsAffected()
		n += found
		return err
	})
	return n, err
}

// insertNew writes rows that get their ids from the database: it gives those of
// one statement consecutive ones.
func insertNew[T any](ctx context.Context, tx querier, d dialect, t table, list []*T, encode func(*rowset, *T), id func(*T) *int64) error {
	if len(list) == 0 {
		return nil
	}
	r := rowset{dialect: d}
	head, tail := t.statement(d, 0)
	return r.statements(head, tail, len(list), func(i int) { encode(&r, list[i]) }, func(last int) error {
		res, err := tx.ExecContext(ctx, string(r.sql), r.args...)
		if err != nil {
			return err
		}
		next, err := res.LastInsertId()
		if err != nil {
			return err
		}
		if !d.mysql { // MySQL tells the first id, SQLite the last
			next -= int64(r.rows) - 1
		}
		for _, v := range list[last+1-r.rows : last+1] {
			*id(v) = next
			next++
		}
		return nil
	})
}

// statements writes n rows in as few statements as their sizes allow; run does
// one, that ends with the given row.
func (r *rowset) statements(head, tail string, n int, encode func(row int), run func(last int) error) error {
	for i := range n {
		if r.rows == 0 {
			r.sql = append(r.sql, head...)
		} else {
			r.sql = append(r.sql, ',')
		}
		r.sql, r.cells = append(r.sql, '('), 0
		encode(i)
		r.sql = append(r.sql, ')')
		r.rows++
		if r.full() || i == n-1 {
			r.sql = append(r.sql, tail...)
			if err := run(i); err != nil {
				return err
			}
			r.sql, r.args, r.size, r.rows = r.sql[:0], r.args[:0], 0, 0
		}
	}
	return nil
}

// omit gives the places of the sparse columns that are zero in all rows.
func omit[T any](d dialect, t table, list []T, encode func(*rowset, *T)) uint64 {
	r := rowset{dialect: d, survey: true}
	for _, c := range t.sparse {
		r.zeros |= 1 << slices.Index(t.columns, c)
	}
	for i := 0; i < len(list) && r.zeros != 0; i++ {
		r.cells = 0
		encode(&r, &list[i])
	}
	return r.zeros
}

// byIDs runs a statement that ends in IN (ids) as often as needed. Ids are
// numbers of ours and stand in the statement itself.
func byIDs(ctx context.Context, tx querier, prefix string, ids []int64) error {
	for len(ids) > 0 {
		n := min(len(ids), maxInIDs)
		if _, err := tx.ExecContext(ctx, inIDs(prefix, ids[:n])); err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

// byIDsAll is byIDs for a select, with the rows of all its parts.
func byIDsAll[T any](ctx context.Context, q querier, scan func(scanner) (T, error), prefix string, ids []int64) (list []T, err error) {
	for len(ids) > 0 {
		n := min(len(ids), maxInIDs)
		part, err := query(ctx, q, scan, inIDs(prefix, ids[:n]))
		if err != nil {
			return nil, err
		}
		list, ids = append(list, part...), ids[n:]
	}
	return list, nil
}

// inIDs ends a statement in IN (ids).
func inIDs(prefix string, ids []int64) string {
	b := append([]byte(prefix), " IN ("...)
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, id, 10)
	}
	return string(append(b, ')'))
}
