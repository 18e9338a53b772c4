package ctl

import (
	"fmt"
	"path"

	"github.com/spf13/cobra"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
)

func (a *app) moveFile() *cobra.Command {
	var k fileKind
	cmd := &cobra.Command{
		Use: "move PATH TO", Aliases: []string{"mv", "rename"}, Short: "Move or rename a file or folder; into TO when that is a folder", Args: args(2, 2),
		Example: `  porpoise ctl file move /jobs/clean.py /archive/
  porpoise ctl file move /jobs /old-jobs`,
		RunE: a.with(func(c *call, args []string) error {
			r, err := c.findFile(args[0], k)
			if err != nil {
				return err
			}
			folder, name, err := c.target(args[1], r, k)
			if err != nil {
				return err
			}
			b := map[string]any{"name": name, "description": r.Text("description"), "parentId": folder}
			var moved client.Record
			if err := c.Put(c.ctx, "/files/"+r.Text("id"), b, &moved); err != nil {
				return err
			}
			return files().made(c, moved, "moved")
		}),
	}
	k.add(cmd)
	return cmd
}

// target is the folder to move r to, and its name there.
func (c *call) target(given string, r client.Record, k fileKind) (folder int64, name string, err error) {
	to := clean(given)
	if to == "/" {
		return 0, r.Text("name"), nil
	}
	into := given[len(given)-1] == '/'
	there, err := c.findFile(to, k)
	if err == nil && there.Text("directory") == "true" && there.ID() != r.ID() {
		return there.ID(), r.Text("name"), nil
	}
	if into {
		return 0, "", fmt.Errorf("there is no folder %s", quote(to))
	}
	folder, err = c.folderID(path.Dir(to), k)
	return folder, path.Base(to), err
}
