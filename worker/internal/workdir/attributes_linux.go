package workdir

import (
	"errors"
	"strings"

	"golang.org/x/sys/unix"
)

// hasAttributes reports extended attributes that a tenant can set, access lists
// among them. Labels of the system's own are not counted; a file system without
// attributes has none.
func hasAttributes(fd int) bool {
	var buf [1024]byte
	n, err := unix.Flistxattr(fd, buf[:])
	if err != nil {
		return errors.Is(err, unix.ERANGE)
	}
	for name := range strings.SplitSeq(strings.TrimRight(string(buf[:n]), "\x00"), "\x00") {
		if name != "" && !strings.HasPrefix(name, "security.") {
			return true
		}
	}
	return false
}
