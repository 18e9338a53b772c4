package supervisor

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// waiter tells which main processes ended, by one epoll set over all pidfds.
// The set itself is waited for by the runtime's poller, so that no thread is
// blocked however many attempts run.
type waiter struct {
	file *os.File
	conn syscall.RawConn
	fd   int
}

func newWaiter() (*waiter, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("making an epoll set: %w", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	f := os.NewFile(uintptr(fd), "pidfds")
	conn, err := f.SyscallConn()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &waiter{file: f, conn: conn, fd: fd}, nil
}

// watch tells seq once when the process of pidfd has ended.
func (w *waiter) watch(pidfd int, seq uint64) error {
	ev := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLONESHOT, Fd: int32(seq), Pad: int32(seq >> 32)}
	return unix.EpollCtl(w.fd, unix.EPOLL_CTL_ADD, pidfd, &ev)
}

// run sends what ended to out, until close.
func (w *waiter) run(out chan<- []uint64) {
	events := make([]unix.EpollEvent, 256)
	for {
		n := 0
		var waitErr error
		err := w.conn.Read(func(fd uintptr) bool {
			n, waitErr = unix.EpollWait(int(fd), events, 0)
			if errors.Is(waitErr, unix.EINTR) {
				n, waitErr = 0, nil
			}
			return n > 0 || waitErr != nil
		})
		if err != nil || waitErr != nil {
			return // closed
		}
		seqs := make([]uint64, n)
		for i, e := range events[:n] {
			seqs[i] = uint64(uint32(e.Fd)) | uint64(uint32(e.Pad))<<32
		}
		out <- seqs
	}
}

func (w *waiter) close() error { return w.file.Close() }
