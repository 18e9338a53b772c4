package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func newChannelList() *cobra.Command {
	var a alertTool
	return a.command("list", "List channels; of settings only the names are shown", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		channels, err := a.store.AlertChannels.All(cmd.Context())
		if err != nil {
			return err
		}
		groups, err := a.groupNames(cmd.Context())
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "ID\tNAME\tKIND\tENABLED\tGROUPS\tSETTINGS\tDESCRIPTION")
		for _, c := range channels {
			fmt.Fprintf(table, "%d\t%s\t%s\t%t\t%s\t%s\t%s\n", c.ID, c.Name, c.Kind, c.Enabled, groupsOf(c, groups),
				strings.Join(slices.Sorted(maps.Keys(c.Settings)), ","), c.Description)
		}
		return table.Flush()
	})
}

func groupsOf(c workflow.AlertChannel, names map[int64]string) string {
	var out []string
	for _, id := range c.GroupIDs {
		if name, ok := names[id]; ok {
			out = append(out, name)
		}
	}
	return strings.Join(out, ", ")
}
