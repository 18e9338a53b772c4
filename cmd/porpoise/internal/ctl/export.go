package ctl

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
	"github.com/porpoise-scheduler/porpoise/pkg/manifest"
)

func (a *app) newExport() *cobra.Command {
	var dir string
	var labels []string
	cmd := &cobra.Command{
		Use: "export [NAME...]", Short: "Write workflows as documents, all or those named", Args: args(0, -1),
		Example: `  porpoise ctl workflow export -p sales daily-orders > daily-orders.yaml
  porpoise ctl workflow export -p sales --dir workflows/   # a file each`,
		ValidArgsFunction: a.nounNames(workflows()),
		RunE: a.with(func(c *call, args []string) error {
			text, err := c.export(args, labels)
			if err != nil {
				return err
			}
			if dir == "" {
				_, err := fmt.Fprint(c.out.w, text)
				return err
			}
			return c.writeDocuments(dir, text)
		}),
	}
	cmd.Flags().StringVar(&dir, "dir", "", "folder that gets a file per workflow")
	cmd.Flags().StringSliceVarP(&labels, "label", "l", nil, "only those with this label key=value; repeatable")
	return cmd
}

// export gives documents of the workflows named, else of all with the labels.
func (c *call) export(names, labels []string) (string, error) {
	project, err := c.needProject()
	if err != nil {
		return "", err
	}
	query := url.Values{}
	if query["label"], err = labelTexts(labels); err != nil {
		return "", err
	}
	ids := make([]string, len(names))
	for i, name := range names {
		r, err := workflows().find(c, name)
		if err != nil {
			return "", err
		}
		ids[i] = r.Text("id")
	}
	if len(ids) > 0 {
		query.Set("ids", strings.Join(ids, ","))
	}
	var text []byte
	err = c.text(client.Request{Method: http.MethodGet, Path: project + "/workflows:export", Query: query}, &text)
	return string(text), err
}

// writeDocuments writes every document to the file of its workflow's name.
func (c *call) writeDocuments(dir, text string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	docs := cut("the export", text)
	taken := map[string]bool{}
	for _, one := range docs {
		doc, wrong := manifest.Parse([]byte(one.text))
		if wrong != nil {
			return wrong
		}
		file := filepath.Join(dir, fileName(doc.Name, taken))
		if err := os.WriteFile(file, []byte(one.text), 0o644); err != nil {
			return err
		}
		if err := c.print(file); err != nil {
			return err
		}
	}
	c.say("%d workflows exported", len(docs))
	return nil
}

// fileName makes a file's name of a workflow's: no separators, nothing hidden,
// and each once.
func fileName(name string, taken map[string]bool) string {
	plain := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || steers(r) || r == '\n' || r == '\t' {
			return '_'
		}
		return r
	}, name)
	plain = strings.TrimLeft(strings.TrimSpace(plain), ".-")
	if plain == "" {
		plain = "workflow"
	}
	file := plain + ".yaml"
	for n := 2; taken[strings.ToLower(file)]; n++ {
		file = fmt.Sprintf("%s-%d.yaml", plain, n)
	}
	taken[strings.ToLower(file)] = true
	return file
}
