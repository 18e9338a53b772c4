package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/shirou/gopsutil/v4/disk"

	"github.com/porpoise-scheduler/porpoise/pkg/secret"
)

// Limits of space and speed.
const (
	fewBytes    = 2 << 30
	noBytes     = 200 << 20
	slowSync    = 25 * time.Millisecond
	uselessSync = 250 * time.Millisecond
	syncs       = 15
)

// Space looks at how much is free where a folder is, or will be.
func Space(name, dir string) Check {
	return Check{name, func(ctx context.Context) []Finding {
		at := existing(dir)
		usage, err := disk.UsageWithContext(ctx, at)
		if err != nil {
			return one(Finding{Status: Fail, Found: fmt.Sprintf("%s: %v", at, err), Do: "give a folder that is there by --data-dir"})
		}
		f := ok("%s: %s free of %s", dir, size(usage.Free), size(usage.Total))
		switch {
		case usage.Free < noBytes:
			f.Status, f.Do = Fail, "free space on this disk, or move the data folder by --data-dir"
		case usage.Free < fewBytes, usage.UsedPercent > 95:
			f.Status, f.Do = Warn, "free space soon: logs, resources and the database grow; see porpoise retention"
		case usage.InodesTotal > 0 && usage.InodesUsedPercent > 95:
			f.Status, f.Found, f.Do = Warn, f.Found+fmt.Sprintf(", %.0f%% of inodes used", usage.InodesUsedPercent), "free inodes: small files use them up"
		}
		return one(f)
	}}
}

// Sync measures how long it takes until what is written is on the disk.
// Journals and databases wait for that all the time.
func Sync(dir string) Check {
	return Check{"disk speed", func(ctx context.Context) []Finding {
		at := existing(dir)
		median, err := measure(ctx, at)
		if errors.Is(err, fs.ErrPermission) {
			return one(Finding{Status: Fail, Found: fmt.Sprintf("%s cannot be written", at), Do: "run this as the user of the server, or give that user the folder: chown -R USER " + at})
		}
		if err != nil {
			return one(Finding{Status: Fail, Found: err.Error(), Do: "the server cannot keep anything there"})
		}
		f := ok("%s: a write is safe after %v", at, median.Round(10*time.Microsecond))
		switch {
		case median > uselessSync:
			f.Status, f.Do = Fail, "use a local disk for --data-dir: nothing goes fast on this one"
		case median > slowSync:
			f.Status, f.Do = Warn, "every start of a task waits for this disk; a local SSD takes less than 5ms"
		}
		return one(f)
	}}
}

func measure(ctx context.Context, dir string) (median time.Duration, err error) {
	f, err := os.CreateTemp(dir, ".porpoise-doctor-*")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	block := make([]byte, 4096)
	times := make([]time.Duration, 0, syncs)
	for range syncs {
		begun := time.Now()
		if _, err := f.Write(block); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
		times = append(times, time.Since(begun))
		if ctx.Err() != nil {
			break
		}
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}

// existing gives the folder, or the one above it that is there.
func existing(dir string) string {
	for {
		if info, err := os.Stat(dir); err == nil && info.IsDir() || dir == filepath.Dir(dir) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

// Key looks at the file that stored secrets are sealed with.
func Key(file string, shared bool) Check {
	return Check{"key file", func(context.Context) []Finding {
		_, err := secret.Load(file)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			f := Finding{Status: Note, Found: file + " is not there; the first start makes it"}
			if shared {
				f.Status, f.Do = Warn, "all servers of a cluster need the same: copy it from the first one, with mode 0600"
			}
			return one(f)
		case err != nil:
			return one(Finding{Status: Fail, Found: err.Error(), Do: "chmod 600 " + file + "; it must be readable by the server's user; a lost key is restored from the backup"})
		}
		return one(ok("%s can be read by its owner only", file))
	}}
}

func size(n uint64) string {
	const unit = 1024
	value, name := float64(n), "B"
	for _, next := range []string{"KiB", "MiB", "GiB", "TiB", "PiB"} {
		if value < unit {
			break
		}
		value, name = value/unit, next
	}
	return fmt.Sprintf("%.1f %s", value, name)
}
