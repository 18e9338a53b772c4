package ctl

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/goccy/go-yaml"
)

// Output forms.
const (
	asTable = "table"
	asJSON  = "json"
	asYAML  = "yaml"
	asName  = "name"
)

// printer writes results in the form that was asked for.
type printer struct {
	w    io.Writer
	form string
}

func newPrinter(w io.Writer, form string) (printer, error) {
	switch form {
	case asTable, asJSON, asYAML, asName:
		return printer{w, form}, nil
	}
	return printer{}, wrong("--output %s is none of table, json, yaml, name", quote(form))
}

// value prints a thing for scripts and says whether that was asked for; names
// are printed for -o name.
func (p printer) value(v any, names ...string) (done bool, err error) {
	switch p.form {
	case asJSON:
		data, err := json.MarshalIndent(v, "", "  ")
		if err == nil {
			_, err = fmt.Fprintf(p.w, "%s\n", data)
		}
		return true, err
	case asYAML:
		data, err := json.Marshal(v)
		if err == nil {
			data, err = asYAMLText(data)
		}
		if err == nil {
			_, err = p.w.Write(data)
		}
		return true, err
	case asName:
		for _, name := range names {
			if _, err := fmt.Fprintln(p.w, printable(name)); err != nil {
				return true, err
			}
		}
		return true, nil
	}
	return false, nil
}

// asYAMLText turns JSON into YAML. JSON is YAML, too, and escapes what would
// steer a terminal.
func asYAMLText(data []byte) ([]byte, error) {
	text, err := yaml.JSONToYAML(data)
	if err == nil && strings.ContainsFunc(string(text), steers) {
		return append(data, '\n'), nil
	}
	return text, err
}

// table prints rows below a head.
func (p printer) table(head []string, rows [][]string) error {
	t := tabwriter.NewWriter(p.w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.Join(head, "\t"))
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = cellText(cell)
		}
		fmt.Fprintln(t, strings.Join(cells, "\t"))
	}
	return t.Flush()
}

// details prints pairs below each other.
func (p printer) details(pairs [][2]string) error {
	t := tabwriter.NewWriter(p.w, 0, 0, 2, ' ', 0)
	for _, pair := range pairs {
		fmt.Fprintf(t, "%s:\t%s\n", pair[0], strings.ReplaceAll(printable(pair[1]), "\n", "\n\t"))
	}
	return t.Flush()
}

const widest = 80 // runes of a cell

// cellText makes a cell one short line.
func cellText(text string) string {
	text = strings.Join(strings.Fields(printable(text)), " ")
	if runes := []rune(text); len(runes) > widest {
		text = string(runes[:widest-1]) + "…"
	}
	if text == "" {
		return "-"
	}
	return text
}

// printable keeps what others wrote from steering the terminal.
func printable(text string) string {
	if !strings.ContainsFunc(text, steers) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if steers(r) {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func steers(r rune) bool {
	return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r))
}

// when shows a time of the wire in local time.
func when(text string) string {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return text
	}
	return clock(&t)
}

func clock(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.Local().Format(time.DateTime)
}

// took shows milliseconds.
func took(ms int64) string {
	d := time.Duration(ms) * time.Millisecond
	switch {
	case ms <= 0:
		return ""
	case d < 10*time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d < time.Hour:
		return d.Round(time.Second).String()
	}
	return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func quote(text string) string { return strconv.Quote(text) }

// isTerminal says whether a person watches the writer.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
