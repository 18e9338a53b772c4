package supervisor

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/proto/supervisorpb"
	"github.com/porpoise-scheduler/porpoise/worker/internal/contain"
)

// BenchmarkStart compares attempts through the supervisor (socket, container,
// log, exit record) with a bare fork, exec and wait in this process: the
// ratio is what counts.
func BenchmarkStart(b *testing.B) {
	for _, width := range []int{1, 16} {
		b.Run(fmt.Sprintf("bare/width=%d", width), func(b *testing.B) { benchBare(b, width) })
		for _, mode := range []contain.Mode{contain.Cgroup, contain.Namespace, contain.Group} {
			b.Run(fmt.Sprintf("%s/width=%d", mode, width), func(b *testing.B) { benchSupervised(b, mode, width) })
		}
	}
}

func benchBare(b *testing.B, width int) {
	out, err := os.OpenFile(filepath.Join(b.TempDir(), "out"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		b.Fatal(err)
	}
	defer out.Close()
	var wg sync.WaitGroup
	work := make(chan int)
	for range width {
		wg.Go(func() {
			for range work {
				pid, err := syscall.ForkExec("/bin/sh", []string{"sh", "-c", "true"}, &syscall.ProcAttr{
					Env: []string{"PATH=/usr/bin:/bin"}, Files: []uintptr{0, out.Fd(), out.Fd()}})
				if err != nil {
					b.Error(err)
					return
				}
				var ws syscall.WaitStatus
				if _, err := syscall.Wait4(pid, &ws, 0, nil); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for i := range b.N {
		work <- i
	}
	close(work)
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "starts/s")
}

func benchSupervised(b *testing.B, mode contain.Mode, width int) {
	r := newRig(b, mode)
	work := filepath.Join(r.dir, "work")
	change := func(s *supervisorpb.Start) { s.WorkDir = work }
	cpu := cpuTime(b, r.cmd.Process.Pid)
	b.ResetTimer()
	sent := 0
	for done := 0; done < b.N; {
		for ; sent < b.N && sent-done < width; sent++ {
			r.startIn(int64(sent+1), "true", change)
		}
		done = r.client.untilMore(done)
	}
	b.ReportMetric(float64((cpuTime(b, r.cmd.Process.Pid)-cpu).Microseconds())/float64(b.N), "supervisor-cpu-µs/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "starts/s")
}

// cpuTime is what the process itself used, without its children: unlike the
// rate it hardly depends on what else the machine does.
func cpuTime(b *testing.B, pid int) time.Duration {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		b.Fatal(err)
	}
	f := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	user, err1 := strconv.Atoi(f[11])
	system, err2 := strconv.Atoi(f[12])
	if err := errors.Join(err1, err2); err != nil {
		b.Fatal(err)
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}

// BenchmarkSleepers reports the supervisor's memory and threads with many
// attempts that do nothing.
func BenchmarkSleepers(b *testing.B) {
	const n = 10_000
	for b.Loop() {
		r := newRig(b, "")
		before := procField(b, r.cmd.Process.Pid, "VmRSS")
		for i := range n {
			r.startIn(int64(i+1), "", func(s *supervisorpb.Start) {
				s.Path, s.Args, s.WorkDir = "/bin/sleep", []string{"1000"}, filepath.Join(r.dir, "work")
				s.LogPath = os.DevNull
			})
		}
		for i := range n {
			r.client.untilRunning(int64(i + 1))
		}
		b.ReportMetric(float64(before)/1024, "idle-MB")
		b.ReportMetric(float64(procField(b, r.cmd.Process.Pid, "VmRSS"))/1024, "MB")
		b.ReportMetric(float64(procField(b, r.cmd.Process.Pid, "Threads")), "threads")
		begun := time.Now()
		for i := range n {
			r.kill(int64(i+1), 0)
		}
		r.client.untilCount(n)
		b.ReportMetric(time.Since(begun).Seconds(), "kill-s")
	}
}

func procField(b *testing.B, pid int, name string) int {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		b.Fatal(err)
	}
	for line := range bytes.Lines(data) {
		if v, ok := strings.CutPrefix(string(line), name+":"); ok {
			n, err := strconv.Atoi(strings.Fields(v)[0])
			if err != nil {
				b.Fatal(err)
			}
			return n
		}
	}
	b.Fatalf("no %s", name)
	return 0
}

// startIn is start without making a work directory.
func (r *rig) startIn(id int64, script string, change func(*supervisorpb.Start)) {
	s := &supervisorpb.Start{
		AttemptId: id, Path: "/bin/sh", Args: []string{"-c", script}, Env: []string{"PATH=/usr/bin:/bin"},
		LogPath: r.logPath(id % 64), Uid: -1, Tag: []byte("tag"),
	}
	change(s)
	r.client.send(&supervisorpb.Request{Msg: &supervisorpb.Request_Start{Start: s}})
}

// untilMore waits for more ends than n and gives their number.
func (c *client) untilMore(n int) int {
	for {
		c.mu.Lock()
		ended, change := c.ended, c.change
		c.mu.Unlock()
		if ended > n {
			return ended
		}
		select {
		case <-change:
		case <-time.After(20 * time.Second):
			c.t.Fatalf("nothing ends after %d", ended)
		}
	}
}
