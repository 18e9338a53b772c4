package tell

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Sweep tells what a sweep removed, or what one would remove.
func Sweep(w io.Writer, r workflow.SweepReport, names func(project int64) string, dry bool) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	instances, done := "INSTANCES (masters delete them)", "removed"
	if dry {
		instances, done = "INSTANCES\tTASK INSTANCES", "would be removed"
	}
	row := func(cells ...string) { fmt.Fprintln(table, strings.Join(cells, "\t")) }
	row("PROJECT", "INSTANCE DAYS", "LOG DAYS", instances, "LOGS IN THE STORE", "LOGS ON WORKERS")
	for _, l := range r.Policies {
		cells := []string{names(l.ProjectID), Days(l.InstanceDays), Days(l.LogDays), strconv.Itoa(l.Instances)}
		if dry {
			cells = append(cells, strconv.Itoa(l.Tasks))
		}
		row(append(cells, amount(l.Shipped), amount(l.OnWorkers))...)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := io.WriteString(w, beside(r, done))
	return err
}

// beside tells what belongs to no project, and what could not be told.
func beside(r workflow.SweepReport, done string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: logs of attempts that are gone: in the store %s, on workers %s\n", done, amount(r.Orphans.Shipped), amount(r.Orphans.OnWorkers))
	fmt.Fprintf(&b, "%s: cached resources %s, unused ones are kept %s\n", done, amount(r.Cached), span(r.CacheDays))
	fmt.Fprintf(&b, "%s: ended alerts %d, passed due times %d, quarantined commands %d\n", done, r.Alerts, r.Fires, r.Commands)
	for _, u := range r.Unasked {
		fmt.Fprintf(&b, "not looked through: %s: %s\n", u.Place, u.Reason)
	}
	return b.String()
}

func amount(a workflow.Amount) string {
	if a.Files == 0 {
		return "0"
	}
	return fmt.Sprintf("%d (%s)", a.Files, Bytes(a.Bytes))
}

func span(days int) string {
	if days > 0 {
		return fmt.Sprintf("for %d days", days)
	}
	return Days(days)
}
