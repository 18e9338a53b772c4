package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/tell"
	"github.com/porpoise-scheduler/porpoise/master/retention"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/store/sqlstore"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func newRetention() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "retention",
		Short: "Say for how long instances and logs are kept, and remove what is older",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newRetentionShow(), newRetentionSet(), newRetentionRun())
	return cmd
}

// withStore opens the database for one command.
func withStore(ctx context.Context, url string, do func(*store.Store) error) error {
	if url == "" {
		return errors.New("no database is given: use --database or PORPOISE_DATABASE")
	}
	s, err := sqlstore.Open(ctx, url, sqlstore.Options{})
	if errors.Is(err, sqlstore.ErrInUse) {
		return fmt.Errorf("%w; while it runs, use porpoise ctl instead of this command", err)
	}
	if err != nil {
		return err
	}
	return errors.Join(do(s), s.Database.Close())
}

func newRetentionShow() *cobra.Command {
	var database string
	cmd := &cobra.Command{
		Use:   "show",
		Short: "List for how many days things are kept",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd.Context(), database, func(s *store.Store) error {
				return showRetention(cmd.Context(), s, cmd.OutOrStdout())
			})
		},
	}
	addDatabase(cmd.Flags(), &database, "")
	return configured(cmd)
}

func showRetention(ctx context.Context, s *store.Store, w io.Writer) error {
	rows, err := s.Retentions.All(ctx)
	if err != nil {
		return err
	}
	names, err := projectNames(ctx, s)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(rows, func(r workflow.Retention) bool { return r.ProjectID == 0 }) {
		rows = append([]workflow.Retention{{}}, rows...)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "PROJECT\tINSTANCE DAYS\tLOG DAYS\tCACHE DAYS")
	for _, r := range rows {
		cache := ""
		if r.ProjectID == 0 {
			cache = tell.Days(r.CacheDays)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", names(r.ProjectID), tell.Days(r.InstanceDays), tell.Days(r.LogDays), cache)
	}
	return table.Flush()
}

// projectNames gives a project's name, or what stands for the rest.
func projectNames(ctx context.Context, s *store.Store) (func(id int64) string, error) {
	list, err := s.Projects.All(ctx, false)
	if err != nil {
		return nil, err
	}
	names := map[int64]string{0: "(all others)"}
	for _, p := range list {
		names[p.ID] = p.Name
	}
	return func(id int64) string {
		if name, ok := names[id]; ok {
			return name
		}
		return fmt.Sprintf("(project %d, deleted)", id)
	}, nil
}

// retentionChange is what set is told. Days that are not given stay.
type retentionChange struct {
	project              string
	instance, log, cache int
	given                func(flag string) bool
}

func newRetentionSet() *cobra.Command {
	var database string
	var c retentionChange
	cmd := &cobra.Command{
		Use:   "set",
		Short: "Say for how many days things are kept, of all projects or of one",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.given = cmd.Flags().Changed
			if err := c.check(); err != nil {
				return err
			}
			return withStore(cmd.Context(), database, func(s *store.Store) error {
				if err := c.save(cmd.Context(), s); err != nil {
					return err
				}
				return showRetention(cmd.Context(), s, cmd.OutOrStdout())
			})
		},
	}
	f := cmd.Flags()
	addDatabase(f, &database, "")
	f.StringVar(&c.project, "project", "", "name of the project (default all that have no setting of their own)")
	f.IntVar(&c.instance, "instance-days", 0, "days that ended instances are kept with their task instances; 0 for ever, -1 as all projects")
	f.IntVar(&c.log, "log-days", 0, "days that logs are kept, in the log store and on workers; 0 for ever, -1 as all projects")
	f.IntVar(&c.cache, "cache-days", 0, "days that unused resources stay in caches of workers; 0 for ever; of all projects only")
	return configured(cmd)
}

func (c *retentionChange) check() error {
	if !c.given("instance-days") && !c.given("log-days") && !c.given("cache-days") {
		return errors.New("nothing to set: give --instance-days, --log-days or --cache-days")
	}
	if c.project != "" && c.given("cache-days") {
		return errors.New("setting cache-days: projects share the caches of workers; leave out --project")
	}
	if c.cache < retention.Forever || c.cache > retention.MaxDays {
		return fmt.Errorf("setting cache-days: %d is not between %d and %d", c.cache, retention.Forever, retention.MaxDays)
	}
	least := retention.Forever
	if c.project != "" {
		least = retention.Inherit
	}
	for name, days := range map[string]int{"instance-days": c.instance, "log-days": c.log} {
		if days < least || days > retention.MaxDays {
			return fmt.Errorf("setting %s: %d is not between %d and %d", name, days, least, retention.MaxDays)
		}
	}
	return nil
}

func (c *retentionChange) save(ctx context.Context, s *store.Store) error {
	var r workflow.Retention
	if c.project != "" {
		p, err := s.Projects.ByName(ctx, c.project)
		if err != nil {
			return fmt.Errorf("project %s: %w", c.project, err)
		}
		r = workflow.Retention{ProjectID: p.ID, InstanceDays: retention.Inherit, LogDays: retention.Inherit}
	}
	rows, err := s.Retentions.All(ctx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.ProjectID == r.ProjectID {
			r = row
		}
	}
	if c.given("instance-days") {
		r.InstanceDays = c.instance
	}
	if c.given("log-days") {
		r.LogDays = c.log
	}
	if c.given("cache-days") {
		r.CacheDays = c.cache
	}
	if r.ProjectID != 0 && r.InstanceDays == retention.Inherit && r.LogDays == retention.Inherit {
		if err := s.Retentions.Delete(ctx, r.ProjectID); workflow.ErrorCode(err) != workflow.NotFound {
			return err
		}
		return nil
	}
	return s.Retentions.Save(ctx, r)
}

func newRetentionRun() *cobra.Command {
	var database, logs string
	var dry bool
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Remove now what is older than it is to be kept; masters do it every hour",
		Long: `Remove now what is older than it is to be kept: what the database and the log
store hold. Workers are not asked; while servers run, "porpoise ctl retention
run" has a master do everything.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd.Context(), database, func(s *store.Store) error {
				return runRetention(cmd.Context(), s, logs, dry, cmd.OutOrStdout())
			})
		},
	}
	f := cmd.Flags()
	addDatabase(f, &database, "")
	addLogStore(f, &logs)
	f.BoolVar(&dry, "dry-run", false, "count only, and change nothing")
	return configured(cmd)
}

func runRetention(ctx context.Context, s *store.Store, logs string, dry bool, w io.Writer) (err error) {
	e := &environment{log: slog.New(slog.DiscardHandler)}
	defer func() {
		for _, end := range e.closers {
			err = errors.Join(err, end())
		}
	}()
	if err := e.openLogStore(ctx, logs); err != nil {
		return err
	}
	sweeper := retention.New(retention.Config{}, retention.Deps{
		Retentions: s.Retentions, Deliveries: s.Deliveries, Commands: s.Commands, Backlog: s.Scheduling,
		Logs: e.shippedLogs(), Now: time.Now, Log: e.log,
	})
	names, err := projectNames(ctx, s)
	if err != nil {
		return err
	}
	var report workflow.SweepReport
	var failed error
	if dry {
		if report, err = sweeper.Count(ctx); err != nil {
			return err
		}
	} else {
		report, failed = sweeper.Sweep(ctx, true)
	}
	report.Unasked = append(report.Unasked, workflow.Unasked{Place: "workers", Reason: "this command does not reach them; porpoise ctl retention run does"})
	return errors.Join(failed, tell.Sweep(w, report, names, dry))
}
