package ctl

import (
	"io"
	"os"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
)

func (n *noun) create(a *app) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use: "create " + n.argument(), Aliases: []string{"add"}, Short: "Make one of the " + n.plural,
		RunE: a.with(func(c *call, args []string) error {
			path, err := n.root(c)
			if err != nil {
				return err
			}
			b, err := n.newBody(c, file, args)
			if err != nil {
				return err
			}
			var r client.Record
			if err := c.Post(c.ctx, path, b, &r); err != nil {
				return err
			}
			return n.made(c, r, "created")
		}),
	}
	n.acceptFile(cmd, &file)
	n.addFields(cmd)
	return cmd
}

// newBody is what a file says, or the name and the flags.
func (n *noun) newBody(c *call, file string, args []string) (body, error) {
	name := ""
	if len(args) > 0 {
		name = args[0]
	}
	if file == "" {
		return n.created(c, name)
	}
	b, err := readBody(c, file)
	if err == nil && name != "" {
		b.set(n.key, name)
	}
	return b, err
}

// acceptFile settles the arguments: with a file the name may be in it.
func (n *noun) acceptFile(cmd *cobra.Command, file *string) {
	named := 1
	if n.key == "" {
		named = 0
		cmd.Use = "create"
	}
	cmd.Args = args(named, named)
	if n.can&canFile == 0 {
		return
	}
	cmd.Flags().StringVarP(file, "file", "f", "", "YAML or JSON with the fields as the API has them; - reads the input")
	cmd.Args = func(cmd *cobra.Command, given []string) error {
		if *file != "" {
			return args(0, named)(cmd, given)
		}
		return args(named, named)(cmd, given)
	}
}

func readBody(c *call, file string) (body, error) {
	data, err := c.input(file)
	if err != nil {
		return nil, err
	}
	b := body{}
	if err := yaml.Unmarshal(data, &b); err != nil {
		return nil, wrong("%s: %w", file, err)
	}
	return b, nil
}

// input reads a file, or what is piped in for "-".
func (c *call) input(file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(c.cmd.InOrStdin())
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, wrong("%w", err)
	}
	return data, nil
}

// made tells of a change: the name on the error output, the thing for scripts.
func (n *noun) made(c *call, r client.Record, what string) error {
	c.say("%s %s %s", n.name, quote(n.nameOf(r)), what)
	if c.out.form == asTable {
		return nil
	}
	_, err := c.out.value(r, n.nameOf(r))
	return err
}

func (n *noun) update(a *app) *cobra.Command {
	var file, rename string
	cmd := &cobra.Command{
		Use: "update " + n.argument(), Short: "Change one of the " + n.plural + ": what is not given stays", Args: args(1, 1),
		ValidArgsFunction: a.nounNames(n),
		RunE: a.with(func(c *call, args []string) error {
			r, err := n.find(c, args[0])
			if err != nil {
				return err
			}
			b, _, err := n.changed(c, r, rename)
			if file != "" && err == nil {
				b, err = readBody(c, file)
			}
			if err != nil {
				return err
			}
			if r, err = n.put(c, r, b); err != nil {
				return err
			}
			return n.made(c, r, "changed")
		}),
	}
	if n.can&canFile != 0 {
		cmd.Flags().StringVarP(&file, "file", "f", "", "YAML or JSON with all fields as the API has them; - reads the input")
	}
	if n.key != "" {
		cmd.Flags().StringVar(&rename, "rename", "", "new "+n.key)
	}
	n.addFields(cmd)
	return cmd
}

func (n *noun) put(c *call, r client.Record, b body) (changed client.Record, err error) {
	path, err := n.root(c)
	if err != nil {
		return changed, err
	}
	return changed, c.Put(c.ctx, path+"/"+r.Text("id"), b, &changed)
}

// ensure is for set-up scripts: it can be run again and again.
func (n *noun) ensure(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use: "ensure " + n.argument(), Short: "Make sure that one is there and is like this, and print its id", Args: args(1, 1),
		RunE: a.with(func(c *call, args []string) error {
			r, what, err := n.ensured(c, args[0])
			if err != nil {
				return err
			}
			c.say("%s '%s' %s", n.name, n.nameOf(r), what)
			if c.out.form != asTable {
				_, err := c.out.value(r, n.nameOf(r))
				return err
			}
			return c.print(r.Text("id"))
		}),
	}
	n.addFields(cmd)
	return cmd
}

func (n *noun) ensured(c *call, name string) (r client.Record, what string, err error) {
	path, err := n.root(c)
	if err != nil {
		return r, "", err
	}
	r, there, err := named(c, path, n.key, name)
	if err != nil {
		return r, "", err
	}
	if !there {
		b, err := n.created(c, name)
		if err == nil {
			err = c.Post(c.ctx, path, b, &r)
		}
		return r, "created", err
	}
	if r, _, err = n.whole(c, path, r, true, nil); err != nil {
		return r, "", err
	}
	b, different, err := n.settled(c, r)
	if err != nil || !different {
		return r, "is there", err
	}
	r, err = n.put(c, r, b)
	return r, "changed", err
}

// settled is changed without secrets: they are for things being made, and
// whether they differ cannot be seen.
func (n *noun) settled(c *call, r client.Record) (body, bool, error) {
	visible := *n
	visible.fields = nil
	for _, f := range n.fields {
		if !f.hidden() {
			visible.fields = append(visible.fields, f)
		}
	}
	return visible.changed(c, r, "")
}
