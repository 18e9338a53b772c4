package sql

import (
	"html"
	"strings"
)

// maxPage bounds the rows in a mail's own text.
const maxPage = 1 << 20

// page is a result as a table in HTML.
type page struct {
	out  strings.Builder
	rows int
	full bool // not all rows are in it
}

const cellStyle = ` style="border:1px solid #ccc;padding:4px 8px;text-align:left;white-space:pre-wrap"`

func (p *page) begin(columns []string) {
	p.out.WriteString(`<table style="border-collapse:collapse;font:13px sans-serif"><thead><tr>`)
	for _, c := range columns {
		p.out.WriteString("<th" + cellStyle + ">" + html.EscapeString(c) + "</th>")
	}
	p.out.WriteString("</tr></thead><tbody>\n")
}

func (p *page) row(cells []cell) {
	if p.full {
		return
	}
	size := 0
	for _, c := range cells {
		size += len(c.text) + len(cellStyle) + len("<td></td>")
	}
	if p.out.Len()+size > maxPage {
		p.full = true
		return
	}
	p.rows++
	p.out.WriteString("<tr>")
	for _, c := range cells {
		p.out.WriteString("<td" + cellStyle + ">" + html.EscapeString(c.text) + "</td>")
	}
	p.out.WriteString("</tr>\n")
}

func (p *page) text() string { return p.out.String() + "</tbody></table>\n" }
