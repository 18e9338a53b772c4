// Package sql is the task kind that runs SQL on a data source.
package sql

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/datasource"
	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/sql/bind"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Sources opens data sources; *datasource.Sources does.
type Sources interface {
	Open(ctx context.Context, ds workflow.DataSource) (*datasource.DB, error)
}

// Kind is the plug-in. Its parameters are type, datasource, sql, sqlType (0: a
// query, 1: a statement), preStatements, postStatements, udfs, connParams,
// displayRows and limit; of a query's result by mail sendEmail, title,
// receivers, receiversCc, groupId and showType.
//
// All statements of an attempt run in one session. The first row of a query
// sets the task's OUT parameters that are called like its columns; one of type
// LIST takes all rows.
type Kind struct {
	sources Sources
	mailer  notify.Mailer
}

var (
	_ task.Runner = Kind{}
	_ task.Needer = Kind{}
)

// New makes the kind. A process that only checks parameters gives nil for both.
func New(sources Sources, mailer notify.Mailer) Kind {
	if mailer == nil {
		mailer = notify.NoMailer{}
	}
	return Kind{sources: sources, mailer: mailer}
}

// ID names the kind.
func (Kind) ID() workflow.Kind { return workflow.KindSQL }

// Validate checks everything that does not depend on the data source.
func (Kind) Validate(raw json.RawMessage) error {
	_, err := read(raw)
	return err
}

// Needs gives the data source, the functions, and whom results go to.
func (Kind) Needs(raw json.RawMessage) (task.Needs, error) {
	s, err := read(raw)
	if err != nil {
		return task.Needs{}, err
	}
	needs := task.Needs{DataSources: []int64{s.source}, UDFs: s.udfs}
	if s.mail != nil && strings.TrimSpace(s.mail.to) == "" {
		needs.Receivers, needs.AlertGroup = true, s.mail.group
	}
	return needs, nil
}

// Run runs the statements and delivers what the query gave.
func (k Kind) Run(ctx context.Context, a task.Attempt, log io.Writer) task.Result {
	vars, err := k.run(ctx, a, log)
	if err != nil {
		reason := err.Error()
		if secret := password(a); len(secret) > minSecret {
			reason = strings.ReplaceAll(reason, secret, "******")
		}
		_, _ = fmt.Fprintf(log, "failed: %s\n", reason)
		return task.Result{ExitCode: 1, Reason: reason}
	}
	return task.Result{OK: true, Vars: vars}
}

// minSecret is how short a password may be to be looked for in messages: the
// shortest ones are parts of ordinary words.
const minSecret = 3

func password(a task.Attempt) string {
	s, err := read(a.Params)
	if err != nil {
		return ""
	}
	ds, _ := a.DataSource(s.source)
	return ds.Password
}

func (k Kind) run(ctx context.Context, a task.Attempt, log io.Writer) (map[string]string, error) {
	s, err := read(a.Params)
	if err != nil {
		return nil, err
	}
	var to recipients
	if s.mail != nil {
		if to, err = k.recipients(s.mail, a); err != nil {
			return nil, err
		}
	}
	r, err := newReport(s, a, log)
	if err != nil {
		return nil, err
	}
	defer r.close()
	if err := k.session(ctx, s, a, r); err != nil {
		return nil, err
	}
	if s.mail == nil {
		return r.vars(), nil
	}
	return r.vars(), k.send(ctx, s.mail, a, to, r)
}

// session runs all statements, each to its end.
func (k Kind) session(ctx context.Context, s settings, a task.Attempt, r *report) (failed error) {
	ds, err := s.dataSource(a)
	if err != nil {
		return err
	}
	dialect, err := bind.For(ds.Type)
	if err != nil {
		return err
	}
	r.line("data source %s (%s)", ds.Name, ds.Type)
	db, err := k.sources.Open(ctx, ds)
	if err != nil {
		return err
	}
	defer func() { failed = errors.Join(failed, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	w := work{settings: s, attempt: a, report: r, db: db, conn: conn, dialect: dialect}
	defer func() { failed = w.close(failed) }()
	return w.all(ctx)
}

// dataSource gives the data source with the task's own options. Those that the
// data source has set cannot be set otherwise.
func (s settings) dataSource(a task.Attempt) (workflow.DataSource, error) {
	ds, ok := a.DataSource(s.source)
	switch {
	case !ok:
		return ds, fmt.Errorf("data source %d did not come with the attempt", s.source)
	case ds.Type != s.kind:
		return ds, fmt.Errorf("data source %s is of type %s, the task says %s", ds.Name, ds.Type, s.kind)
	}
	options := map[string]string{}
	for name, value := range ds.Connection.Options {
		options[name] = value
	}
	for name, value := range s.connection {
		for own := range ds.Connection.Options {
			if strings.EqualFold(own, name) {
				return ds, fmt.Errorf("connParams: data source %s sets %s itself", ds.Name, own)
			}
		}
		options[name] = value
	}
	ds.Connection.Options = options
	return ds, nil
}
