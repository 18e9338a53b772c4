package datax

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/jdbc"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

var errStar = errors.New("sql: the columns of the query are not clear: name each one, with an alias for each expression")

// A job as DataX reads it.
type job struct {
	Job struct {
		Content []content `json:"content"`
		Setting struct {
			Speed      speed `json:"speed"`
			ErrorLimit struct {
				Record     int64 `json:"record"`
				Percentage int64 `json:"percentage"`
			} `json:"errorLimit"`
		} `json:"setting"`
	} `json:"job"`
	Core struct {
		Transport struct {
			Channel struct {
				Speed speed `json:"speed"`
			} `json:"channel"`
		} `json:"transport"`
	} `json:"core"`
}

type content struct {
	Reader side `json:"reader"`
	Writer side `json:"writer"`
}

type side struct {
	Name      string    `json:"name"`
	Parameter parameter `json:"parameter"`
}

type parameter struct {
	Username   string   `json:"username"`
	Password   string   `json:"password"`
	Column     []string `json:"column,omitempty"`
	Connection []any    `json:"connection"`
	PreSQL     []string `json:"preSql,omitempty"`
	PostSQL    []string `json:"postSql,omitempty"`
}

type readFrom struct {
	QuerySQL []string `json:"querySql"`
	URL      []string `json:"jdbcUrl"`
}

type writeTo struct {
	Table []string `json:"table"`
	URL   string   `json:"jdbcUrl"`
}

type speed struct {
	Channel int64 `json:"channel"`
	Byte    int64 `json:"byte,omitempty"`
	Record  int64 `json:"record,omitempty"`
}

// makeJob builds the job of the template form.
func (p *parameters) makeJob(a task.Attempt, list func(workflow.DataSource, string) ([]string, error)) ([]byte, error) {
	source, sourceURL, err := p.source.find(a, "dataSource")
	if err != nil {
		return nil, err
	}
	target, targetURL, err := p.target.find(a, "dataTarget")
	if err != nil {
		return nil, err
	}
	query := a.Expand(p.sql)
	columns, err := columnsOf(source, target.Type, query, list)
	if err != nil {
		return nil, err
	}
	var j job
	j.Job.Content = []content{{
		Reader: side{plugin(source.Type) + "reader", parameter{
			Username: source.Connection.User, Password: source.Password,
			Connection: []any{readFrom{[]string{query}, []string{sourceURL}}},
		}},
		Writer: side{plugin(target.Type) + "writer", parameter{
			Username: target.Connection.User, Password: target.Password, Column: columns,
			Connection: []any{writeTo{[]string{a.Expand(p.table)}, targetURL}},
			PreSQL:     expand(a, p.pre), PostSQL: expand(a, p.post),
		}},
	}}
	limits := speed{Channel: 1, Byte: p.bytes, Record: p.records}
	j.Job.Setting.Speed, j.Core.Transport.Channel.Speed = limits, limits
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err = e.Encode(j)
	return []byte(b.String()), err
}

// find gives the data source and its address. Its type must be the one that
// the task was made for.
func (e end) find(a task.Attempt, field string) (workflow.DataSource, string, error) {
	d, ok := a.DataSource(e.id)
	if !ok {
		return d, "", fmt.Errorf("%s: data source %d did not come with the attempt", field, e.id)
	}
	if d.Type != e.kind {
		return d, "", fmt.Errorf("%s: data source %q is of type %s, not %s", field, d.Name, d.Type, e.kind)
	}
	url, err := jdbc.URL(d)
	return d, url, err
}

// columnsOf names the columns to write as the target quotes names.
func columnsOf(source workflow.DataSource, target workflow.DataSourceType, query string, list func(workflow.DataSource, string) ([]string, error)) ([]string, error) {
	columns, ok := jdbc.Columns(query)
	if !ok {
		names, err := list(source, query)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			columns = append(columns, jdbc.Column{Name: name, Quoted: source.Type == target})
		}
	}
	if len(columns) == 0 {
		return nil, errStar
	}
	quoted := make([]string, 0, len(columns))
	for _, c := range columns {
		quoted = append(quoted, quote(target, c))
	}
	return quoted, nil
}

// quote makes a name one that the target takes as it is. An Oracle name that
// was written without quotes is in upper case.
func quote(t workflow.DataSourceType, c jdbc.Column) string {
	switch plugin(t) {
	case "mysql", "clickhouse":
		return "`" + strings.ReplaceAll(c.Name, "`", "``") + "`"
	case "sqlserver":
		return "[" + strings.ReplaceAll(c.Name, "]", "]]") + "]"
	case "oracle":
		if !c.Quoted {
			c.Name = strings.ToUpper(c.Name)
		}
	}
	return `"` + strings.ReplaceAll(c.Name, `"`, `""`) + `"`
}

// expand leaves blank statements out.
func expand(a task.Attempt, statements []string) []string {
	var list []string
	for _, s := range statements {
		if s = strings.TrimSpace(a.Expand(s)); s != "" {
			list = append(list, s)
		}
	}
	return list
}
