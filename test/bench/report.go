package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"
)

// Report is a run of the bench.
type Report struct {
	Time     time.Time          `json:"time"`
	Machine  Machine            `json:"machine"`
	Settings map[string]string  `json:"settings"`
	Canaries []Canary           `json:"canaries"`
	Limits   map[string]float64 `json:"limits"`
	Figures  []Figure           `json:"figures"`
	Usage    []Footprint        `json:"usage"`
}

// Figure is a measured value beside its limit and its targets.
type Figure struct {
	Scenario string  `json:"scenario"`
	Mode     string  `json:"mode"`
	Kind     string  `json:"kind,omitempty"`
	Name     string  `json:"name"`
	Unit     string  `json:"unit"`
	Value    float64 `json:"value"` // the median of the runs
	Least    float64 `json:"least"`
	Most     float64 `json:"most"`
	// Limit is what this machine can do at best, as measured in this run; 0
	// when there is none.
	Limit   float64 `json:"limit,omitempty"`
	LimitIs string  `json:"limitIs,omitempty"`
	// More is better; else less is.
	More    bool    `json:"more"`
	Must    float64 `json:"must,omitempty"`
	Stretch float64 `json:"stretch,omitempty"`
	// Stolen is the share of the processors' time that the host gave to others,
	// in the most disturbed of the runs.
	Stolen float64 `json:"stolen,omitempty"`
}

// disturbance says that a figure is not to be relied on.
func (f Figure) disturbance() string {
	if f.Stolen <= disturbed {
		return ""
	}
	return fmt.Sprintf(" (%.0f %% of the processors were stolen)", 100*f.Stolen)
}

// Ratio is how often the value contains the limit: 1 is perfect, and for what
// should be much it is below 1.
func (f Figure) Ratio() float64 {
	if f.Limit == 0 {
		return 0
	}
	return f.Value / f.Limit
}

// Verdict compares with the targets.
func (f Figure) Verdict() string {
	reached := func(target float64) bool {
		return f.More && f.Value >= target || !f.More && f.Value <= target
	}
	switch {
	case f.Must == 0 && f.Stretch == 0:
		return ""
	case f.Stretch != 0 && reached(f.Stretch):
		return "stretch"
	case reached(f.Must):
		return "must"
	}
	return "MISSED"
}

// Footprint is what a process used during a scenario.
type Footprint struct {
	Scenario string  `json:"scenario"`
	Mode     string  `json:"mode"`
	Kind     string  `json:"kind,omitempty"`
	Process  string  `json:"process"`
	RSS      float64 `json:"rssMB"`
	Own      float64 `json:"ownMB"` // of RSS: no pages of files, such as the program
	PSS      float64 `json:"pssMB"` // pages shared with others count in part
	PeakRSS  float64 `json:"peakRssMB"`
	Threads  int     `json:"threads"`
	CPU      float64 `json:"cpuSeconds"`
	Cores    float64 `json:"cores"` // CPU time by wall time
}

// Print writes the table for people.
func (r *Report) Print(w io.Writer) {
	fmt.Fprintf(w, "\n%s\n", r.Machine)
	for _, c := range r.Canaries {
		fmt.Fprintln(w, c)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nscenario\tmode\tkind\tfigure\tvalue\trange\tlimit\tratio\tmust\tstretch\tverdict")
	for _, f := range r.Figures {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s %s\t%s\t%s\t%s\t%s\t%s\t%s\n",
			f.Scenario, f.Mode, f.Kind, f.Name, number(f.Value), f.Unit, spread(f),
			orDash(f.Limit), orDash(f.Ratio()), orDash(f.Must), orDash(f.Stretch), f.Verdict()+f.disturbance())
	}
	fmt.Fprintln(t, "\nscenario\tmode\tkind\tprocess\tRSS MB\town MB\tPSS MB\tpeak MB\tthreads\tcores")
	for _, u := range r.Usage {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%.1f\t%.1f\t%.1f\t%.1f\t%d\t%.2f\n", u.Scenario, u.Mode, u.Kind, u.Process, u.RSS, u.Own, u.PSS, u.PeakRSS, u.Threads, u.Cores)
	}
	_ = t.Flush() // to a terminal
}

func spread(f Figure) string {
	if f.Least == f.Most {
		return ""
	}
	return number(f.Least) + ".." + number(f.Most)
}

// number writes three significant digits without an exponent.
func number(v float64) string {
	switch {
	case v >= 100 || v == float64(int64(v)):
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

func orDash(v float64) string {
	if v == 0 {
		return "-"
	}
	return number(v)
}

// Save writes the report as JSON and gives the file's name.
func (r *Report) Save(dir string) (string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, r.Time.UTC().Format("20060102T150405Z")+".json")
	return path, os.WriteFile(path, append(data, '\n'), 0o644)
}
