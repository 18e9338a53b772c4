package sql

import (
	"encoding/base64"
	"io"
	"mime/quotedprintable"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// decoded undoes a transfer encoding.
func decoded(t *testing.T, encoding string, body io.Reader) []byte {
	t.Helper()
	switch strings.ToLower(encoding) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	data, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestTable(t *testing.T) {
	got := table([]string{"id", "名"}, [][]cell{
		{{text: "1", number: true}, {text: "a\nb\t\x1b[31m"}},
		{{text: "NULL", null: true}, {text: strings.Repeat("长", 40)}},
	})
	want := `+------+-----------------------------------------------------------------+
|   id | 名                                                              |
+------+-----------------------------------------------------------------+
|    1 | a\nb\t` + "\uFFFD" + `[31m                                                     |
| NULL | ` + strings.Repeat("长", 30) + `... |
+------+-----------------------------------------------------------------+
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := table([]string{"a"}, nil); got != "+---+\n| a |\n+---+\n" {
		t.Errorf("%q", got)
	}
}

func TestCells(t *testing.T) {
	at := time.Date(2024, 1, 2, 3, 4, 5, 600_000_000, time.FixedZone("", 8*3600))
	for _, c := range []struct {
		value any
		kind  string
		want  cell
	}{
		{nil, "", cell{text: "NULL", null: true}},
		{int64(-5), "", cell{text: "-5", number: true}},
		{int64(9007199254740993), "", cell{text: "9007199254740993"}},
		{1.5, "", cell{text: "1.5", number: true}},
		{[]byte("12.50"), "DECIMAL", cell{text: "12.50", number: true}},
		{"12345678901234567890", "DECIMAL", cell{text: "12345678901234567890"}},
		{"12.50", "TEXT", cell{text: "12.50"}},
		{"=1", "DECIMAL", cell{text: "=1"}},
		{[]byte{0xff, 0}, "BLOB", cell{text: "0xff00"}},
		{true, "", cell{text: "true"}},
		{at, "TIMESTAMPTZ", cell{text: "2024-01-02 03:04:05.6+08:00"}},
		{at, "DATETIME", cell{text: "2024-01-02 03:04:05.6"}},
		{time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC), "DATE", cell{text: "2024-01-02"}},
		{at, "TIME", cell{text: "03:04:05.6"}},
		{[]string{"a"}, "", cell{text: "[a]"}},
	} {
		if got := cellOf(c.value, c.kind); got != c.want {
			t.Errorf("%v %s: %+v", c.value, c.kind, got)
		}
	}
	long := cellOf(strings.Repeat("é", maxCell), "TEXT")
	if len(long.text) > maxCell || !strings.HasSuffix(long.text, "é...") {
		t.Errorf("%d bytes", len(long.text))
	}
}
