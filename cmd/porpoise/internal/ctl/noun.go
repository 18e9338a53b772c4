package ctl

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
)

// noun is a thing of the API that is listed, shown and changed like others.
type noun struct {
	name, plural string
	aliases      []string
	short        string
	path         string // below the API's base, or below the project's path
	ofProject    bool
	key          string // the field people name it by; empty: by id only
	columns      []column
	fields       []field // what people say of it
	filters      []filter
	can          ability
	examples     map[string]string // by command
}

// ability is what may be done with a noun.
type ability int

const (
	canList ability = 1 << iota
	canGet
	canCreate
	canUpdate
	canDelete
	canEnsure
	canFile       // create and update take -f
	canEverything = canList | canGet | canCreate | canUpdate | canDelete
)

// column is one of a table. At is the path of its value; show may say it
// better.
type column struct {
	head, at string
	show     func(string) string
}

// filter is a flag of list that is a parameter of the query.
type filter struct{ flag, query, usage string }

// command makes the group with what can be done.
func (n *noun) command(a *app) *cobra.Command {
	cmd := group(n.name, n.short, "", n.aliases...)
	for _, made := range []struct {
		when ability
		make func(*app) *cobra.Command
	}{
		{canList, n.list}, {canGet, n.get}, {canCreate, n.create}, {canUpdate, n.update}, {canEnsure, n.ensure}, {canDelete, n.remove},
	} {
		if n.can&made.when == 0 {
			continue
		}
		sub := made.make(a)
		sub.Example = n.examples[sub.Name()]
		cmd.AddCommand(sub)
	}
	return cmd
}

// root is the path of the list.
func (n *noun) root(c *call) (string, error) {
	if !n.ofProject {
		return n.path, nil
	}
	project, err := c.needProject()
	return project + n.path, err
}

func (n *noun) list(a *app) *cobra.Command {
	var limit int
	var search string
	given := make([]string, len(n.filters))
	cmd := &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "List " + n.plural, Args: args(0, 0),
		RunE: a.with(func(c *call, _ []string) error {
			path, err := n.root(c)
			if err != nil {
				return err
			}
			query := url.Values{}
			if search != "" {
				query.Set("search", search)
			}
			for i, f := range n.filters {
				if given[i] != "" {
					query.Set(f.query, given[i])
				}
			}
			rows, total, err := records(c, path, query, limit)
			if err != nil {
				return err
			}
			return n.show(c, rows, total)
		}),
	}
	f := cmd.Flags()
	f.IntVar(&limit, "limit", 200, "most rows to list; 0 lists all")
	if n.key != "" {
		f.StringVar(&search, "search", "", "part of the name")
	}
	for i, filter := range n.filters {
		f.StringVar(&given[i], filter.flag, "", filter.usage)
	}
	return cmd
}

// show prints a list.
func (n *noun) show(c *call, rows []client.Record, total int) error {
	names := make([]string, len(rows))
	for i, r := range rows {
		names[i] = n.nameOf(r)
	}
	if done, err := c.out.value(rows, names...); done {
		return err
	}
	table := make([][]string, len(rows))
	for i, r := range rows {
		for _, col := range n.columns {
			table[i] = append(table[i], col.text(r))
		}
	}
	head := make([]string, len(n.columns))
	for i, col := range n.columns {
		head[i] = col.head
	}
	if err := c.out.table(head, table); err != nil {
		return err
	}
	if total > len(rows) {
		c.say("%d of %d are shown; --limit 0 shows all", len(rows), total)
	}
	return nil
}

func (col column) text(r client.Record) string {
	text := r.Text(col.at)
	switch {
	case text == "":
		return ""
	case col.show != nil:
		return col.show(text)
	case text == "true" || text == "false":
		return yesNo(text == "true")
	}
	return text
}

// nameOf is how the thing is named on a command line.
func (n *noun) nameOf(r client.Record) string {
	if n.key != "" {
		return r.Text(n.key)
	}
	return r.Text("id")
}

func (n *noun) get(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "get " + n.argument(), Short: "Show one of the " + n.plural, Args: args(1, 1),
		ValidArgsFunction: a.nounNames(n),
		RunE: a.with(func(c *call, args []string) error {
			r, err := n.find(c, args[0])
			if err != nil {
				return err
			}
			return n.detail(c, r)
		}),
	}
}

// detail prints one thing: what columns show, then what was said of it.
func (n *noun) detail(c *call, r client.Record) error {
	if done, err := c.out.value(r, n.nameOf(r)); done {
		return err
	}
	pairs := make([][2]string, 0, len(n.columns)+len(n.fields))
	shown := map[string]bool{}
	for _, col := range n.columns {
		shown[col.at] = true
		pairs = append(pairs, [2]string{strings.ToLower(col.head), col.text(r)})
	}
	for _, f := range n.fields {
		if text := r.Text(f.key); text != "" && !shown[f.key] && f.kind != reference {
			pairs = append(pairs, [2]string{f.flag, text})
		}
	}
	return c.out.details(pairs)
}

func (n *noun) argument() string {
	if n.key == "" {
		return "ID"
	}
	return strings.ToUpper(n.key)
}

// find gives the thing with this id or exactly this name.
func (n *noun) find(c *call, given string) (client.Record, error) {
	r, ok, err := n.lookup(c, given)
	if err == nil && !ok {
		err = fmt.Errorf("there is no %s %s", n.name, quote(given))
	}
	return r, err
}

func (n *noun) lookup(c *call, given string) (r client.Record, ok bool, err error) {
	path, err := n.root(c)
	if err != nil {
		return r, false, err
	}
	if n.key != "" {
		if r, ok, err = named(c, path, n.key, given); ok || err != nil {
			return n.whole(c, path, r, ok, err)
		}
	}
	if _, err := strconv.ParseInt(given, 10, 64); err != nil {
		return r, false, nil
	}
	err = c.Get(c.ctx, path+"/"+given, nil, &r)
	if client.NotFound(err) {
		return r, false, nil
	}
	return r, err == nil, err
}

// whole reads the thing itself where it can be: lists may leave parts out.
func (n *noun) whole(c *call, path string, r client.Record, ok bool, err error) (client.Record, bool, error) {
	if err != nil || !ok || n.can&canGet == 0 {
		return r, ok, err
	}
	var full client.Record
	if err := c.Get(c.ctx, path+"/"+r.Text("id"), nil, &full); err != nil {
		return r, false, err
	}
	return full, true, nil
}

// named finds a row of a list whose field has exactly this value.
func named(c *call, path, key, value string) (client.Record, bool, error) {
	rows, _, err := records(c, path, url.Values{"search": {value}}, 0)
	if err != nil {
		return client.Record{}, false, err
	}
	for _, r := range rows {
		if r.Text(key) == value {
			return r, true, nil
		}
	}
	return client.Record{}, false, nil
}

func records(c *call, path string, query url.Values, most int) ([]client.Record, int, error) {
	raw, total, err := c.List(c.ctx, path, query, most)
	if err != nil {
		return nil, 0, err
	}
	rows := make([]client.Record, len(raw))
	for i := range raw {
		if err := rows[i].UnmarshalJSON(raw[i]); err != nil {
			return nil, 0, fmt.Errorf("reading %s: %w", path, err)
		}
	}
	return rows, total, nil
}

func (n *noun) remove(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "delete " + n.argument() + "...", Aliases: []string{"rm"}, Short: "Delete " + n.plural, Args: args(1, -1),
		ValidArgsFunction: a.nounNames(n),
		RunE: a.with(func(c *call, args []string) error {
			path, err := n.root(c)
			if err != nil {
				return err
			}
			for _, given := range args {
				r, err := n.find(c, given)
				if err != nil {
					return err
				}
				if err := c.Delete(c.ctx, path+"/"+r.Text("id")); err != nil {
					return err
				}
				c.say("%s %s deleted", n.name, quote(n.nameOf(r)))
			}
			return nil
		}),
	}
}
