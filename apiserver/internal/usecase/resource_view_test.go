package usecase

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestTextLines(t *testing.T) {
	long := strings.Repeat("x", 200<<10)
	for i, test := range []struct {
		text              string
		skip, limit, most int
		want              string
	}{
		{"", 0, 10, 100, ""},
		{"a", 0, 10, 100, "a"},
		{"a\n", 0, 10, 100, "a"},
		{"a\nb", 0, 10, 100, "a\nb"},
		{"a\r\nb\r\n", 0, 10, 100, "a\nb"},
		{"a\n\n\nb\n", 0, 10, 100, "a\n\n\nb"},
		{"a\n\n", 0, 10, 100, "a\n"},
		{"\n\na", 0, 10, 100, "\n\na"},
		{"a\nb\nc", 1, 1, 100, "b"},
		{"a\nb\nc", 1, 9, 100, "b\nc"},
		{"a\nb\nc", 3, 9, 100, ""},
		{"a\nb\nc", 0, 0, 100, ""},
		{"a\nb\nc", 0, 2, 100, "a\nb"},
		{long + "\nb\n" + long, 1, 1, 100, "b"},
		{long, 0, 1, 1 << 20, long},
		{long, 0, 1, 100, long[:100]},
		{"a\n" + long + "\nb", 0, 3, 1 << 20, "a\n" + long + "\nb"},
		{"aé", 0, 1, 2, "a\uFFFD"},
		{"a\xffb", 0, 1, 10, "a\uFFFDb"},
	} {
		for _, r := range []io.Reader{strings.NewReader(test.text), iotest.OneByteReader(strings.NewReader(test.text))} {
			got, err := textLines(r, test.skip, test.limit, test.most)
			if err != nil || got != test.want {
				t.Errorf("case %d: %d bytes %.20q, %v; want %d bytes %.20q", i, len(got), got, err, len(test.want), test.want)
			}
		}
	}
	broken := errors.New("broken")
	if _, err := textLines(iotest.ErrReader(broken), 0, 1, 10); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// TestTextLinesOfMuch reads far into a long text without keeping it.
func TestTextLinesOfMuch(t *testing.T) {
	pr, pw := io.Pipe()
	go func() {
		for i := range 300_000 {
			if _, err := fmt.Fprintln(pw, i); err != nil {
				return
			}
		}
		_ = pw.Close()
	}()
	got, err := textLines(pr, 250_000, 2, 100)
	if err != nil || got != "250000\n250001" {
		t.Errorf("got %q, %v", got, err)
	}
	_ = pr.Close() // lets the writer end
}

func TestSuffixOf(t *testing.T) {
	for name, want := range map[string]string{"a.sh": "sh", "a.b.JAR": "JAR", "a": "", ".profile": "", "a.": "", "..a": "a"} {
		if got := suffixOf(name); got != want {
			t.Errorf("%q ends %q, want %q", name, got, want)
		}
	}
}
