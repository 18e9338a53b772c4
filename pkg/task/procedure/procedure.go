// Package procedure is the task kind that calls a stored procedure.
package procedure

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/datasource"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Sources opens data sources; *datasource.Sources does.
type Sources interface {
	Open(ctx context.Context, ds workflow.DataSource) (*datasource.DB, error)
}

// Kind is the plug-in. Its parameters are type, datasource and method: the name
// of a procedure, which may be qualified and may have its arguments behind it,
// as in name(?, ?) or {call name(${a}, ${b})}. The task's local parameters are
// the arguments, in their order or in that of the names; those with direction
// OUT are its results.
type Kind struct{ sources Sources }

var (
	_ task.Runner = Kind{}
	_ task.Needer = Kind{}
)

// New makes the kind. A process that only checks parameters gives nil.
func New(sources Sources) Kind { return Kind{sources: sources} }

// ID names the kind.
func (Kind) ID() workflow.Kind { return workflow.KindProcedure }

// Validate checks everything that does not depend on the data source.
func (Kind) Validate(raw json.RawMessage) error {
	_, err := read(raw)
	return err
}

// Needs gives the data source.
func (Kind) Needs(raw json.RawMessage) (task.Needs, error) {
	s, err := read(raw)
	if err != nil {
		return task.Needs{}, err
	}
	return task.Needs{DataSources: []int64{s.source}}, nil
}

// Run calls the procedure.
func (k Kind) Run(ctx context.Context, a task.Attempt, log io.Writer) task.Result {
	vars, err := k.run(ctx, a, log)
	if err != nil {
		reason := hide(err.Error(), a)
		_, _ = fmt.Fprintf(log, "failed: %s\n", reason)
		return task.Result{ExitCode: 1, Reason: reason}
	}
	return task.Result{OK: true, Vars: vars}
}

// minSecret is how short a password may be to be looked for in messages: the
// shortest ones are parts of ordinary words.
const minSecret = 3

func hide(text string, a task.Attempt) string {
	for _, ds := range a.DataSources {
		if len(ds.Password) > minSecret {
			text = strings.ReplaceAll(text, ds.Password, "******")
		}
	}
	return text
}

func (k Kind) run(ctx context.Context, a task.Attempt, log io.Writer) (vars map[string]string, failed error) {
	s, err := read(a.Params)
	if err != nil {
		return nil, err
	}
	arguments, err := s.arguments(a)
	if err != nil {
		return nil, err
	}
	ds, ok := a.DataSource(s.source)
	switch {
	case !ok:
		return nil, fmt.Errorf("data source %d did not come with the attempt", s.source)
	case ds.Type != s.kind:
		return nil, fmt.Errorf("data source %s is of type %s, the task says %s", ds.Name, ds.Type, s.kind)
	}
	describe(log, ds, s.name, arguments)
	db, err := k.sources.Open(ctx, ds)
	if err != nil {
		return nil, err
	}
	defer func() { failed = errors.Join(failed, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	begin := time.Now()
	vars, err = conn.Call(ctx, s.name, arguments)
	if closing := conn.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return nil, fmt.Errorf("calling %s: %w", s.name, err)
	}
	tell(log, arguments, vars, time.Since(begin))
	return vars, nil
}

// maxShown is how much of a value the log shows.
const maxShown = 1000

func shown(value string) string {
	if len(value) > maxShown {
		return fmt.Sprintf("%q and %d bytes more", value[:maxShown], len(value)-maxShown)
	}
	return fmt.Sprintf("%q", value)
}

func describe(log io.Writer, ds workflow.DataSource, name string, arguments []workflow.Property) {
	_, _ = fmt.Fprintf(log, "data source %s (%s)\ncall %s\n", ds.Name, ds.Type, name)
	for i, p := range arguments {
		if p.Direct == workflow.Out {
			_, _ = fmt.Fprintf(log, "  argument %d, %s %s: out\n", i+1, p.Prop, p.Type)
			continue
		}
		_, _ = fmt.Fprintf(log, "  argument %d, %s %s: %s\n", i+1, p.Prop, p.Type, shown(p.Value))
	}
}

func tell(log io.Writer, arguments []workflow.Property, vars map[string]string, took time.Duration) {
	_, _ = fmt.Fprintf(log, "done in %s\n", took.Round(time.Millisecond))
	for _, p := range arguments {
		if p.Direct == workflow.Out {
			_, _ = fmt.Fprintf(log, "parameter %s = %s\n", p.Prop, shown(vars[p.Prop]))
		}
	}
}
