package sql

import (
	"database/sql"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/porpoise-scheduler/porpoise/pkg/datasource"
)

// maxCell is how much of a value is kept: what a cell of a sheet can hold.
const maxCell = 32_767

// cell is a value of a result.
type cell struct {
	text   string
	null   bool
	number bool // text is a decimal number that a float64 holds exactly enough
}

// scanner reads rows.
type scanner struct {
	types   []string // of the columns, upper case, as the database calls them
	values  []any
	targets []any
}

func newScanner(columns []*sql.ColumnType) *scanner {
	s := &scanner{values: make([]any, len(columns)), targets: make([]any, len(columns))}
	for i, c := range columns {
		s.types = append(s.types, strings.ToUpper(c.DatabaseTypeName()))
		s.targets[i] = &s.values[i]
	}
	return s
}

// row reads the current row.
func (s *scanner) row(rows *datasource.Rows) ([]cell, error) {
	if err := rows.Scan(s.targets...); err != nil {
		return nil, err
	}
	cells := make([]cell, len(s.values))
	for i, v := range s.values {
		cells[i] = cellOf(v, s.types[i])
	}
	return cells, nil
}

// cellOf writes a value the way SQL does.
func cellOf(v any, kind string) cell {
	switch v := v.(type) {
	case nil:
		return cell{text: "NULL", null: true}
	case string:
		return textCell(v, kind)
	case []byte:
		if !utf8.Valid(v) {
			return textCell("0x"+hex.EncodeToString(v[:min(len(v), maxCell/2)]), "")
		}
		return textCell(string(v[:min(len(v), 4*maxCell)]), kind)
	case time.Time:
		return cell{text: written(v, kind)}
	case int64, int32, int16, int8, int, uint64, uint32, uint16, uint8, uint:
		text := fmt.Sprint(v)
		return cell{text: text, number: len(text) <= maxDigits}
	case float64:
		return floatCell(v, 64)
	case float32:
		return floatCell(float64(v), 32)
	case bool:
		return cell{text: strconv.FormatBool(v)}
	}
	return textCell(fmt.Sprint(v), "")
}

func floatCell(v float64, bits int) cell {
	text := strconv.FormatFloat(v, 'f', -1, bits)
	return cell{text: text, number: len(text) <= 2*maxDigits && strings.Trim(text, "-.0123456789") == ""}
}

// maxDigits is how many digits a float64, and with it a sheet, keeps.
const maxDigits = 15

// textCell takes numbers that drivers give as text.
func textCell(text, kind string) cell {
	if len(text) > maxCell {
		text = clip(text, maxCell)
	}
	c := cell{text: text}
	switch kind {
	case "DECIMAL", "NUMERIC", "NUMBER", "INT", "BIGINT", "SMALLINT", "TINYINT", "MEDIUMINT", "INTEGER", "DOUBLE", "FLOAT":
		_, err := strconv.ParseFloat(text, 64)
		c.number = err == nil && len(text) <= maxDigits && strings.Trim(text, "-.0123456789") == ""
	}
	return c
}

// written leaves out what a type does not have.
func written(t time.Time, kind string) string {
	switch {
	case kind == "DATE" && t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0:
		return t.Format(time.DateOnly)
	case kind == "TIME":
		return t.Format("15:04:05.999999")
	case strings.Contains(kind, "TZ"), strings.Contains(kind, "ZONE"), strings.Contains(kind, "OFFSET"):
		return t.Format("2006-01-02 15:04:05.999999-07:00")
	}
	return t.Format("2006-01-02 15:04:05.999999")
}

// clip shortens text to at most limit bytes, at the border of a character.
func clip(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	const more = "..."
	end := limit - len(more)
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + more
}
