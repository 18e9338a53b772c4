package supervisor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

const (
	socketName = "supervisor.sock"
	lockName   = "supervisor.lock"
	// maxMessage lets an inventory of very many attempts through.
	maxMessage = 256 << 20
	// window is how much may be on its way. One of a fixed size is not measured,
	// which would take a ping and its answer for nearly every message.
	window = 1 << 20
)

// Dial gives a connection to the supervisor of a data directory. It connects
// when it is first used.
func Dial(dir string) (*grpc.ClientConn, error) {
	return grpc.NewClient("passthrough:///supervisor",
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return dialSocket(ctx, dir)
		}),
		grpc.WithStaticStreamWindowSize(window), grpc.WithStaticConnWindowSize(window),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.MaxCallSendMsgSize(maxMessage)))
}

// atDir calls f with a short path of dir: the address of a unix socket holds
// 107 bytes, a data directory's path may have more.
func atDir[T any](dir string, f func(dir string) (T, error)) (T, error) {
	var none T
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return none, &os.PathError{Op: "open", Path: dir, Err: err}
	}
	defer unix.Close(fd)
	return f(fmt.Sprintf("/proc/self/fd/%d", fd))
}

func dialSocket(ctx context.Context, dir string) (net.Conn, error) {
	return atDir(dir, func(short string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", filepath.Join(short, socketName))
	})
}

// listenSocket replaces a dead supervisor's socket: the caller holds the lock.
func listenSocket(dir string) (net.Listener, error) {
	if err := os.Remove(filepath.Join(dir, socketName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return atDir(dir, func(short string) (net.Listener, error) {
		l, err := net.Listen("unix", filepath.Join(short, socketName))
		if u, ok := l.(*net.UnixListener); ok {
			u.SetUnlinkOnClose(false) // the short path is valid now only
		}
		return l, err
	})
}

// lockDir makes this the only supervisor of dir until the file is closed or
// the process dies. It waits for one that is about to end.
func lockDir(ctx context.Context, dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) || !wait(ctx, lockRetry) {
			return nil, errors.Join(fmt.Errorf("another supervisor holds %s: %w", dir, err), f.Close())
		}
	}
}
