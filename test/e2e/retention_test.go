package e2e

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// sweeps removes what is old while the server runs, from the command line. The
// worker has a log of an attempt that nobody knows any more.
func sweeps(s *story) {
	home := s.c.Workers[0].Dir
	orphan := filepath.Join(home, "worker", "logs", "900000", "900000001.log")
	if err := os.MkdirAll(filepath.Dir(orphan), 0o700); err != nil {
		s.Fatal(err)
	}
	old := time.Now().AddDate(0, 0, -3)
	if err := errors.Join(os.WriteFile(orphan, []byte("what was said\n"), 0o600), os.Chtimes(orphan, old, old)); err != nil {
		s.Fatal(err)
	}
	o := newOperator(s.T, s.c)
	o.must("ctl", "retention", "set", "--cache-days", "90")
	o.has([]string{"(all others)", " 90"}, "ctl", "retention", "show")
	o.has([]string{"would be removed: logs of attempts that are gone: in the store 0, on workers 1 (14 B)", "kept for 90 days"}, "ctl", "retention", "run", "--dry-run")
	if _, err := os.Stat(orphan); err != nil {
		s.Errorf("counting removed it: %v", err)
	}
	o.has([]string{"removed: logs of attempts that are gone: in the store 0, on workers 1 (14 B)"}, "ctl", "retention", "run")
	if _, err := os.Stat(orphan); !errors.Is(err, fs.ErrNotExist) {
		s.Errorf("the log is still there: %v", err)
	}
	o.has([]string{`"state": "DONE"`, `"dryRun": false`}, "ctl", "retention", "last", "-o", "json")
	o.ends(1, "use porpoise ctl", "retention", "show", "--database", "sqlite://"+filepath.Join(home, "porpoise.db"))
}
