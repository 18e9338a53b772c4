package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func newDeliveries() *cobra.Command {
	var (
		a     alertTool
		f     store.DeliveryFilter
		state string
		limit int
	)
	cmd := a.command("deliveries", "List what became of alerts, newest first", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		f.State = workflow.DeliveryState(strings.ToUpper(state))
		switch f.State {
		case "", workflow.DeliveryPending, workflow.DeliverySent, workflow.DeliveryFailed:
		default:
			return fmt.Errorf("--state is pending, sent or failed")
		}
		rows, total, err := a.store.Deliveries.List(cmd.Context(), f, store.Page{Number: 1, Size: max(limit, 1)})
		if err != nil {
			return err
		}
		if err := printDeliveries(cmd.OutOrStdout(), rows); err != nil {
			return err
		}
		if total > len(rows) {
			fmt.Fprintf(cmd.OutOrStdout(), "%d more; see --limit\n", total-len(rows))
		}
		return nil
	})
	flags := cmd.Flags()
	flags.StringVar(&state, "state", "", "pending, sent or failed only")
	flags.Int64Var(&f.AlertID, "alert", 0, "of one alert only")
	flags.Int64Var(&f.InstanceID, "instance", 0, "about one instance only")
	flags.Int64Var(&f.ProjectID, "project", 0, "of one project only, by id")
	flags.IntVar(&limit, "limit", 50, "how many to list")
	return cmd
}

func printDeliveries(w io.Writer, rows []store.DeliveryRow) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tALERT\tEVENT\tTITLE\tTO\tSTATE\tATTEMPTS\tREPEATED\tEND OR NEXT TRY (UTC)\tLAST ERROR")
	for _, d := range rows {
		when := d.EndTime
		if d.State == workflow.DeliveryPending {
			when = d.NextTry
		}
		fmt.Fprintf(table, "%d\t%d\t%s\t%s\t%s\t%s\t%d\t%d\t%s\t%s\n", d.ID, d.AlertID, d.Alert.Kind, cell(d.Alert.Title), cell(destination(d.Delivery)),
			d.State, d.Attempts, d.Repeated, when.UTC().Format(time.DateTime), cell(d.LastError))
	}
	return table.Flush()
}

func destination(d workflow.Delivery) string {
	if d.ChannelID != 0 {
		return fmt.Sprintf("%s channel %d", d.Kind, d.ChannelID)
	}
	return cmp.Or(d.Address, d.Cc, "-")
}

// cell keeps a text on its line of a table.
func cell(s string) string { return strings.Join(strings.Fields(s), " ") }
