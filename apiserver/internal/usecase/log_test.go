package usecase

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestCutterAgainstSplit cuts random texts in random pieces.
func TestCutterAgainstSplit(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		var text strings.Builder
		for range rng.IntN(8) {
			text.WriteString(strings.Repeat("x", rng.IntN(5)))
			text.WriteString([]string{"\n", "\r\n", "y"}[rng.IntN(3)])
		}
		all := strings.Split(text.String(), "\n")
		if all[len(all)-1] == "" {
			all = all[:len(all)-1]
		}
		skip, want := rng.IntN(6), 1+rng.IntN(4)
		c := &lineCutter{skip: skip, want: want, room: 1 << 20}
		err := error(nil)
		for rest := []byte(text.String()); len(rest) > 0 && err == nil; {
			n := 1 + rng.IntN(len(rest))
			_, err = c.Write(rest[:n])
			rest = rest[n:]
		}
		if err == nil {
			c.finish()
		}
		var lines []string
		for _, l := range all[min(skip, len(all)):] {
			if len(lines) < want {
				lines = append(lines, strings.TrimSuffix(l, "\r"))
			}
		}
		if !slices.Equal(c.lines, lines) {
			t.Fatalf("%q after %d, %d lines: %q, want %q", text.String(), skip, want, c.lines, lines)
		}
		if mark := text.String()[:c.size]; strings.Count(mark, "\n") != c.passed || mark != "" && !strings.HasSuffix(mark, "\n") {
			t.Fatalf("%q: the mark is line %d, byte %d", text.String(), c.passed, c.size)
		}
	}
}

func TestCutterHasRoomForSoMuch(t *testing.T) {
	c := &lineCutter{want: 10, room: 8}
	_, err := io.Copy(c, strings.NewReader("short\n"+strings.Repeat("long", 100)+"\nmore\n"))
	if !errors.Is(err, errEnough) || !slices.Equal(c.lines, []string{"short", "lon"}) || c.passed != 1 && c.passed != 2 {
		t.Errorf("cut %q after %d lines, %v", c.lines, c.passed, err)
	}
}

// TestCutterNeedsNoMemory passes over a gigabyte.
func TestCutterNeedsNoMemory(t *testing.T) {
	chunk := bytes.Repeat([]byte("a line of a very long log\n"), 1<<13)
	lines := 1 << 13
	c := &lineCutter{skip: 5000 * lines, want: 1, room: 1000}
	allocs := testing.AllocsPerRun(1, func() {
		for range 2500 {
			if _, err := c.Write(chunk); err != nil {
				t.Fatal(err)
			}
		}
	})
	// Of 2500 writes; others in this process may make some.
	if allocs > 1000 || c.passed != 5000*lines || cap(c.part) != 0 {
		t.Errorf("%v allocations, %d lines, %d bytes kept", allocs, c.passed, cap(c.part))
	}
	if _, err := c.Write([]byte("the one\n")); !errors.Is(err, errEnough) || c.lines[0] != "the one" {
		t.Errorf("found %q, %v", c.lines, err)
	}
}

func TestPagesForgetBehind(t *testing.T) {
	var p logPages
	if m := p.before(1, 10); m != (logMark{}) {
		t.Errorf("a mark out of nothing: %+v", m)
	}
	p.keep(1, logMark{line: 10, offset: 100})
	if m := p.before(1, 9); m != (logMark{}) {
		t.Errorf("before the mark: %+v", m)
	}
	if m := p.before(1, 10); m.offset != 100 {
		t.Errorf("at the mark: %+v", m)
	}
	for i := range int64(3 * maxMarks) {
		p.keep(i, logMark{line: 1})
	}
	if len(p.marks) > maxMarks {
		t.Errorf("%d marks", len(p.marks))
	}
}
