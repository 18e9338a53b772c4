package sqlstore

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
)

// Bounds of what a page of a feed costs.
const (
	maxSources  = 200     // indexes' parts that are merged
	window      = 4000    // rows looked at by one statement
	maxExamined = 200_000 // rows looked at for one page
)

// feed is a list read by pages, in the order of an index that begins with what
// narrows it. Everything else is looked at row by row, within bounds.
type feed struct {
	dialect
	table string // with its alias, one letter: instance i
	// sources are the parts of the list, each in the order of one index; rows
	// are in one of them alone. There is at least one.
	sources []filter
	wanted  filter // what rows have to fulfil beyond that
	byTime  bool   // in the order of start_time, else of id
	from    time.Time
	to      time.Time
}

// glimpse is what is known of a row after the look at it.
type glimpse struct {
	place  store.Place
	wanted bool
	source int // where it is from
}

func scanGlimpse(row scanner) (g glimpse, err error) {
	var at moment
	err = row.Scan(&g.place.ID, &at, &g.wanted, &g.source)
	g.place.At = at.Time
	return g, err
}

// page gives the ids of the next rows and where to go on.
func (f *feed) page(ctx context.Context, q querier, after store.Place, limit int) (ids []int64, next store.Place, err error) {
	size := limit + 1
	if len(f.wanted.conditions) > 0 {
		size = max(size, window/len(f.sources))
	}
	place := after
	for examined := 0; examined < maxExamined; {
		seen, last, err := f.look(ctx, q, place, &size)
		if err != nil {
			return nil, next, err
		}
		examined += len(seen)
		for i, g := range seen {
			place = g.place
			if g.wanted {
				ids = append(ids, g.place.ID)
			}
			if len(ids) == limit {
				if last && i == len(seen)-1 {
					place = store.Place{}
				}
				return ids, f.placed(place), nil
			}
		}
		if last {
			return ids, store.Place{}, nil
		}
	}
	return ids, f.placed(place), nil
}

// placed leaves out of a place what its order does not need.
func (f *feed) placed(p store.Place) store.Place {
	if !f.byTime {
		p.At = time.Time{}
	}
	return p
}

// look reads the next rows after a place, in order; last says that there are no
// more. A window that is too small for the rows of one moment grows.
func (f *feed) look(ctx context.Context, q querier, after store.Place, size *int) (seen []glimpse, last bool, err error) {
	for {
		sql, args := f.statement(after, *size)
		rows, err := query(ctx, q, scanGlimpse, sql, args...)
		if err != nil {
			return nil, false, err
		}
		if len(f.sources) > 1 || f.byTime {
			slices.SortFunc(rows, f.compare)
		}
		rows, last = f.complete(rows, *size)
		if f.byTime {
			rows = cutTime(rows, after, last)
		}
		if len(rows) > 0 || last {
			return rows, last, nil
		}
		*size *= 2
	}
}

// complete leaves out what comes after the end of a source's part: there may
// be more in between. last says that no source has more.
func (f *feed) complete(rows []glimpse, size int) (_ []glimpse, last bool) {
	seen := make([]int, len(f.sources))
	for i, g := range rows {
		if seen[g.source]++; seen[g.source] == size {
			return rows[:i+1], false
		}
	}
	return rows, true
}

// cutTime leaves out what was before the place, and rows of the last moment,
// whose order the index does not know, unless all of them are there.
func cutTime(rows []glimpse, after store.Place, last bool) []glimpse {
	if !last {
		end := rows[len(rows)-1].place.At
		rows = rows[:slices.IndexFunc(rows, func(g glimpse) bool { return g.place.At.Equal(end) })]
	}
	if after.ID == 0 {
		return rows
	}
	return slices.DeleteFunc(rows, func(g glimpse) bool { return g.place.At.Equal(after.At) && g.place.ID >= after.ID })
}

// compare orders the newest first.
func (f *feed) compare(a, b glimpse) int {
	if f.byTime && !a.place.At.Equal(b.place.At) {
		return b.place.At.Compare(a.place.At)
	}
	if a.place.ID > b.place.ID {
		return -1
	}
	return 1
}

// statement looks at up to size rows of every source.
func (f *feed) statement(after store.Place, size int) (string, []any) {
	_, alias, _ := strings.Cut(f.table, " ")
	parts := make([]string, len(f.sources))
	var args []any
	wanted := "1"
	if len(f.wanted.conditions) > 0 {
		wanted = "CASE WHEN " + strings.Join(f.wanted.conditions, " AND ") + " THEN 1 ELSE 0 END"
	}
	for i := range f.sources {
		s := filter{dialect: f.dialect, conditions: slices.Clone(f.sources[i].conditions), args: slices.Clone(f.sources[i].args)}
		order := f.narrow(&s, alias, after)
		parts[i] = "SELECT " + alias + ".id, " + alias + ".start_time, " + wanted + " AS wanted, " + strconv.Itoa(i) + " AS source FROM " + f.table + s.where() +
			" ORDER BY " + alias + "." + order + " DESC LIMIT ?"
		args = append(append(append(args, f.wanted.args...), s.args...), size)
	}
	if len(parts) == 1 {
		return parts[0], args
	}
	return "SELECT * FROM (" + strings.Join(parts, ") a UNION ALL SELECT * FROM (") + ") a", args
}

// narrow adds the period and the place, and gives the column of the order.
func (f *feed) narrow(s *filter, alias string, after store.Place) string {
	if !f.byTime {
		if after.ID != 0 {
			s.add(alias+".id < ?", after.ID)
		}
		return "id"
	}
	to := f.to
	if after.ID != 0 {
		to = after.At
	}
	s.add(alias + ".start_time IS NOT NULL")
	s.between(alias+".start_time", f.from, to)
	return "start_time"
}
