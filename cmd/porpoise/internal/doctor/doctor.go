// Package doctor looks at what a server needs from its surroundings and says
// what to do about what is wrong. It changes nothing.
package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// Status is how a finding is meant.
type Status string

// Statuses. A server starts with notes and warnings, not with failures.
const (
	OK   Status = "ok"
	Note Status = "note" // fine, and good to know
	Warn Status = "warn"
	Fail Status = "fail"
)

// Finding is what a check found.
type Finding struct {
	Check  string `json:"check"`
	Status Status `json:"status"`
	Found  string `json:"found"`
	Do     string `json:"do,omitempty"` // when it is not fine
}

// Check looks at one thing. Its findings carry its name unless they say
// another.
type Check struct {
	Name string
	Look func(context.Context) []Finding
}

// Patience is how long one check may take.
const Patience = 15 * time.Second

// Examine carries the checks out, one after the other: what they measure is
// not to disturb each other.
func Examine(ctx context.Context, checks []Check) []Finding {
	var all []Finding
	for _, c := range checks {
		limited, cancel := context.WithTimeout(ctx, Patience)
		found := c.Look(limited)
		cancel()
		for _, f := range found {
			if f.Check == "" {
				f.Check = c.Name
			}
			all = append(all, f)
		}
	}
	return all
}

// Failed says whether anything must be mended before a server can work.
func Failed(findings []Finding) bool {
	for _, f := range findings {
		if f.Status == Fail {
			return true
		}
	}
	return false
}

// WriteJSON writes findings for programs.
func WriteJSON(w io.Writer, findings []Finding) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(struct {
		Healthy  bool      `json:"healthy"`
		Findings []Finding `json:"findings"`
	}{!Failed(findings), findings})
}

// WriteText writes findings for people.
func WriteText(w io.Writer, findings []Finding) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	counts := map[Status]int{}
	for _, f := range findings {
		counts[f.Status]++
		fmt.Fprintf(t, "%s\t%s\t%s\n", f.Status, f.Check, oneLine(f.Found))
		if f.Do != "" {
			fmt.Fprintf(t, "\t\t-> %s\n", oneLine(f.Do))
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	verdict := "everything is fine"
	if counts[Warn]+counts[Fail] > 0 {
		verdict = fmt.Sprintf("%d to mend, %d to think about", counts[Fail], counts[Warn])
	}
	_, err := fmt.Fprintln(w, verdict)
	return err
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func ok(format string, args ...any) Finding {
	return Finding{Status: OK, Found: fmt.Sprintf(format, args...)}
}

func one(f Finding) []Finding { return []Finding{f} }
