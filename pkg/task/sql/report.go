package sql

import (
	"database/sql"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/sql/bind"
)

// Bounds of what is kept and shown.
const (
	maxStatement = 16 << 10 // bytes of a statement, in the log
	maxBound     = 200      // bytes of a bound value, in the log
	maxListed    = 100      // bound values, in the log
	maxColumns   = 4_000
)

// report is what an attempt tells: its log, the rows it keeps for that, and
// those for the mail. It holds no more rows than these need.
type report struct {
	log     io.Writer
	limit   int
	show    int
	columns []string
	top     [][]cell // the first rows, for the log
	rows    int
	more    bool // there were more rows than the limit
	outs    outs
	page    *page  // of the mail, nil for none
	sheet   *sheet // of the mail, nil for none
}

func newReport(s settings, a task.Attempt, log io.Writer) (*report, error) {
	r := &report{log: log, limit: s.limit, show: s.show, outs: newOuts(a.LocalParams)}
	if s.mail == nil {
		return r, nil
	}
	if s.mail.table {
		r.page = &page{}
	}
	if s.mail.attachment {
		var err error
		if r.sheet, err = newSheet(maxFile); err != nil {
			return nil, fmt.Errorf("beginning the attachment: %w", err)
		}
	}
	return r, nil
}

// close lets go of files.
func (r *report) close() {
	if r.sheet != nil {
		r.sheet.close()
	}
}

func (r *report) line(format string, args ...any) {
	_, _ = fmt.Fprintf(r.log, format+"\n", args...)
}

// statement tells what is about to run.
func (r *report) statement(what string, s bind.Statement) {
	r.line("%s: %s", what, clip(s.Text, maxStatement))
	for i, a := range s.Args {
		if i == maxListed {
			r.line("  and %d more values", len(s.Args)-i)
			return
		}
		r.line("  value %d, %s: %q", i+1, a.Name, clip(a.Text, maxBound))
	}
}

// begin gets the columns of the result.
func (r *report) begin(columns []*sql.ColumnType) error {
	if len(columns) > maxColumns {
		return fmt.Errorf("the result has %d columns, more than %d", len(columns), maxColumns)
	}
	for _, c := range columns {
		r.columns = append(r.columns, c.Name())
	}
	r.outs.begin(r.columns)
	if r.page != nil {
		r.page.begin(r.columns)
	}
	if r.sheet != nil {
		return r.sheet.begin(r.columns)
	}
	return nil
}

// row gets a row, which it may keep.
func (r *report) row(cells []cell) error {
	if len(r.top) < r.show {
		r.top = append(r.top, cells)
	}
	r.outs.row(r.rows, cells)
	r.rows++
	if r.page != nil {
		r.page.row(cells)
	}
	if r.sheet != nil {
		return r.sheet.row(cells)
	}
	return nil
}

// finish writes the table.
func (r *report) finish(more bool, took time.Duration) error {
	r.more = more
	if len(r.columns) == 0 {
		r.line("no result in %s", took.Round(time.Millisecond))
		return nil
	}
	_, _ = io.WriteString(r.log, table(r.columns, r.top))
	r.line("%s in %s", r.count(), took.Round(time.Millisecond))
	if len(r.top) < r.rows {
		r.line("the first %d are shown", len(r.top))
	}
	for _, line := range r.outs.lines() {
		r.line("%s", line)
	}
	return nil
}

// count tells how many rows there are.
func (r *report) count() string {
	unit := "rows"
	if r.rows == 1 {
		unit = "row"
	}
	text := fmt.Sprintf("%d %s", r.rows, unit)
	if r.more {
		text += ", the limit; there are more"
	}
	return text
}

// text draws the rows that the log shows.
func (r *report) text() string {
	var out strings.Builder
	out.WriteString(table(r.columns, r.top))
	return out.String()
}

func (r *report) vars() map[string]string { return r.outs.vars() }
