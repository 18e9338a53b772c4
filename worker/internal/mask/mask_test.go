package mask

import (
	"bytes"
	"strings"
	"testing"
)

// TestEverySplit cuts texts in two and into single bytes: what comes out must
// not depend on that.
func TestEverySplit(t *testing.T) {
	s := New("hunter2-secret", "secret", "aabaab", "abc", "")
	for text, want := range map[string]string{
		"password=hunter2-secret;":    "password=******;",
		"a secret and secret":         "a ****** and ******",
		"hunter2-hunter2-secretsecre": "hunter2-******secre",
		"aabaabaab":                   "******aab",
		"aaaabaab":                    "aa******",
		"abc is too short":            "abc is too short",
		"hunter2-secre":               "hunter2-secre",
		"hunter2-se secret\nx":        "hunter2-se ******\nx",
		"":                            "",
	} {
		if got := s.Text(text); got != want {
			t.Errorf("%q became %q", text, got)
		}
		for cut := range len(text) {
			var out bytes.Buffer
			w := s.Writer(&out)
			for _, piece := range []string{text[:cut], text[cut:]} {
				if n, err := w.Write([]byte(piece)); n != len(piece) || err != nil {
					t.Fatal(n, err)
				}
			}
			if err := w.Flush(); err != nil || out.String() != want {
				t.Errorf("%q cut at %d became %q, %v", text, cut, out.String(), err)
			}
		}
		var out bytes.Buffer
		w := s.Writer(&out)
		for _, b := range []byte(text) {
			_, _ = w.Write([]byte{b})
		}
		if _ = w.Flush(); out.String() != want {
			t.Errorf("%q byte by byte became %q", text, out.String())
		}
	}
}

// TestNothingIsHeldBackForLong checks that a follower of a log sees lines as
// they are written.
func TestNothingIsHeldBackForLong(t *testing.T) {
	var out bytes.Buffer
	w := New("hunter2").Writer(&out)
	_, _ = w.Write([]byte("line with hunter at its end\n"))
	if !strings.HasSuffix(out.String(), "end\n") {
		t.Errorf("%q", out.String())
	}
}
