package sql

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/datasource"
	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/task/params"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Bounds of a result.
const (
	defaultRows = 10_000 // read, when the task names no limit
	maxRows     = 1_000_000
	defaultShow = 10 // rows in the log
	maxShow     = 1_000
)

// settings are what a task's parameters ask for.
type settings struct {
	kind       workflow.DataSourceType
	source     int64
	statement  string
	query      bool // its rows are read
	before     []string
	after      []string
	udfs       []int64
	connection map[string]string // options
	show       int               // rows in the log
	limit      int               // rows that are read
	mail       *mailing          // nil: none
}

// mailing says how a result is mailed.
type mailing struct {
	title      string
	to, cc     string // lists of addresses, may hold placeholders
	group      int64  // an alert group, 0 for none
	table      bool   // in the mail
	text       bool   // in the mail, as in the log
	attachment bool
}

// read reads and checks parameters.
func read(raw json.RawMessage) (settings, error) {
	o := params.Read(raw)
	s := settings{
		kind:      workflow.DataSourceType(strings.ToUpper(strings.TrimSpace(o.Text("type")))),
		source:    o.Int("datasource", 0),
		statement: o.Text("sql"),
		before:    statements(o.Texts("preStatements")),
		after:     statements(o.Texts("postStatements")),
		show:      int(min(o.Int("displayRows", defaultShow), maxShow)),
		limit:     int(min(o.Int("limit", 0), maxRows+1)),
	}
	sqlType := strings.TrimSpace(o.Text("sqlType"))
	s.query = sqlType == "0" || sqlType == ""
	udfs, options := o.Text("udfs"), o.Text("connParams")
	mails := o.Bool("sendEmail", false)
	mail := readMailing(o)
	if err := o.Err(); err != nil {
		return settings{}, err
	}
	if err := s.complete(o, udfs, options); err != nil {
		return settings{}, err
	}
	if !s.query && sqlType != "1" {
		return settings{}, o.Invalid("sqlType", "must be 0, a query, or 1, a statement")
	}
	if s.query && mails {
		s.mail = &mail
		return s, mail.validate(o)
	}
	return s, nil
}

// statements leaves out blank ones, which editors send for an empty line.
func statements(texts []string) []string {
	return slices.DeleteFunc(texts, func(text string) bool { return strings.TrimSpace(text) == "" })
}

// complete reads what is text within the parameters and checks the rest.
func (s *settings) complete(o *params.Object, udfs, options string) error {
	switch {
	case s.kind == "":
		return o.Invalid("type", "must name a type of data source")
	case !slices.Contains(datasource.Types(), s.kind):
		return o.Invalid("type", "%q is no type of data source that can be used", string(s.kind))
	case s.source <= 0:
		return o.Invalid("datasource", "must name a data source")
	case strings.TrimSpace(s.statement) == "":
		return o.Invalid("sql", "must not be blank")
	case s.limit > maxRows:
		return o.Invalid("limit", "must be at most %d", maxRows)
	}
	if s.limit <= 0 {
		s.limit = defaultRows
	}
	if s.show < 0 {
		s.show = defaultShow
	}
	var err error
	if s.udfs, err = ids(udfs); err != nil {
		return o.Invalid("udfs", "must be ids of functions with commas between them")
	}
	if len(s.udfs) > 0 && s.kind != workflow.Hive && s.kind != workflow.Spark {
		return o.Invalid("udfs", "are for HIVE and SPARK only")
	}
	if s.connection, err = connectionOptions(options); err != nil {
		return o.Invalid("connParams", "%s", err)
	}
	if err := checkConnection(s.kind, s.connection); err != nil {
		return o.Invalid("connParams", "%s", err)
	}
	return nil
}

// checkConnection refuses options that the type does not have, and those that
// whoever made the data source decides: how it is protected, and what of it
// may be written.
func checkConnection(kind workflow.DataSourceType, options map[string]string) error {
	for name := range options {
		if guarded(strings.ToLower(name)) {
			return fmt.Errorf("the option %s can be set at the data source only", name)
		}
	}
	return datasource.CheckOptions(kind, options)
}

func guarded(name string) bool {
	for _, word := range []string{"ssl", "tls", "encrypt", "cert", "auth"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return name == "mode" || name == "transportmode" || name == "httppath"
}

// ids reads "1,2".
func ids(text string) ([]int64, error) {
	var out []int64
	for part := range strings.SplitSeq(strings.Trim(text, "[] "), ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		id, err := strconv.ParseInt(part, 10, 64)
		if err != nil || id <= 0 {
			return nil, errors.New("no id")
		}
		out = append(out, id)
	}
	return out, nil
}

// connectionOptions reads a=b;c=d, also with & between, or a JSON object.
func connectionOptions(text string) (map[string]string, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	options := map[string]string{}
	if strings.HasPrefix(text, "{") {
		if json.Unmarshal([]byte(text), &options) != nil {
			return nil, errors.New("must be an object of texts")
		}
		return options, nil
	}
	for pair := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(";&\n", r) }) {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		name, value, ok := strings.Cut(pair, "=")
		name = strings.TrimSpace(name)
		if _, twice := options[name]; !ok || name == "" || twice {
			return nil, errors.New("must be options such as a=b;c=d")
		}
		options[name] = strings.TrimSpace(value)
	}
	return options, nil
}

func readMailing(o *params.Object) mailing {
	m := mailing{title: o.Text("title"), to: o.Text("receivers"), cc: o.Text("receiversCc"), group: o.Int("groupId", 0)}
	show := strings.ToUpper(strings.Join(strings.Fields(o.Text("showType")), ""))
	for part := range strings.SplitSeq(show, ",") {
		switch part {
		case "", "TABLE":
			m.table = m.table || part != "" || show == ""
		case "TEXT":
			m.text = true
		case "ATTACHMENT":
			m.attachment = true
		case "TABLEATTACHMENT":
			m.table, m.attachment = true, true
		default:
			m.table, m.text, m.attachment = false, false, false
			return m
		}
	}
	return m
}

func (m mailing) validate(o *params.Object) error {
	if !m.table && !m.text && !m.attachment {
		return o.Invalid("showType", "must be TABLE, ATTACHMENT or both with a comma between them")
	}
	for _, list := range []struct{ field, text string }{{"receivers", m.to}, {"receiversCc", m.cc}} {
		if open(list.text) {
			continue
		}
		if _, err := notify.ParseAddresses(list.text); err != nil {
			return o.Invalid(list.field, "%s", err)
		}
	}
	return nil
}

// open reports whether text still holds placeholders.
func open(text string) bool { return strings.Contains(text, "${") || strings.Contains(text, "$[") }
