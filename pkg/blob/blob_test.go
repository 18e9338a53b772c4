package blob

import (
	"path"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func badKeys() []string {
	return []string{
		"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/..", "a/../b", "a/./b", "./a", "a\x00b", "a\nb", `a\b`, `..\a`,
		"a\xff", "\x7f", ".incoming", ".incoming/a", strings.Repeat("a", MaxSegment+1), strings.Repeat("a/", MaxKey),
	}
}

func TestCheckKey(t *testing.T) {
	for _, key := range badKeys() {
		if err := CheckKey(key); workflow.ErrorCode(err) != workflow.Invalid {
			t.Errorf("%q: %v", key, err)
		}
	}
	for _, key := range []string{
		"a", "a/b/c.txt", "..a", "a..", "...", "a b", "数据/日志.log", ".hidden", "a/.incoming", "a:b", strings.Repeat("a", MaxSegment),
	} {
		if err := CheckKey(key); err != nil {
			t.Errorf("%q: %v", key, err)
		}
	}
}

func TestCheckPrefix(t *testing.T) {
	for _, prefix := range []string{"", "a", "a/", "a/b", ".", "a/."} {
		if err := CheckPrefix(prefix); err != nil {
			t.Errorf("%q: %v", prefix, err)
		}
	}
	for _, prefix := range []string{"/", "../", "a/../", "a/../b", "a//", "\x00", "a/\x00"} {
		if err := CheckPrefix(prefix); workflow.ErrorCode(err) != workflow.Invalid {
			t.Errorf("%q: %v", prefix, err)
		}
	}
}

func FuzzCheckKey(f *testing.F) {
	for _, key := range append(badKeys(), "a/b", "a/.hidden") {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		if CheckKey(key) != nil {
			return
		}
		if path.IsAbs(key) || path.Clean(key) != key || strings.HasPrefix(key, "../") || strings.ContainsRune(key, 0) {
			t.Errorf("%q is not a plain relative path", key)
		}
		if err := CheckPrefix(key); err != nil {
			t.Errorf("%q is a key, but no prefix: %v", key, err)
		}
	})
}
