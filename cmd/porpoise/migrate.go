package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/porpoise-scheduler/porpoise/pkg/store/sqlstore"
)

func newMigrate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database's schema to this version, or tell what is missing",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		newMigration(sqlstore.Up, "Apply the migrations that are missing"),
		newMigration(sqlstore.Status, "List migrations and when they were applied"),
	)
	return cmd
}

func newMigration(action sqlstore.Action, short string) *cobra.Command {
	var database string
	cmd := &cobra.Command{
		Use:   string(action),
		Short: short,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if database == "" {
				return errors.New("no database is given: use --database or PORPOISE_DATABASE")
			}
			migrations, err := sqlstore.Migrate(cmd.Context(), database, action)
			if err != nil {
				return err
			}
			return printMigrations(cmd.OutOrStdout(), migrations)
		},
	}
	addDatabase(cmd.Flags(), &database, "")
	return configured(cmd)
}

func printMigrations(w io.Writer, migrations []sqlstore.Migration) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "VERSION\tNAME\tAPPLIED")
	for _, m := range migrations {
		applied := "no"
		if !m.Applied.IsZero() {
			applied = m.Applied.UTC().Format(time.DateTime)
		}
		fmt.Fprintf(table, "%d\t%s\t%s\n", m.Version, cmp.Or(m.Name, "(of a later version)"), applied)
	}
	return table.Flush()
}
