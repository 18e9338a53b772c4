package ctl

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// readHidden reads a line of a terminal that does not show it, and puts the
// terminal back also when ctx ends.
func readHidden(ctx context.Context, in *os.File) (string, error) {
	fd := int(in.Fd())
	before, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return "", fmt.Errorf("asking for a password: %w", err)
	}
	hidden := *before
	hidden.Lflag &^= unix.ECHO
	hidden.Lflag |= unix.ICANON | unix.ISIG
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &hidden); err != nil {
		return "", fmt.Errorf("asking for a password: %w", err)
	}
	restore := func() { _ = unix.IoctlSetTermios(fd, unix.TCSETS, before) }
	defer restore()
	type answer struct {
		line string
		err  error
	}
	// A read of a terminal cannot be called off: when ctx ends, so does this
	// process, and with it whoever reads.
	read := make(chan answer, 1)
	go func() {
		line, err := bufio.NewReader(in).ReadString('\n')
		read <- answer{line, err}
	}()
	select {
	case a := <-read:
		if a.err != nil && !errors.Is(a.err, io.EOF) {
			return "", fmt.Errorf("asking for a password: %w", a.err)
		}
		return strings.TrimRight(a.line, "\r\n"), nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}
