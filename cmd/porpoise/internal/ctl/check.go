package ctl

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) newCheck() *cobra.Command {
	var files []string
	cmd := &cobra.Command{
		Use: "check -f FILE", Short: "Say what is wrong with documents, and change nothing", Args: args(0, 0),
		Example: "  porpoise ctl workflow check -p sales -f workflows/",
		RunE: a.with(func(c *call, _ []string) error {
			if len(files) == 0 {
				return wrong("which documents? give -f FILE or -f DIR")
			}
			docs, err := c.readDocuments(files)
			if err != nil {
				return err
			}
			return c.check(docs)
		}),
	}
	cmd.Flags().StringSliceVarP(&files, "file", "f", nil, "file or folder with documents; - reads the input; repeatable")
	return cmd
}

// checked is what the check answers.
type checked struct {
	Valid    bool        `json:"valid"`
	Problems []atProblem `json:"problems"`
}

func (c *call) check(docs pieces) error {
	project, err := c.needProject()
	if err != nil {
		return err
	}
	wrongs := 0
	for _, one := range docs {
		var result checked
		if err := c.Post(c.ctx, project+"/workflows:check", map[string]string{"document": one.text}, &result); err != nil {
			return err
		}
		for _, p := range result.Problems {
			wrongs++
			if err := c.print(printable(one.at(p.Line, p.Column, p.Path, p.Message))); err != nil {
				return err
			}
		}
	}
	if wrongs > 0 {
		return fmt.Errorf("%d problems in %d documents", wrongs, len(docs))
	}
	c.say("%d documents are right", len(docs))
	return nil
}
