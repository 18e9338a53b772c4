package sql

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/xuri/excelize/v2"
)

// maxFile bounds an attachment.
const maxFile = 20 << 20

const (
	sheetName = "result"
	textStyle = 49 // the built-in format for text
)

// sheet is a result as a spreadsheet. Rows beyond some megabytes lie in a
// temporary file until it is closed.
type sheet struct {
	file  *excelize.File
	rows  *excelize.StreamWriter
	text  int // style
	next  int // row
	limit int // bytes of the file
}

func newSheet(limit int) (*sheet, error) {
	s := &sheet{file: excelize.NewFile(), next: 1, limit: limit}
	err := s.file.SetSheetName(s.file.GetSheetName(0), sheetName)
	if err == nil {
		s.text, err = s.file.NewStyle(&excelize.Style{NumFmt: textStyle})
	}
	if err == nil {
		s.rows, err = s.file.NewStreamWriter(sheetName)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// close lets go of the temporary file.
func (s *sheet) close() { _ = s.file.Close() }

func (s *sheet) begin(columns []string) error {
	bold, err := s.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, NumFmt: textStyle})
	if err != nil {
		return fmt.Errorf("writing the attachment: %w", err)
	}
	values := make([]any, len(columns))
	for i, c := range columns {
		values[i] = excelize.Cell{StyleID: bold, Value: c}
	}
	return s.write(values)
}

func (s *sheet) row(cells []cell) error {
	values := make([]any, len(cells))
	for i, c := range cells {
		values[i] = s.value(c)
	}
	return s.write(values)
}

// value gives a number as such and all else as text: what begins like a formula
// is none, and stays none when somebody edits the cell.
func (s *sheet) value(c cell) any {
	switch {
	case c.null:
		return nil
	case c.number:
		if f, err := strconv.ParseFloat(c.text, 64); err == nil {
			return f
		}
	}
	return excelize.Cell{StyleID: s.text, Value: c.text}
}

func (s *sheet) write(values []any) error {
	if err := s.rows.SetRow("A"+strconv.Itoa(s.next), values); err != nil {
		return fmt.Errorf("writing row %d of the attachment: %w", s.next, err)
	}
	s.next++
	return nil
}

// bytes ends the sheet and gives the file.
func (s *sheet) bytes() ([]byte, error) {
	if err := s.rows.Flush(); err != nil {
		return nil, fmt.Errorf("ending the attachment: %w", err)
	}
	out := &bounded{limit: s.limit}
	if err := s.file.Write(out); err != nil {
		return nil, fmt.Errorf("writing the attachment: %w", err)
	}
	return out.Bytes(), nil
}

// bounded is a buffer that refuses to grow too large.
type bounded struct {
	bytes.Buffer
	limit int
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > b.limit {
		return 0, fmt.Errorf("it would be larger than %d bytes: give the task a smaller limit", b.limit)
	}
	return b.Buffer.Write(p)
}
