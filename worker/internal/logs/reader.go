package logs

import (
	"errors"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// sparse reads a log from an offset on and leaves out the blocks that a limit
// gave back to the file system. Offsets stay those of the file.
type sparse struct {
	f   *os.File
	pos int64
}

// next reads at pos. It gives the offset of what it read, which is beyond pos
// after a hole. At the present end it gives io.EOF.
func (s *sparse) next(buf []byte) (offset int64, n int, err error) {
	size, holes, err := s.extent()
	if err != nil {
		return 0, 0, err
	}
	if s.pos >= size {
		return s.pos, 0, io.EOF
	}
	end := size
	if holes {
		if s.pos, end, err = s.data(size); err != nil {
			return s.pos, 0, err
		}
	}
	n, err = s.f.ReadAt(buf[:min(int64(len(buf)), end-s.pos)], s.pos)
	offset = s.pos
	s.pos += int64(n)
	if n > 0 {
		err = nil
	}
	return offset, n, err
}

// extent gives the size, and whether blocks are missing.
func (s *sparse) extent() (size int64, holes bool, err error) {
	st, err := s.f.Stat()
	if err != nil {
		return 0, false, err
	}
	sys, ok := st.Sys().(*syscall.Stat_t)
	const slack = 64 << 10 // written, but without blocks yet
	return st.Size(), ok && sys.Blocks*512+slack < st.Size(), nil
}

// data finds the next stretch that is there.
func (s *sparse) data(size int64) (from, to int64, err error) {
	from, err = unix.Seek(int(s.f.Fd()), s.pos, unix.SEEK_DATA)
	if errors.Is(err, unix.ENXIO) {
		return size, size, io.EOF // nothing but a hole follows
	}
	if err != nil {
		return s.pos, size, nil //nolint:nilerr // a file system that cannot tell has no holes
	}
	to, err = unix.Seek(int(s.f.Fd()), from, unix.SEEK_HOLE)
	if err != nil || to > size {
		to = size
	}
	return from, to, nil
}

// Read makes a sparse log a plain stream, for shipping.
func (s *sparse) Read(buf []byte) (int, error) {
	_, n, err := s.next(buf)
	return n, err
}
