package sql

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxWidth is how wide a column of the log's table gets.
const maxWidth = 60

// table draws rows with lines around them.
func table(columns []string, rows [][]cell) string {
	lines := make([][]string, 0, len(rows)+1)
	widths := make([]int, len(columns))
	add := func(texts []string) {
		for i := range texts {
			texts[i] = visible(texts[i])
			widths[i] = max(widths[i], width(texts[i]))
		}
		lines = append(lines, texts)
	}
	add(append([]string(nil), columns...))
	right := make([]bool, len(columns))
	for i := range right {
		right[i] = len(rows) > 0
	}
	for _, row := range rows {
		texts := make([]string, len(columns))
		for i, c := range row {
			texts[i] = c.text
			right[i] = right[i] && (c.number || c.null)
		}
		add(texts)
	}
	var out strings.Builder
	border := rule(widths)
	for i, line := range lines {
		if i < 2 {
			out.WriteString(border)
		}
		draw(&out, line, widths, right)
	}
	out.WriteString(border)
	return out.String()
}

func rule(widths []int) string {
	var out strings.Builder
	for _, w := range widths {
		out.WriteString("+" + strings.Repeat("-", w+2))
	}
	out.WriteString("+\n")
	return out.String()
}

// draw writes one line; numbers stand at the right.
func draw(out *strings.Builder, texts []string, widths []int, right []bool) {
	for i, text := range texts {
		gap := strings.Repeat(" ", widths[i]-width(text))
		if right[i] {
			text = gap + text
		} else {
			text += gap
		}
		out.WriteString("| " + text + " ")
	}
	out.WriteString("|\n")
}

// visible makes one line of a value that fits its column.
func visible(text string) string {
	var out strings.Builder
	columns := 0
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		text = text[size:]
		piece := shown(r)
		if columns += width(piece); columns > maxWidth {
			return out.String() + "..."
		}
		out.WriteString(piece)
	}
	return out.String()
}

// shown gives how a character looks in a log.
func shown(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == '\u2028', r == '\u2029':
		return "\uFFFD"
	}
	return string(r)
}

// width counts the columns a text takes: two for wide characters, none for
// marks on others.
func width(text string) int {
	n := 0
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Me, r):
		case wide(r):
			n += 2
		default:
			n++
		}
	}
	return n
}

func wide(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) ||
		r >= 0x3000 && r <= 0x303e || r >= 0xff01 && r <= 0xff60 || r >= 0xffe0 && r <= 0xffe6 || r >= 0x1f300 && r <= 0x1faff
}
