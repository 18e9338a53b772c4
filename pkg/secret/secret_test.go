package secret

import (
	"bytes"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func box(t *testing.T, firstBytes ...byte) *Box {
	t.Helper()
	var raw [][]byte
	for _, b := range firstBytes {
		raw = append(raw, bytes.Repeat([]byte{b}, 32))
	}
	b, err := NewBox(raw...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSealAndOpen(t *testing.T) {
	b := box(t, 1)
	for _, plaintext := range []string{"", "p", "päss:word\n\x00", strings.Repeat("x", 1<<16)} {
		sealed := b.Seal(plaintext, "datasource/7")
		if got, err := b.Open(sealed, "datasource/7"); err != nil || got != plaintext {
			t.Errorf("got %q %v", got, err)
		}
		if len(plaintext) > 1 && strings.Contains(sealed, plaintext) {
			t.Error("the plaintext shows")
		}
		if sealed == b.Seal(plaintext, "datasource/7") {
			t.Error("sealing twice gives the same")
		}
		if !IsSealed(sealed) || !b.Current(sealed) {
			t.Errorf("%s is not known as sealed by the current key", sealed)
		}
	}
}

func TestOpenRefusals(t *testing.T) {
	b := box(t, 1)
	sealed := b.Seal("eleven more", "place")
	last := sealed[len(sealed)-1]
	flipped := sealed[:len(sealed)-3] + "AAA"
	cases := []struct {
		name, sealed, aad string
		want              error
	}{
		{"other place", sealed, "elsewhere", ErrTampered},
		{"changed", flipped, "place", ErrTampered},
		{"cut", sealed[:len(sealed)-4], "place", ErrTampered},
		{"too short", "v1:" + b.KeyID() + ":AAAA", "place", ErrFormat},
		{"not base64", "v1:" + b.KeyID() + ":?" + string(last), "place", ErrFormat},
		{"plain", "plaintext", "place", ErrFormat},
		{"empty", "", "place", ErrFormat},
		{"other version", "v2" + sealed[2:], "place", ErrFormat},
	}
	for _, c := range cases {
		if got, err := b.Open(c.sealed, c.aad); !errors.Is(err, c.want) || got != "" {
			t.Errorf("%s: %q %v", c.name, got, err)
		}
	}
	if IsSealed("plaintext") || b.Current("plaintext") {
		t.Error("plain text counts as sealed")
	}
}

func TestRotation(t *testing.T) {
	old := box(t, 1)
	sealed := old.Seal("s", "")
	both := box(t, 2, 1)
	if got, err := both.Open(sealed, ""); err != nil || got != "s" {
		t.Errorf("with the old key behind: %q %v", got, err)
	}
	if both.Current(sealed) || !both.Current(both.Seal("s", "")) {
		t.Error("only what the first key sealed is current")
	}
	_, err := box(t, 2).Open(sealed, "")
	var unknown *UnknownKeyError
	if !errors.As(err, &unknown) || unknown.KeyID != old.KeyID() || !strings.Contains(err.Error(), old.KeyID()) {
		t.Errorf("without the old key: %v", err)
	}
}

func TestNewBoxRefusals(t *testing.T) {
	key := bytes.Repeat([]byte{1}, 32)
	for name, raw := range map[string][][]byte{"none": nil, "short": {key[:16]}, "twice": {key, key}} {
		if _, err := NewBox(raw...); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	first, err := LoadOrCreate(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	again, err := LoadOrCreate(path)
	if err != nil || again.KeyID() != first.KeyID() {
		t.Errorf("a second start has another key: %v", err)
	}
	rotated, err := Rotate(path)
	if err != nil {
		t.Fatal(err)
	}
	if ids := rotated.KeyIDs(); len(ids) != 2 || ids[1] != first.KeyID() {
		t.Errorf("rotated: %v, first was %s", ids, first.KeyID())
	}
	loaded, err := Load(path)
	if err != nil || !slices.Equal(loaded.KeyIDs(), rotated.KeyIDs()) {
		t.Errorf("loaded: %v %v", loaded, err)
	}
	if got, err := loaded.Open(first.Seal("s", "a"), "a"); err != nil || got != "s" {
		t.Errorf("%q %v", got, err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".key-*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestKeyFileIsMadeOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	ids := make([]string, 16)
	var group sync.WaitGroup
	for i := range ids {
		group.Go(func() {
			if b, err := LoadOrCreate(path); err == nil {
				ids[i] = b.KeyID()
			}
		})
	}
	group.Wait()
	if distinct := slices.Compact(slices.Sorted(slices.Values(ids))); len(distinct) != 1 || distinct[0] == "" {
		t.Errorf("several keys: %v", distinct)
	}
}

func TestKeyFileRefusals(t *testing.T) {
	good := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{1}, 32))
	write := func(text string, mode os.FileMode) string {
		path := filepath.Join(t.TempDir(), "keys")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if _, err := Load(write("# two forms\n\n"+good+"\n", 0o600)); err != nil {
		t.Error(err)
	}
	for name, path := range map[string]string{
		"readable by others": write(good, 0o640), "empty": write("", 0o600), "not base64": write("canary!", 0o600),
		"short": write("AAAA", 0o600), "three words": write("a b "+good, 0o600),
		"missing folder": filepath.Join(t.TempDir(), "no", "keys"),
	} {
		_, err := LoadOrCreate(path)
		if err == nil {
			t.Errorf("%s: accepted", name)
		} else if strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: the error shows the line", name)
		}
	}
}

func TestTokens(t *testing.T) {
	a, b := NewToken(), NewToken()
	if len(a) != 64 || a == b || len(NewShortToken()) != 32 || NewShortToken() == NewShortToken() {
		t.Errorf("%s %s", a, b)
	}
	if got := HashToken("abc"); got != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
		t.Errorf("hash %s", got)
	}
	if !MatchesHash(a, HashToken(a)) || MatchesHash(a, HashToken(b)) || MatchesHash(a, "") {
		t.Error("a token does not match its own hash only")
	}
	if !Equal("x", "x") || Equal("x", "y") || Equal("x", "xx") {
		t.Error("comparison is wrong")
	}
}
