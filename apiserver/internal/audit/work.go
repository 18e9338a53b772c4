package audit

import (
	"context"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

type (
	definition = workflow.Definition
	schedule   = workflow.Schedule
	draft      = workflow.Draft
)

// tellDefinition leaves the tasks to the version, which is kept: versions of a
// workflow can be compared.
func tellDefinition(v, _ *definition) thing {
	return thing{id: v.ID, name: v.Name, project: v.ProjectID, state: facts{"name": v.Name, "description": v.Description, "version": v.Version,
		"state": v.ReleaseState, "tenantId": v.TenantID, "tasks": len(v.Tasks), "receivers": v.Receivers, "receiversCc": v.ReceiversCc}}
}

type (
	definitionsBelow struct{ store.Definitions }
	definitions      struct {
		definitionsBelow
		kept[definition]
	}
)

func (s definitions) CreateAll(ctx context.Context, ds []*store.NewDefinition) error {
	if err := s.Definitions.CreateAll(ctx, ds); err != nil {
		return err
	}
	for _, d := range ds {
		s.n.done(ctx, change{action: "create", resource: s.n.resource, after: tellDefinition(&d.Definition, nil)})
		if d.Schedule != nil {
			s.n.done(ctx, change{action: "create", resource: "schedule", after: tellSchedule(d.Schedule, nil)})
		}
	}
	return nil
}

func (s definitions) AddVersion(ctx context.Context, d *definition) error {
	if err := s.Definitions.AddVersion(ctx, d); err != nil {
		return err
	}
	s.n.done(ctx, change{action: "add_version", resource: s.n.resource, after: tellDefinition(d, nil)})
	return nil
}

func (s definitions) Release(ctx context.Context, id int64, state workflow.ReleaseState) (cmds []workflow.Command, err error) {
	err = s.n.act(ctx, strings.ToLower(string(state)), id, facts{"state": state}, func() error {
		cmds, err = s.Definitions.Release(ctx, id, state)
		return err
	})
	return cmds, err
}

func (s definitions) SetReceivers(ctx context.Context, id int64, to, cc string) error {
	return s.n.act(ctx, "update", id, facts{"receivers": to, "receiversCc": cc}, func() error { return s.Definitions.SetReceivers(ctx, id, to, cc) })
}

func tellSchedule(v, _ *schedule) thing {
	return thing{id: v.ID, name: v.Cron, project: v.ProjectID, state: facts{"workflowId": v.DefinitionID, "cron": v.Cron, "timezone": v.Timezone,
		"start": v.StartTime, "end": v.EndTime, "state": v.ReleaseState, "misfire": v.Misfire, "calendarId": v.CalendarID,
		"calendarRule": v.CalendarRule, "options": tellOptions(v.Start)}}
}

type schedules struct {
	store.Schedules
	n noun[schedule]
}

func (s schedules) Create(ctx context.Context, v *schedule) error {
	return s.n.create(ctx, v, func() error { return s.Schedules.Create(ctx, v) })
}

func (s schedules) Save(ctx context.Context, v *schedule) (cmd workflow.Command, err error) {
	err = s.n.update(ctx, v, func() error {
		cmd, err = s.Schedules.Save(ctx, v)
		return err
	})
	return cmd, err
}

func (s schedules) Release(ctx context.Context, id int64, state workflow.ReleaseState, due time.Time) (cmd workflow.Command, err error) {
	err = s.n.act(ctx, strings.ToLower(string(state)), id, facts{"state": state, "nextDue": due}, func() error {
		cmd, err = s.Schedules.Release(ctx, id, state, due)
		return err
	})
	return cmd, err
}

func (s schedules) Delete(ctx context.Context, id int64) error {
	return s.n.remove(ctx, id, func() error { return s.Schedules.Delete(ctx, id) })
}

func tellDraft(v, _ *draft) thing {
	return thing{id: v.DefinitionID, state: facts{"revision": v.Revision, "baseVersion": v.BaseVersion, "bytes": len(v.Document)}}
}

type drafts struct {
	store.Drafts
	definitions store.Definitions
	n           noun[draft]
}

func (s drafts) Save(ctx context.Context, d *draft) error {
	return s.named(ctx).update(ctx, d, func() error { return s.Drafts.Save(ctx, d) })
}

func (s drafts) Delete(ctx context.Context, id int64) error {
	return s.named(ctx).remove(ctx, id, func() error { return s.Drafts.Delete(ctx, id) })
}

// named tells drafts with the names of their workflows.
func (s drafts) named(ctx context.Context) noun[draft] {
	n := s.n
	n.tell = func(v, old *draft) thing {
		t := tellDraft(v, old)
		t.name, t.project = workflowOf(ctx, s.definitions, v.DefinitionID)
		return t
	}
	return n
}

// workflowOf gives a workflow's name and project, as far as it is there.
func workflowOf(ctx context.Context, s store.Definitions, id int64) (name string, project int64) {
	d, err := s.Get(ctx, id)
	if err != nil {
		return "", 0
	}
	return d.Name, d.ProjectID
}

type labels struct {
	store.Labels
	definitions store.Definitions
	r           *recorder
}

func (s labels) Set(ctx context.Context, id int64, v store.Sorting) error {
	before, err := s.Labels.Of(ctx, []int64{id})
	if err != nil {
		return err
	}
	if err := s.Labels.Set(ctx, id, v); err != nil {
		return err
	}
	about := thing{id: id}
	about.name, about.project = workflowOf(ctx, s.definitions, id)
	c := change{action: "sort", resource: "workflow", before: about, after: about}
	c.before.state, c.after.state = tellSorting(before[id]), tellSorting(v)
	s.r.done(ctx, c)
	return nil
}

func tellSorting(s store.Sorting) any { return facts{"folder": s.Folder, "labels": s.Labels} }

type commands struct {
	store.Commands
	all   *store.Store
	names *names
	r     *recorder
}

// Insert records what was asked for; the master that obeys writes what came of
// it to the instance.
func (s commands) Insert(ctx context.Context, cs ...*workflow.Command) error {
	a, _ := actorOf(ctx)
	for _, c := range cs {
		told := s.r.entry(a, s.change(ctx, c))
		c.Told = &told
	}
	return s.Commands.Insert(ctx, cs...)
}

func (s commands) change(ctx context.Context, c *workflow.Command) change {
	out := change{action: strings.ToLower(string(c.Type)), resource: "instance", id: strconv.FormatInt(c.InstanceID, 10)}
	out.after = thing{id: c.InstanceID, project: c.ProjectID}
	switch {
	case c.BackfillID != 0:
		out.resource, out.id = "backfill", strconv.FormatInt(c.BackfillID, 10)
	case c.InstanceID == 0:
		out.resource, out.id = "workflow", strconv.FormatInt(c.DefinitionID, 10)
		out.after.state = tellStart(c)
	case c.TaskID != 0:
		out.after.state = facts{"taskId": c.TaskID}
	}
	out.after.name = s.nameOf(ctx, c)
	return out
}

func tellStart(c *workflow.Command) any {
	f := facts{"options": tellOptions(c.Start)}
	if c.Backfill != nil {
		f["dates"], f["width"] = len(c.Backfill.Dates), c.Backfill.Width
		if n := len(c.Backfill.Dates); n > 0 {
			f["first"], f["last"] = c.Backfill.Dates[0], c.Backfill.Dates[n-1]
		}
	}
	return f
}

func (s commands) nameOf(ctx context.Context, c *workflow.Command) string {
	if c.InstanceID != 0 {
		in, err := s.all.Instances.Get(ctx, c.InstanceID)
		if err != nil {
			return ""
		}
		return in.Name
	}
	return s.names.of(c.DefinitionID, func() string {
		name, _ := workflowOf(ctx, s.all.Definitions, c.DefinitionID)
		return name
	})
}

// secretName is how people call parameters that nobody else should read.
var secretName = regexp.MustCompile(`(?i)pass|secret|token|credential|private|api_?key`)

// tellOptions leaves out the values of parameters that look like secrets.
func tellOptions(o workflow.StartOptions) json.RawMessage {
	if len(o.Params) > 0 {
		told := make(map[string]string, len(o.Params))
		for name, value := range o.Params {
			if secretName.MatchString(name) {
				value = "***"
			}
			told[name] = value
		}
		o.Params = told
	}
	text, err := json.Marshal(o)
	if err != nil { // maps of texts and numbers always can
		return json.RawMessage(`{}`)
	}
	return text
}

// names remembers for a minute what workflows are called: starts ask for the
// same few again and again.
type names struct {
	mu    sync.Mutex
	known map[int64]name
}

type name struct {
	text  string
	until time.Time
}

func newNames() *names { return &names{known: map[int64]name{}} }

// maxNames bounds how many are remembered.
const maxNames = 4096

func (n *names) of(id int64, find func() string) string {
	now := time.Now()
	n.mu.Lock()
	known, ok := n.known[id]
	n.mu.Unlock()
	if ok && now.Before(known.until) {
		return known.text
	}
	text := find()
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.known) >= maxNames {
		clear(n.known)
	}
	n.known[id] = name{text, now.Add(time.Minute)}
	return text
}
