package sql

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/datasource"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/sql/bind"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// work is an attempt's session.
type work struct {
	settings
	attempt task.Attempt
	report  *report
	db      *datasource.DB
	conn    *datasource.Conn
	dialect bind.Dialect
	cut     bool // the query was ended early, and the session with it
}

// close ends the session. What became of one that was cut off does not matter.
func (w *work) close(failed error) error {
	err := w.conn.Close()
	if w.cut || failed != nil {
		return failed
	}
	return err
}

// all runs the statements in order.
func (w *work) all(ctx context.Context) error {
	functions, err := w.functions()
	if err != nil {
		return err
	}
	for i, text := range functions {
		if err := w.execute(ctx, fmt.Sprintf("function statement %d", i+1), bind.Statement{Text: text}); err != nil {
			return err
		}
	}
	if err := w.each(ctx, "pre statement", w.before); err != nil {
		return err
	}
	if err := w.main(ctx); err != nil {
		return err
	}
	return w.each(ctx, "post statement", w.after)
}

func (w *work) each(ctx context.Context, what string, texts []string) error {
	for i, text := range texts {
		name := fmt.Sprintf("%s %d", what, i+1)
		statement, err := w.bind(text)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := w.execute(ctx, name, statement); err != nil {
			return err
		}
	}
	return nil
}

func (w *work) main(ctx context.Context) error {
	statement, err := w.bind(w.statement)
	if err != nil {
		return err
	}
	if w.query {
		return w.read(ctx, statement)
	}
	return w.execute(ctx, "statement", statement)
}

// bind resolves a text's placeholders.
func (w *work) bind(text string) (bind.Statement, error) {
	var values bind.Values = w.db
	switch w.kind {
	case workflow.Hive, workflow.Spark:
		values = nil // they bind nothing
	case workflow.PostgreSQL:
		values = asText{w.db}
	}
	return bind.Bind(trimmed(w.kind, text), w.dialect, source(w.attempt), values)
}

// asText binds checked values as text, of which the server finds the type by
// the place: it would not take a number where it expects text.
type asText struct{ *datasource.DB }

// Bind reads the value by its type.
func (t asText) Bind(p workflow.Property) (any, error) {
	v, err := t.DB.Bind(p)
	if err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case int64, bool:
		return fmt.Sprint(v), nil
	case float64:
		return strings.TrimSpace(p.Value), nil
	}
	return v, nil
}

// trimmed drops the semicolon at the end of a statement; a block of Oracle's
// needs its own.
func trimmed(kind workflow.DataSourceType, text string) string {
	text = strings.TrimSpace(text)
	short := strings.TrimRight(strings.TrimSuffix(text, ";"), " \t\r\n")
	words := strings.Fields(strings.ToUpper(short))
	if kind == workflow.Oracle && len(words) > 1 && (words[0] == "BEGIN" || words[0] == "DECLARE" || words[0] == "CREATE") && endsBlock(words) {
		return text
	}
	return short
}

// endsBlock reports whether the last words of a statement are END or END name.
func endsBlock(words []string) bool {
	return words[len(words)-1] == "END" || words[len(words)-2] == "END" || words[len(words)-2] == "END;"
}

// execute runs a statement without looking at rows.
func (w *work) execute(ctx context.Context, what string, s bind.Statement) error {
	w.report.statement(what, s)
	begin := time.Now()
	result, err := w.conn.ExecContext(ctx, s.Text, s.Values()...)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	took := time.Since(begin).Round(time.Millisecond)
	if n, err := result.RowsAffected(); err == nil && n >= 0 {
		w.report.line("%d rows affected in %s", n, took)
		return nil
	}
	w.report.line("done in %s", took)
	return nil
}

// errEnough ends a query of which enough rows were read.
var errEnough = errors.New("enough rows were read")

// read runs the query and hands its rows on. Rows beyond the limit are not
// fetched: the query is ended, unless the session is still needed.
func (w *work) read(ctx context.Context, s bind.Statement) (failed error) {
	w.report.statement("query", s)
	begin := time.Now()
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	rows, err := w.conn.QueryContext(inner, s.Text, s.Values()...)
	if err != nil {
		return fmt.Errorf("query: %w", err)
	}
	defer func() {
		if err := rows.Close(); err != nil && failed == nil && !w.cut {
			failed = fmt.Errorf("query: %w", err)
		}
	}()
	more, err := w.fetch(rows)
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(err, cause) {
		return fmt.Errorf("query: %w (%v)", cause, err)
	}
	if err != nil {
		return fmt.Errorf("query: %w", err)
	}
	if more && len(w.after) == 0 {
		w.cut = true
		cancel(errEnough)
	}
	return w.report.finish(more, time.Since(begin))
}

// fetch reads at most as many rows as the limit allows, and tells whether there
// were more.
func (w *work) fetch(rows *datasource.Rows) (more bool, err error) {
	columns, err := rows.ColumnTypes()
	if err != nil {
		return false, err
	}
	if err := w.report.begin(columns); err != nil {
		return false, err
	}
	scan := newScanner(columns)
	for n := 0; rows.Next(); n++ {
		if n == w.limit {
			return true, nil
		}
		cells, err := scan.row(rows)
		if err != nil {
			return false, err
		}
		if err := w.report.row(cells); err != nil {
			return false, err
		}
	}
	return false, rows.Err()
}
