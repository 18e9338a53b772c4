package logs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"context"
)

// aged makes an ended log that was last written to some time ago.
func aged(t *testing.T, s *Store, attempt int64, age time.Duration) {
	t.Helper()
	w := s.NewWriter(attempt, 0, says("head"))
	if _, err := w.Write([]byte("a word\n")); err != nil {
		t.Fatal(err)
	}
	w.End(true, says("done"))
	old(t, s.Path(attempt), age)
}

func old(t *testing.T, path string, age time.Duration) {
	t.Helper()
	if err := os.Chtimes(path, time.Time{}, time.Now().Add(-age)); err != nil {
		t.Fatal(err)
	}
}

func exists(t *testing.T, path string) bool {
	t.Helper()
	_, err := os.Stat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return err == nil
}

func TestExpire(t *testing.T) {
	s := newStore(t, nil)
	aged(t, s, 1, 3*time.Hour)
	aged(t, s, 2, time.Hour)
	aged(t, s, 3001, 3*time.Hour)
	if _, err := s.Begin(4, "still running"); err != nil {
		t.Fatal(err)
	}
	old(t, s.Path(4), 3*time.Hour)
	foreign := filepath.Join(s.dir, "0", "notes.txt")
	if err := os.WriteFile(foreign, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	old(t, foreign, 3*time.Hour)

	n, err := s.Expire(t.Context(), time.Now().Add(-2*time.Hour))
	if n != 2 || err != nil {
		t.Errorf("removed %d, %v; want 2", n, err)
	}
	for path, want := range map[string]bool{s.Path(1): false, s.Path(2): true, s.Path(3001): false, s.Path(4): true, foreign: true} {
		if exists(t, path) != want {
			t.Errorf("%s exists: %v", path, !want)
		}
	}
}

// TestEmptyFolders checks that a folder goes once it has been empty for long,
// and that whoever needs it finds it again.
func TestEmptyFolders(t *testing.T) {
	s := newStore(t, nil)
	aged(t, s, 3001, 3*time.Hour)
	folder := filepath.Dir(s.Path(3001))
	drop := func(want bool) {
		t.Helper()
		if err := s.dropEmpty(t.Context(), time.Now().Add(-2*time.Hour)); err != nil || exists(t, folder) != want {
			t.Errorf("the folder exists: %v, %v", exists(t, folder), err)
		}
	}
	old(t, folder, 3*time.Hour)
	drop(true) // there is a log
	if n, err := s.Expire(t.Context(), time.Now()); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	drop(true) // somebody may be about to write there
	old(t, folder, 3*time.Hour)
	drop(false)
	if _, err := s.Begin(3002, "again"); err != nil {
		t.Errorf("after the folder went: %v", err)
	}
}

func TestExpireKeepsWhatIsToBeShipped(t *testing.T) {
	s := newStore(t, &flaky{blobs: map[string]string{}, stored: make(chan string, 1)}) // nobody ships
	aged(t, s, 1, 3*time.Hour)
	if n, err := s.Expire(t.Context(), time.Now()); n != 0 || err != nil || !exists(t, s.Path(1)) {
		t.Errorf("removed %d, %v", n, err)
	}
	if err := os.Remove(s.ship.mark(1)); err != nil { // shipped
		t.Fatal(err)
	}
	if n, err := s.Expire(t.Context(), time.Now()); n != 1 || err != nil {
		t.Errorf("removed %d, %v", n, err)
	}
}

func TestRunRetention(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, err := New(dir, nil, newStore(t, nil).log)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); s.RunRetention(ctx, 24*time.Hour) }()
		aged(t, s, 1, 25*time.Hour)
		synctest.Wait()
		if !exists(t, s.Path(1)) {
			t.Error("removed before it is known what runs")
		}
		s.Recovered()
		synctest.Wait()
		if exists(t, s.Path(1)) {
			t.Error("not removed at the start")
		}
		aged(t, s, 2, 25*time.Hour)
		time.Sleep(lookEvery + time.Minute)
		synctest.Wait()
		if exists(t, s.Path(2)) {
			t.Error("not removed later")
		}
		cancel()
		<-ended
	})
}

func TestAttemptOf(t *testing.T) {
	for key, want := range map[string]int64{Key(1): 1, Key(1234567): 1234567} {
		if id, ok := AttemptOf(key); id != want || !ok {
			t.Errorf("%s is of %d, %v", key, id, ok)
		}
	}
	for _, key := range []string{"logs/x.log", "logs/1", "logs/01.log", "1.log", "else/1.log", "logs/1.log.log", ""} {
		if _, ok := AttemptOf(key); ok {
			t.Errorf("%s counts as a log", key)
		}
	}
}
