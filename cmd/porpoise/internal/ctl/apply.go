package ctl

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// applyOptions are the flags of apply.
type applyOptions struct {
	files            []string
	labels           []string
	dry, diff, prune bool
	format           string
}

func (a *app) newApply() *cobra.Command {
	var o applyOptions
	cmd := &cobra.Command{
		Use: "apply -f DIR", Short: "Make a project's workflows like documents", Args: args(0, 0),
		Long: `Make workflows like the documents of files and folders: new ones are made,
others get a new version, and what is like its document already stays as it is.
One document may hold everything of a workflow: tasks, schedules, labels, folder.
All documents are checked before the first change.`,
		Example: `  porpoise ctl workflow apply -p sales -f workflows/ --dry-run --diff
  porpoise ctl workflow apply -p sales -f workflows/
  porpoise ctl workflow apply -p sales -f workflows/ --prune -l team=bi   # and delete others of that label`,
		RunE: a.with(func(c *call, _ []string) error { return o.apply(c) }),
	}
	f := cmd.Flags()
	f.StringSliceVarP(&o.files, "file", "f", nil, "file or folder with documents; - reads the input; repeatable")
	f.BoolVar(&o.dry, "dry-run", false, "say what would change, and change nothing")
	f.BoolVar(&o.diff, "diff", false, "show the differences")
	f.BoolVar(&o.prune, "prune", false, "delete workflows that have the labels and are in no document")
	f.StringSliceVarP(&o.labels, "label", "l", nil, "apply only documents with this label key=value; repeatable")
	f.StringVar(&o.format, "format", "yaml", "yaml, or dolphinscheduler for its exports")
	return cmd
}

// applied is what the import answers.
type applied struct {
	Applied bool          `json:"applied"`
	Items   []appliedItem `json:"items"`
}

type appliedItem struct {
	Name     string      `json:"name"`
	Change   string      `json:"change"`
	Message  string      `json:"message,omitempty"`
	Problems []atProblem `json:"problems,omitempty"`
	Diff     *struct {
		From textOf `json:"from"`
		To   textOf `json:"to"`
	} `json:"diff,omitempty"`
}

type textOf struct {
	Document string `json:"document"`
}

// atProblem is what is wrong with a document, and where.
type atProblem struct {
	Path    string `json:"path"`
	Message string `json:"message"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
}

// importing is what the import is asked.
type importing struct {
	Document string   `json:"document"`
	Format   string   `json:"format"`
	DryRun   bool     `json:"dryRun"`
	Prune    *pruning `json:"prune,omitempty"`
}

type pruning struct {
	Label string `json:"label"`
}

func (o *applyOptions) apply(c *call) error {
	project, err := c.needProject()
	if err != nil {
		return err
	}
	request, docs, err := o.request(c)
	if err != nil {
		return err
	}
	var done applied
	if err := c.Post(c.ctx, project+"/workflows:import", request, &done); err != nil {
		return located(err, docs)
	}
	return o.report(c, docs, done)
}

func (o *applyOptions) request(c *call) (importing, pieces, error) {
	r := importing{Format: o.format, DryRun: o.dry}
	if len(o.files) == 0 {
		return r, nil, wrong("which documents? give -f FILE or -f DIR")
	}
	labels, err := keyValues("label", o.labels)
	if err != nil {
		return r, nil, err
	}
	if o.prune {
		if len(labels) != 1 {
			return r, nil, wrong("--prune deletes workflows of one label: give it by -l key=value")
		}
		for key, value := range labels {
			r.Prune = &pruning{key + "=" + value}
		}
	}
	if o.format != "yaml" {
		text, err := o.foreign(c)
		r.Document = text
		return r, nil, err
	}
	docs, err := c.readDocuments(o.files)
	if err != nil {
		return r, nil, err
	}
	if err := docs.parse(); err != nil {
		return r, nil, err
	}
	docs = docs.labelled(labels)
	if len(docs) == 0 && !o.prune {
		return r, nil, wrong("no document has %s", strings.Join(o.labels, " and "))
	}
	r.Document = docs.joined()
	return r, docs, nil
}

// foreign reads the one file of another format.
func (o *applyOptions) foreign(c *call) (string, error) {
	if len(o.files) != 1 {
		return "", wrong("an export of %s is one file", o.format)
	}
	data, err := c.input(o.files[0])
	return string(data), err
}

// changeWords say what happened, or would.
var changeWords = map[string][2]string{
	"CREATED": {"created", "would be created"}, "UPDATED": {"updated", "would be updated"}, "UNCHANGED": {"no change", "no change"},
	"PRUNED": {"deleted", "would be deleted"}, "REFUSED": {"refused", "refused"},
}

func (o *applyOptions) report(c *call, docs pieces, done applied) error {
	names := make([]string, len(done.Items))
	for i, item := range done.Items {
		names[i] = item.Name
	}
	counts := map[string]int{}
	for _, item := range done.Items {
		counts[item.Change]++
	}
	o.dry = !done.Applied // also when one was refused
	shown, err := c.out.value(done, names...)
	if err != nil {
		return err
	}
	if !shown {
		for _, item := range done.Items {
			if err := o.tell(c, docs, item); err != nil {
				return err
			}
		}
	}
	c.say("%s", o.summary(counts))
	if n := counts["REFUSED"]; n > 0 {
		return fmt.Errorf("%d of %d workflows are refused: nothing has changed", n, len(done.Items))
	}
	return nil
}

func (o *applyOptions) tell(c *call, docs pieces, item appliedItem) error {
	line := printable("workflow " + quote(item.Name) + ": " + o.word(item.Change))
	switch {
	case len(item.Problems) > 0:
		for _, p := range item.Problems {
			one, at := docs.find(p.Line)
			line += "\n  " + printable(one.at(at, p.Column, p.Path, p.Message))
		}
	case item.Message != "":
		line += ": " + printable(item.Message)
	}
	if o.diff && item.Diff != nil {
		line += "\n" + strings.TrimRight(printable(difference(item.Diff.From.Document, item.Diff.To.Document)), "\n")
	}
	return c.print(line)
}

// word says what happened to a workflow, or would.
func (o *applyOptions) word(change string) string {
	words, ok := changeWords[change]
	switch {
	case !ok:
		return strings.ToLower(change)
	case o.dry:
		return words[1]
	}
	return words[0]
}

// summary is "2 created, 1 updated", or that nothing changes.
func (o *applyOptions) summary(counts map[string]int) string {
	if len(counts) == 1 && counts["UNCHANGED"] > 0 || len(counts) == 0 {
		return "no change"
	}
	var parts []string
	for _, change := range slices.Sorted(maps.Keys(counts)) {
		word := o.word(change)
		if change == "UNCHANGED" {
			word = "without change"
		}
		parts = append(parts, fmt.Sprintf("%d %s", counts[change], word))
	}
	return strings.Join(parts, ", ")
}
