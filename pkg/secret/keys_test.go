package secret

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestKeysAreFollowed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret.key")
	ours, err := OpenKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := OpenKeys(path) // another process
	if err != nil {
		t.Fatal(err)
	}
	old := theirs.Box().Seal("text", "place")
	if err := ours.Rotate(); err != nil {
		t.Fatal(err)
	}
	sealed := ours.Box().Seal("text", "place")
	if got, err := theirs.Box().Open(sealed, "place"); err != nil || got != "text" {
		t.Errorf("the other process opens %q, %v", got, err)
	}
	if theirs.Box().Current(old) || !theirs.Box().Current(theirs.Box().Seal("x", "y")) {
		t.Error("the other process seals with the old key")
	}
	if err := ours.DropOld(); err != nil {
		t.Fatal(err)
	}
	if err := ours.DropOld(); err != nil {
		t.Errorf("dropping again: %v", err)
	}
	var unknown *UnknownKeyError
	if _, err := theirs.Box().Open(old, "place"); !errors.As(err, &unknown) {
		t.Errorf("the old key is still known: %v", err)
	}
	if n := len(theirs.Box().KeyIDs()); n != 1 {
		t.Errorf("%d keys are left", n)
	}
}

func TestKeysOutliveTheirFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret.key")
	keys, err := OpenKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	sealed := keys.Box().Seal("text", "place")
	if err := os.WriteFile(path, []byte("nonsense, and longer than a key is as a line of the file"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Box().Open(sealed, "place"); err != nil {
		t.Errorf("with nonsense in the file: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Box().Open(sealed, "place"); err != nil {
		t.Errorf("without the file: %v", err)
	}
	if err := keys.Rotate(); err == nil {
		t.Error("a file that is gone was rotated")
	}
}

// TestKeysStayWithTheirOwner: root adds keys to a file that servers read as
// somebody else.
func TestKeysStayWithTheirOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	path := filepath.Join(t.TempDir(), "secret.key")
	keys, err := OpenKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	const server = 12345
	if err := os.Chown(path, server, server); err != nil {
		t.Fatal(err)
	}
	isServers := func(after string) {
		t.Helper()
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if owner := info.Sys().(*syscall.Stat_t); owner.Uid != server || owner.Gid != server || info.Mode().Perm() != 0o600 {
			t.Errorf("after %s the file belongs to %d:%d, mode %v", after, owner.Uid, owner.Gid, info.Mode())
		}
	}
	if err := keys.Rotate(); err != nil {
		t.Fatal(err)
	}
	isServers("adding a key")
	if err := keys.DropOld(); err != nil {
		t.Fatal(err)
	}
	isServers("dropping keys")
}
