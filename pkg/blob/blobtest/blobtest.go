// Package blobtest is the suite that every blob store passes.
package blobtest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/porpoise-scheduler/porpoise/pkg/blob"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Run exercises the stores that newStore makes, each of them empty.
func Run(t *testing.T, newStore func(t *testing.T) blob.Store) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, s blob.Store)
	}{
		{"a blob comes and goes", comesAndGoes},
		{"contents survive", contents},
		{"ranges", ranges},
		{"replacing", replacing},
		{"a failed put changes nothing", failedPut},
		{"an ended context", endedContext},
		{"bad keys", badKeys},
		{"missing blobs", missing},
		{"listing", listing},
		{"listing stops", listingStops},
		{"readers see whole blobs", wholeBlobs},
		{"folders are shared", sharedFolders},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStore(t)
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Errorf("closing: %v", err)
				}
			})
			c.test(t, s)
		})
	}
}

func mustPut(t *testing.T, s blob.Store, key, text string) {
	t.Helper()
	if err := s.Put(t.Context(), key, strings.NewReader(text), int64(len(text))); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, s blob.Store, key string, offset, limit int64) string {
	t.Helper()
	r, err := s.Get(t.Context(), key, offset, limit)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func keys(t *testing.T, s blob.Store, prefix string) []string {
	t.Helper()
	found := []string{}
	for info, err := range s.List(t.Context(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, info.Key)
	}
	slices.Sort(found)
	return found
}

func comesAndGoes(t *testing.T, s blob.Store) {
	const key = "logs/20260101/1/2.log"
	mustPut(t, s, key, "hello")
	info, err := s.Stat(t.Context(), key)
	if err != nil || info.Key != key || info.Size != 5 || info.ModTime.IsZero() {
		t.Errorf("%+v %v", info, err)
	}
	if got := read(t, s, key, 0, 0); got != "hello" {
		t.Errorf("got %q", got)
	}
	for range 2 {
		if err := s.Delete(t.Context(), key); err != nil {
			t.Errorf("deleting: %v", err)
		}
	}
	if _, err := s.Stat(t.Context(), key); workflow.ErrorCode(err) != workflow.NotFound {
		t.Errorf("after deleting: %v", err)
	}
	if got := keys(t, s, ""); len(got) != 0 {
		t.Errorf("left: %v", got)
	}
}

func contents(t *testing.T, s blob.Store) {
	big := bytes.Repeat([]byte("0123456789abcdef"), 17<<16) // more than one part of an upload
	for name, data := range map[string][]byte{"empty": {}, "binary": {0, 0xff, '\r', '\n'}, "big": big} {
		for _, size := range []int64{int64(len(data)), -1} {
			if err := s.Put(t.Context(), name, iotest.OneByteReader(bytes.NewReader(data[:min(len(data), 64)])), min(size, 64)); err != nil {
				t.Fatalf("%s by single bytes: %v", name, err)
			}
			if err := s.Put(t.Context(), name, bytes.NewReader(data), size); err != nil {
				t.Fatalf("%s with size %d: %v", name, size, err)
			}
			if got := read(t, s, name, 0, 0); got != string(data) {
				t.Errorf("%s with size %d: got %d bytes of %d", name, size, len(got), len(data))
			}
		}
	}
	if err := s.Put(t.Context(), "head", strings.NewReader("head and more"), 4); err != nil {
		t.Fatal(err)
	}
	if got := read(t, s, "head", 0, 0); got != "head" {
		t.Errorf("of a longer reader: %q", got)
	}
}

func ranges(t *testing.T, s blob.Store) {
	mustPut(t, s, "k", "0123456789")
	mustPut(t, s, "empty", "")
	for _, c := range []struct {
		offset, limit int64
		want          string
	}{
		{0, 0, "0123456789"}, {0, 1, "0"}, {0, 4, "0123"}, {3, 0, "3456789"}, {3, 2, "34"}, {9, 1, "9"}, {9, 5, "9"},
		{10, 0, ""}, {10, 5, ""}, {99, 0, ""}, {99, 5, ""}, {0, 99, "0123456789"},
	} {
		if got := read(t, s, "k", c.offset, c.limit); got != c.want {
			t.Errorf("%d bytes from %d: %q, want %q", c.limit, c.offset, got, c.want)
		}
	}
	if got := read(t, s, "empty", 0, 5) + read(t, s, "empty", 5, 0); got != "" {
		t.Errorf("of nothing: %q", got)
	}
	for _, c := range [][2]int64{{-1, 0}, {0, -1}} {
		if _, err := s.Get(t.Context(), "k", c[0], c[1]); workflow.ErrorCode(err) != workflow.Invalid {
			t.Errorf("%v: %v", c, err)
		}
	}
}

func replacing(t *testing.T, s blob.Store) {
	mustPut(t, s, "a/k", "a long first version")
	mustPut(t, s, "a/k", "second")
	if got := read(t, s, "a/k", 0, 0); got != "second" {
		t.Errorf("got %q", got)
	}
}

func failedPut(t *testing.T, s blob.Store) {
	mustPut(t, s, "old", "old")
	broken := errors.New("broken")
	for _, key := range []string{"old", "new"} {
		if err := s.Put(t.Context(), key, strings.NewReader("short"), 6); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s with a short reader: %v", key, err)
		}
		for _, size := range []int64{10, -1} {
			r := io.MultiReader(strings.NewReader("begin"), iotest.ErrReader(broken))
			if err := s.Put(t.Context(), key, r, size); err == nil {
				t.Errorf("%s with a broken reader and size %d: no error", key, size)
			}
		}
	}
	if diff := cmp.Diff([]string{"old"}, keys(t, s, "")); diff != "" {
		t.Error(diff)
	}
	if got := read(t, s, "old", 0, 0); got != "old" {
		t.Errorf("got %q", got)
	}
}

func endedContext(t *testing.T, s blob.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Put(ctx, "k", strings.NewReader("v"), 1); !errors.Is(err, context.Canceled) {
		t.Errorf("put: %v", err)
	}
	if got := keys(t, s, ""); len(got) != 0 {
		t.Errorf("put anyway: %v", got)
	}
}

func badKeys(t *testing.T, s blob.Store) {
	for _, key := range []string{"", "/etc/passwd", "../outside", "a/../../outside", "a/..", ".", "a//b", "a/", "a\x00b", `..\outside`, ".incoming/x"} {
		_, getErr := s.Get(t.Context(), key, 0, 0)
		_, statErr := s.Stat(t.Context(), key)
		for name, err := range map[string]error{
			"put": s.Put(t.Context(), key, strings.NewReader("v"), 1), "get": getErr, "stat": statErr, "delete": s.Delete(t.Context(), key),
		} {
			if workflow.ErrorCode(err) != workflow.Invalid {
				t.Errorf("%s %q: %v", name, key, err)
			}
		}
	}
	for _, prefix := range []string{"../", "/", "a/../../"} {
		for info, err := range s.List(t.Context(), prefix) {
			if workflow.ErrorCode(err) != workflow.Invalid {
				t.Errorf("listing %q: %v %v", prefix, info, err)
			}
		}
	}
}

func missing(t *testing.T, s blob.Store) {
	mustPut(t, s, "folder/k", "v")
	for _, key := range []string{"none", "no/such/folder", "folder"} {
		_, getErr := s.Get(t.Context(), key, 0, 0)
		_, statErr := s.Stat(t.Context(), key)
		for name, err := range map[string]error{"get": getErr, "stat": statErr} {
			if workflow.ErrorCode(err) != workflow.NotFound {
				t.Errorf("%s %s: %v", name, key, err)
			}
		}
		if err := s.Delete(t.Context(), key); err != nil {
			t.Errorf("delete %s: %v", key, err)
		}
	}
	if got := read(t, s, "folder/k", 0, 0); got != "v" {
		t.Errorf("got %q", got)
	}
}

func listing(t *testing.T, s blob.Store) {
	all := []string{"a", "ab", "b/1", "b/2", "b/c/3", "bb/4", "数据/日志.log"}
	for _, key := range all {
		mustPut(t, s, key, key)
	}
	for prefix, want := range map[string][]string{
		"": all, "a": {"a", "ab"}, "b": {"b/1", "b/2", "b/c/3", "bb/4"}, "b/": {"b/1", "b/2", "b/c/3"}, "b/c": {"b/c/3"},
		"b/c/3": {"b/c/3"}, "b/c/3/": {}, "none": {}, "none/": {}, "数": {"数据/日志.log"},
	} {
		if diff := cmp.Diff(want, keys(t, s, prefix)); diff != "" {
			t.Errorf("prefix %q: %s", prefix, diff)
		}
	}
	for info, err := range s.List(t.Context(), "") {
		if err != nil || info.Size != int64(len(info.Key)) || info.ModTime.IsZero() {
			t.Errorf("%+v %v", info, err)
		}
	}
}

func listingStops(t *testing.T, s blob.Store) {
	for _, key := range []string{"a/1", "a/2", "b/3"} {
		mustPut(t, s, key, "v")
	}
	seen := 0
	for range s.List(t.Context(), "") {
		seen++
		break
	}
	if seen != 1 {
		t.Errorf("went on for %d", seen)
	}
}

// wholeBlobs replaces one blob by versions of equal bytes while others read it.
func wholeBlobs(t *testing.T, s blob.Store) {
	version := func(i int) string { return strings.Repeat(string(rune('a'+i%26)), 1+i*1000) }
	mustPut(t, s, "k", version(0))
	var group sync.WaitGroup
	for w := range 4 {
		group.Go(func() {
			for i := w; i < 20; i += 4 {
				text := version(i)
				if err := s.Put(t.Context(), "k", strings.NewReader(text), int64(len(text))); err != nil {
					t.Error(err)
				}
			}
		})
		group.Go(func() {
			for range 20 {
				r, err := s.Get(t.Context(), "k", 0, 0)
				if err != nil {
					t.Error(err)
					return
				}
				data, err := io.ReadAll(r)
				_ = r.Close()
				if err != nil || len(data)%1000 != 1 || strings.Trim(string(data), string(data[:1])) != "" {
					t.Errorf("a mixture of %d bytes, %v", len(data), err)
				}
			}
		})
	}
	group.Wait()
}

// sharedFolders puts and deletes blobs of the same folders at once.
func sharedFolders(t *testing.T, s blob.Store) {
	var group sync.WaitGroup
	for w := range 4 {
		key := "deep/er/folder/" + string(rune('a'+w))
		group.Go(func() {
			for range 25 {
				if err := s.Put(t.Context(), key, strings.NewReader("v"), 1); err != nil {
					t.Error(err)
				}
				if err := s.Delete(t.Context(), key); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if got := keys(t, s, ""); len(got) != 0 {
		t.Errorf("left: %v", got)
	}
}
