package engine

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// effects prints everything a step asked for, one line each.
func (s *script) effects(eff Effects) string {
	var b strings.Builder
	if eff.Rejected != "" {
		fmt.Fprintf(&b, "  REJECTED %s\n", eff.Rejected)
	}
	if eff.Instance != nil {
		s.instance(&b, eff.Instance)
	}
	for i := range eff.Tasks {
		s.taskRow(&b, &eff.Tasks[i])
	}
	for _, id := range eff.DropTasks {
		fmt.Fprintf(&b, "  DROP #%d\n", id)
	}
	s.wants(&b, eff)
	for _, id := range eff.Withdraw {
		fmt.Fprintf(&b, "  WITHDRAW #%d\n", id)
	}
	for _, d := range eff.Dispatch {
		s.dispatch(&b, d)
	}
	for _, k := range eff.Kill {
		fmt.Fprintf(&b, "  KILL #%d on %s: %s\n", k.TaskID, k.WorkerID, k.Reason)
	}
	for _, c := range eff.Children {
		fmt.Fprintf(&b, "  CHILD for #%d: workflow %d%s\n", c.TaskID, c.DefinitionID, values(c.Params))
	}
	for _, g := range eff.Signals {
		fmt.Fprintf(&b, "  SIGNAL #%d to instance %d of workflow %d: %s\n", g.TaskID, g.ChildID, g.DefinitionID, g.Command)
	}
	for _, l := range eff.Lookups {
		fmt.Fprintf(&b, "  LOOKUP for #%d\n", l.TaskID)
		for _, q := range l.Queries {
			fmt.Fprintf(&b, "    %d/%s %s .. %s without %d\n", q.DefinitionID, q.Task,
				q.From.Format("2006-01-02T15:04:05.000Z07:00"), q.To.Format("2006-01-02T15:04:05.000Z07:00"), q.ExcludeID)
		}
	}
	for _, a := range eff.Alerts {
		fmt.Fprintf(&b, "  ALERT %s #%d %q to %q\n", a.Kind, a.TaskID, a.Title, a.Receivers)
	}
	if eff.Ended {
		b.WriteString("  ENDED\n")
	}
	b.WriteString(s.at("  WAKE", eff.Wake))
	if !eff.Wake.IsZero() {
		b.WriteString("\n")
	}
	if b.Len() == 0 {
		return "  nothing\n"
	}
	return b.String()
}

func (s *script) wants(b *strings.Builder, eff Effects) {
	for _, r := range eff.Ready {
		fmt.Fprintf(b, "  READY #%d group=%s priority=%d/%d\n", r.TaskID, r.Group, r.InstancePriority, r.Priority)
	}
	for _, w := range eff.WantSlots {
		fmt.Fprintf(b, "  WANT-SLOT #%d of %d priority=%d\n", w.TaskID, w.GroupID, w.Priority)
	}
	for _, id := range eff.ReleaseSlots {
		fmt.Fprintf(b, "  RELEASE-SLOT #%d\n", id)
	}
}

func (s *script) dispatch(b *strings.Builder, d Dispatch) {
	fmt.Fprintf(b, "  DISPATCH #%d %s to %s epoch=%d", d.Task.ID, d.Spec.Name, d.Task.WorkerID, d.Task.Epoch)
	if d.Timeout > 0 {
		fmt.Fprintf(b, " timeout=%s", d.Timeout)
	}
	if s.note {
		b.WriteString(values(d.Values))
	}
	b.WriteString("\n")
}

func values(m map[string]string) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(m)) {
		fmt.Fprintf(&b, " %s=%s", k, m[k])
	}
	return b.String()
}

// at prints a time as the distance from the script's begin.
func (s *script) at(label string, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return fmt.Sprintf("%s=+%s", label, t.Sub(s.zero))
}

func (s *script) instance(b *strings.Builder, inst *workflow.Instance) {
	fmt.Fprintf(b, "  INSTANCE %s run=%d", inst.State, inst.RunTimes)
	b.WriteString(s.at(" start", inst.StartTime) + s.at(" end", inst.EndTime))
	if len(inst.History) > 1 {
		fmt.Fprintf(b, " history=%v", inst.History)
	}
	if inst.Recovered {
		b.WriteString(" recovered")
	}
	if inst.TimeoutWarned {
		b.WriteString(" warned")
	}
	b.WriteString(values(inst.Vars))
	b.WriteString(reason(inst.Reason) + "\n")
}

func (s *script) taskRow(b *strings.Builder, row *workflow.TaskInstance) {
	fmt.Fprintf(b, "  TASK #%d %s %s", row.ID, row.Task, row.State)
	if row.Attempt > 1 {
		fmt.Fprintf(b, " attempt=%d", row.Attempt)
	}
	if row.Retry > 0 {
		fmt.Fprintf(b, " retry=%d", row.Retry)
	}
	if !row.Current {
		b.WriteString(" old")
	}
	if row.WorkerID != "" {
		b.WriteString(" worker=" + row.WorkerID)
	}
	if row.ExitCode != 0 {
		fmt.Fprintf(b, " exit=%d", row.ExitCode)
	}
	b.WriteString(s.at(" deadline", row.Deadline) + s.at(" start", row.StartTime) + s.at(" end", row.EndTime))
	if row.AppLink != "" {
		b.WriteString(" app=" + row.AppLink)
	}
	if row.Branch != nil {
		fmt.Fprintf(b, " branch=%v", row.Branch)
	}
	if row.ChildID != 0 {
		fmt.Fprintf(b, " child=%d", row.ChildID)
	}
	if row.Warned {
		b.WriteString(" warned")
	}
	b.WriteString(values(row.Vars) + reason(row.Reason) + "\n")
	if row.Dependency != "" {
		b.WriteString("    " + strings.ReplaceAll(row.Dependency, "\n", "\n    ") + "\n")
	}
}

func reason(text string) string {
	if text == "" {
		return ""
	}
	return fmt.Sprintf(" (%s)", text)
}
