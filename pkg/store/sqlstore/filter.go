package sqlstore

import (
	"context"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// filter gathers the conditions of a list.
type filter struct {
	dialect
	conditions []string
	args       []any
}

// add adds a condition with its arguments.
func (f *filter) add(condition string, args ...any) {
	f.conditions = append(f.conditions, condition)
	f.args = append(f.args, args...)
}

// equal narrows to an id, unless it is 0.
func (f *filter) equal(column string, id int64) {
	if id != 0 {
		f.add(column+" = ?", id)
	}
}

// exact narrows to a text, unless it is empty.
func (f *filter) exact(column, text string) {
	if text != "" {
		f.add(column+" = ?", text)
	}
}

// search narrows to texts that contain another, unless that is empty.
func (f *filter) search(column, text string) {
	if text != "" {
		f.add(f.like(column), contains(text))
	}
}

// where is the clause.
func (f *filter) where() string {
	if len(f.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(f.conditions, " AND ")
}

// count counts the rows of from that fulfil all conditions.
func (f *filter) count(ctx context.Context, q querier, from string) (n int, err error) {
	err = q.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+from+f.where(), f.args...).Scan(&n)
	return n, err
}

// states narrows to some states, unless there are none.
func (f *filter) states(column string, list []workflow.State) {
	if len(list) > 0 {
		f.add(column+" IN ("+marks(len(list))+")", anys(list)...)
	}
}

// between narrows to a time from and one to, both included, where given.
func (f *filter) between(column string, from, to time.Time) {
	if !from.IsZero() {
		f.add(column+" >= ?", f.time(from))
	}
	if !to.IsZero() {
		f.add(column+" <= ?", f.time(to))
	}
}

// owner narrows to a user's name, unless it is empty.
func (f *filter) owner(column, name string) {
	if name != "" {
		f.add(column+" IN (SELECT id FROM user_account WHERE name = ?)", name)
	}
}
