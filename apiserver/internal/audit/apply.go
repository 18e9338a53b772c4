package audit

import (
	"context"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Apply records each workflow that was made, changed or removed, with what
// became of its schedules.
func (s definitions) Apply(ctx context.Context, changes []*store.Change, finish func() error) ([]workflow.Command, error) {
	before := make([]*definition, len(changes))
	for i, c := range changes {
		if c.ID == 0 {
			continue
		}
		var err error
		if before[i], err = s.n.old(ctx, c.ID); err != nil {
			return nil, err
		}
	}
	cmds, err := s.Definitions.Apply(ctx, changes, finish)
	if err != nil {
		return cmds, err
	}
	for i, c := range changes {
		s.applied(ctx, c, before[i])
	}
	return cmds, nil
}

func (s definitions) applied(ctx context.Context, c *store.Change, before *definition) {
	out := change{action: "update", resource: s.n.resource}
	if before != nil {
		out.before = tellDefinition(before, nil)
	}
	switch {
	case c.Delete:
		out.action = "delete"
	case before == nil:
		out.action = "create"
	}
	if !c.Delete {
		out.after = s.after(c, before)
	}
	s.n.done(ctx, out)
}

// after tells what a change made of a workflow.
func (s definitions) after(c *store.Change, before *definition) thing {
	now := c.Definition
	if c.Keep && before != nil {
		now = *before
	}
	if c.Release != "" {
		now.ReleaseState = c.Release
	}
	t := tellDefinition(&now, nil)
	f := t.state.(facts)
	if c.Note != "" {
		f["note"] = c.Note
	}
	if c.Sorting != nil {
		f["sorting"] = tellSorting(*c.Sorting)
	}
	var list []any
	for _, sc := range c.Schedules {
		told := facts{"id": sc.ID, "cron": sc.Cron, "timezone": sc.Timezone, "deleted": sc.Delete}
		if sc.Release != "" {
			told["state"] = sc.Release
		}
		list = append(list, told)
	}
	if len(list) > 0 {
		f["schedules"] = list
	}
	return t
}
