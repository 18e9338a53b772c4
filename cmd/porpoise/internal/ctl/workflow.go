package ctl

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
)

func workflows() *noun {
	return &noun{
		name: "workflow", plural: "workflows", path: "/workflows", ofProject: true, key: "name", can: canGet | canDelete,
		columns: []column{{head: "ID", at: "id"}, {head: "NAME", at: "name"}, {head: "ONLINE", at: "online"}, {head: "VERSION", at: "version"},
			{head: "FOLDER", at: "folder"}, {head: "LAST", at: "last.state"}, {head: "LAST AT", at: "last.started", show: when},
			{head: "DRAFT", at: "hasDraft"}, {head: "UPDATED", at: "updated", show: when}},
	}
}

func (a *app) newWorkflow() *cobra.Command {
	cmd := group("workflow", "Workflows: list, run, and keep them in files", "", "wf")
	n := workflows()
	cmd.AddCommand(
		a.listWorkflows(), n.get(a), n.remove(a), a.showWorkflow(), a.createWorkflow(), a.newRun(),
		a.switchWorkflow("online", "Let workflows run", true), a.switchWorkflow("offline", "Let workflows not run", false),
		a.workflowVersions(), a.restoreWorkflow(), a.sortWorkflow(),
		a.newApply(), a.newExport(), a.newCheck(),
	)
	return cmd
}

func (a *app) listWorkflows() *cobra.Command {
	var search, folder, order string
	var labels []string
	var limit int
	cmd := &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "List workflows of a project", Args: args(0, 0),
		Example: "  porpoise ctl workflow list -p sales -l team=bi --folder nightly",
		RunE: a.with(func(c *call, _ []string) error {
			project, err := c.needProject()
			if err != nil {
				return err
			}
			query := url.Values{}
			for name, value := range map[string]string{"search": search, "folder": folder, "sort": order} {
				if value != "" {
					query.Set(name, value)
				}
			}
			wanted, err := labelTexts(labels)
			if err != nil {
				return err
			}
			if len(wanted) > 0 {
				query["label"] = wanted
			}
			rows, total, err := records(c, project+"/workflows", query, limit)
			if err != nil {
				return err
			}
			return workflows().show(c, rows, total)
		}),
	}
	f := cmd.Flags()
	f.StringVar(&search, "search", "", "part of the name")
	f.StringVar(&folder, "folder", "", "only those of this folder and below")
	f.StringSliceVarP(&labels, "label", "l", nil, "only those with this label key=value; repeatable")
	f.StringVar(&order, "sort", "", "name, updated, -updated or created")
	f.IntVar(&limit, "limit", 200, "most rows to list; 0 lists all")
	return cmd
}

// labelTexts checks labels and gives them as key=value, sorted.
func labelTexts(given []string) ([]string, error) {
	labels, err := keyValues("label", given)
	if err != nil {
		return nil, err
	}
	texts := make([]string, 0, len(labels))
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		texts = append(texts, key+"="+labels[key])
	}
	return texts, nil
}

// workflow finds a workflow's path and row by name or id.
func (c *call) workflow(given string) (path string, r client.Record, err error) {
	if r, err = workflows().find(c, given); err != nil {
		return "", r, err
	}
	project, err := c.needProject()
	return project + "/workflows/" + r.Text("id"), r, err
}

func (a *app) showWorkflow() *cobra.Command {
	var version int
	cmd := &cobra.Command{
		Use: "show NAME", Short: "Print a workflow's document", Args: args(1, 1),
		ValidArgsFunction: a.nounNames(workflows()),
		RunE: a.with(func(c *call, args []string) error {
			path, r, err := c.workflow(args[0])
			if err != nil {
				return err
			}
			if version > 0 {
				if err := c.Get(c.ctx, path+"/versions/"+strconv.Itoa(version), nil, &r); err != nil {
					return err
				}
			}
			if c.out.form == asJSON {
				_, err := c.out.value(r.Value("spec"))
				return err
			}
			_, err = fmt.Fprintln(c.out.w, strings.TrimRight(r.Text("document"), "\n"))
			return err
		}),
	}
	cmd.Flags().IntVar(&version, "version", 0, "an older version")
	return cmd
}

func (a *app) createWorkflow() *cobra.Command {
	var file string
	var online bool
	cmd := &cobra.Command{
		Use: "create -f FILE", Short: "Make a workflow of a document; apply does it for many", Args: args(0, 0),
		RunE: a.with(func(c *call, _ []string) error {
			project, err := c.needProject()
			if err != nil {
				return err
			}
			if file == "" {
				return wrong("which document? give -f FILE")
			}
			data, err := c.input(file)
			if err != nil {
				return err
			}
			var r client.Record
			if err := c.Post(c.ctx, project+"/workflows", map[string]string{"document": string(data)}, &r); err != nil {
				return located(err, pieces{{file: file, text: string(data)}})
			}
			if online {
				if err := c.switchTo(project, r, true); err != nil {
					return err
				}
			}
			return workflows().made(c, r, "created")
		}),
	}
	cmd.Flags().StringVarP(&file, "file", "f", "", "the document; - reads the input")
	cmd.Flags().BoolVar(&online, "online", false, "let it run")
	return cmd
}

func (c *call) switchTo(project string, r client.Record, online bool) error {
	return c.Put(c.ctx, project+"/workflows/"+r.Text("id")+"/online", map[string]bool{"online": online}, nil)
}

func (a *app) switchWorkflow(use, short string, online bool) *cobra.Command {
	return &cobra.Command{
		Use: use + " NAME...", Short: short, Args: args(1, -1),
		ValidArgsFunction: a.nounNames(workflows()),
		RunE: a.with(func(c *call, args []string) error {
			project, err := c.needProject()
			if err != nil {
				return err
			}
			for _, name := range args {
				_, r, err := c.workflow(name)
				if err != nil {
					return err
				}
				if err := c.switchTo(project, r, online); err != nil {
					return err
				}
				c.say("workflow %s is %s", quote(r.Text("name")), use)
			}
			return nil
		}),
	}
}

func (a *app) workflowVersions() *cobra.Command {
	return &cobra.Command{
		Use: "versions NAME", Short: "List a workflow's versions", Args: args(1, 1),
		ValidArgsFunction: a.nounNames(workflows()),
		RunE: a.with(func(c *call, args []string) error {
			path, _, err := c.workflow(args[0])
			if err != nil {
				return err
			}
			rows, total, err := records(c, path+"/versions", nil, 0)
			if err != nil {
				return err
			}
			versions := &noun{key: "version", columns: []column{{head: "VERSION", at: "version"}, {head: "CREATED", at: "created", show: when},
				{head: "BY", at: "modifiedBy"}, {head: "COMMENT", at: "comment"}}}
			return versions.show(c, rows, total)
		}),
	}
}

func (a *app) restoreWorkflow() *cobra.Command {
	return &cobra.Command{
		Use: "restore NAME VERSION", Short: "Make an older version a workflow's draft", Args: args(2, 2),
		ValidArgsFunction: a.nounNames(workflows()),
		RunE: a.with(func(c *call, args []string) error {
			path, _, err := c.workflow(args[0])
			if err != nil {
				return err
			}
			version, err := strconv.Atoi(args[1])
			if err != nil {
				return wrong("%s is no version", quote(args[1]))
			}
			if err := c.Post(c.ctx, fmt.Sprintf("%s/versions/%d/restore", path, version), nil, nil); err != nil {
				return err
			}
			c.say("version %d of workflow %s is its draft; publish it in the editor", version, quote(args[0]))
			return nil
		}),
	}
}

func (a *app) sortWorkflow() *cobra.Command {
	var folder string
	var labels []string
	cmd := &cobra.Command{
		Use: "sort NAME", Short: "Set a workflow's folder and labels", Args: args(1, 1),
		Example:           "  porpoise ctl workflow sort -p sales daily-orders --folder nightly -l team=bi",
		ValidArgsFunction: a.nounNames(workflows()),
		RunE: a.with(func(c *call, args []string) error {
			path, r, err := c.workflow(args[0])
			if err != nil {
				return err
			}
			sorting := map[string]any{"folder": r.Text("folder"), "labels": r.Value("labels")}
			if c.cmd.Flags().Changed("folder") {
				sorting["folder"] = folder
			}
			if c.cmd.Flags().Changed("label") {
				if sorting["labels"], err = keyValues("label", labels); err != nil {
					return err
				}
			}
			if sorting["labels"] == nil {
				sorting["labels"] = map[string]string{}
			}
			return c.Put(c.ctx, path+"/sorting", sorting, nil)
		}),
	}
	cmd.Flags().StringVar(&folder, "folder", "", "segments separated by /")
	cmd.Flags().StringSliceVarP(&labels, "label", "l", nil, "all labels, key=value; repeatable")
	return cmd
}
