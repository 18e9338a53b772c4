package journal

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func open(t *testing.T, path string) (*Log, []string) {
	t.Helper()
	var got []string
	l, err := Open(path, func(kind byte, payload []byte) error {
		got = append(got, fmt.Sprintf("%d:%s", kind, payload))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l, got
}

func TestRecordsAreReadBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	l, _ := open(t, path)
	l.Add(1, []byte("one"))
	l.Add(2, nil)
	if err := l.Flush(true); err != nil {
		t.Fatal(err)
	}
	l.Add(3, []byte("three"))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	_, got := open(t, path)
	if diff := cmp.Diff([]string{"1:one", "2:", "3:three"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestCutOrDamagedTailIsDropped(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"cut in payload": func(b []byte) []byte { return b[:len(b)-2] },
		"cut in header":  func(b []byte) []byte { return b[:len(b)-8] },
		"flipped bit":    func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"zeros appended": func(b []byte) []byte { return append(b[:len(b)-12], make([]byte, 64)...) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "j")
			l, _ := open(t, path)
			l.Add(1, []byte("one"))
			l.Add(1, []byte("two"))
			l.Close()
			b, _ := os.ReadFile(path)
			os.WriteFile(path, damage(b), 0o600)

			l, got := open(t, path)
			if len(got) == 0 || got[0] != "1:one" {
				t.Fatalf("the intact record is gone: %q", got)
			}
			for _, r := range got[1:] {
				if r == "1:two" {
					t.Error("the damaged record was told")
				}
			}
			l.Add(7, []byte("after"))
			l.Close()
			if _, again := open(t, path); again[len(again)-1] != "7:after" {
				t.Errorf("appending after the damage: %q", again)
			}
		})
	}
}

func TestCompactKeepsTheLiving(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	l, _ := open(t, path)
	for range 100_000 {
		l.Add(1, make([]byte, 64))
	}
	l.Flush(false)
	if !l.Crowded() {
		t.Fatal("6 MB is not crowded")
	}
	if err := l.Compact(func(add func(byte, []byte)) { add(1, []byte("live")) }); err != nil {
		t.Fatal(err)
	}
	l.Add(2, []byte("next"))
	l.Close()
	_, got := open(t, path)
	if diff := cmp.Diff([]string{"1:live", "2:next"}, got); diff != "" {
		t.Error(diff)
	}
}
