package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// image is the program's file as it lies in memory, without what is written to.
type image struct {
	parts []span
	known bool
}

type span struct{ start, size uintptr }

// forget takes the pages of the program's file out of the resident set when
// there are more of them than so many bytes. Most were needed for the start
// alone: they are two thirds of the memory of a process at rest. Nothing is lost:
// they stay in the page cache, and what is needed again comes back by minor
// faults.
func (i *image) forget(above int) error {
	if !i.known { // the file stays where it is for as long as the process lives
		i.known = true
		var err error
		if i.parts, err = programImage(); err != nil {
			return err
		}
		_ = mapSingly(i.parts) // where that cannot be, more is resident
	}
	if len(i.parts) == 0 {
		return nil
	}
	var total, resident, files int
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return err
	}
	if _, err := fmt.Sscan(string(b), &total, &resident, &files); err != nil {
		return fmt.Errorf("reading proc(5)'s statm: %w", err)
	}
	if files*os.Getpagesize() <= above {
		return nil
	}
	for _, p := range i.parts {
		if _, _, errno := unix.Syscall(unix.SYS_MADVISE, p.start, p.size, unix.MADV_DONTNEED); errno != 0 {
			return fmt.Errorf("forgetting pages of the program: %w", errno)
		}
	}
	return nil
}

// What follows is of linux/userfaultfd.h.
const (
	uffdUserModeOnly   = 1
	uffdAPI            = 0xaa
	uffdFeatureWPAsync = 1 << 15 // Linux 6.7
	uffdRegisterModeWP = 1 << 1
	uffdioAPI          = 0xc018aa3f
	uffdioRegister     = 0xc020aa00
)

// mapSingly has the kernel map just the page that is touched. Otherwise it maps
// the 64 KB around it, or 2 MB where the page cache holds such pages: of a large
// program that is ten times what a process at rest comes by. It leaves that be
// where userfaultfd(2) is to notice writes, of which there are none here.
//
// Nothing is tried where system calls are filtered: some filters end the process
// for one that they do not know.
func mapSingly(parts []span) error {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	if !bytes.Contains(status, []byte("\nSeccomp:\t0\n")) {
		return errors.New("system calls are filtered")
	}
	// It stays open: closing it ends what was registered.
	fd, _, errno := unix.Syscall(unix.SYS_USERFAULTFD, unix.O_CLOEXEC|uffdUserModeOnly, 0, 0)
	if errno != 0 {
		return fmt.Errorf("opening userfaultfd: %w", errno)
	}
	api := struct{ api, features, ioctls uint64 }{api: uffdAPI, features: uffdFeatureWPAsync}
	if _, _, errno = unix.Syscall(unix.SYS_IOCTL, fd, uffdioAPI, uintptr(unsafe.Pointer(&api))); errno != 0 {
		return errors.Join(fmt.Errorf("asking userfaultfd for asynchronous write protection: %w", errno), unix.Close(int(fd)))
	}
	for _, p := range parts {
		if _, _, errno = unix.Syscall(unix.SYS_MADVISE, p.start, p.size, unix.MADV_NOHUGEPAGE); errno != 0 && errno != unix.EINVAL {
			return fmt.Errorf("asking for small pages: %w", errno)
		}
		r := struct{ start, size, mode, ioctls uint64 }{start: uint64(p.start), size: uint64(p.size), mode: uffdRegisterModeWP}
		if _, _, errno = unix.Syscall(unix.SYS_IOCTL, fd, uffdioRegister, uintptr(unsafe.Pointer(&r))); errno != 0 {
			return fmt.Errorf("registering the program with userfaultfd: %w", errno)
		}
	}
	return nil
}

// programImage finds where the program's file lies. Other files are left alone:
// where one is mapped now something else may be the next moment.
func programImage() ([]span, error) {
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return nil, err
	}
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var parts []span
	var start, end uintptr
	var file string
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := lines.Text()
		switch first, value, _ := strings.Cut(line, ":"); {
		case !isField(first):
			start, end, file = readOnly(line)
		// What a loader wrote into before it was made read only is no longer
		// what the file holds, and would be lost.
		case first == "Anonymous" && file == program && strings.TrimSpace(value) == "0 kB":
			parts = append(parts, span{start, end - start})
		}
	}
	return parts, lines.Err()
}

// isField tells the words before the colons of proc(5)'s smaps from the
// addresses that a mapping begins with.
func isField(word string) bool { return word != "" && word[0] >= 'A' && word[0] <= 'Z' }

// readOnly reads a mapping's first line and gives the file's name if it is a
// part of a file that cannot be written to, and where it lies.
func readOnly(line string) (start, end uintptr, file string) {
	var mode, offset, device, inode string
	n, err := fmt.Sscanf(line, "%x-%x %s %s %s %s", &start, &end, &mode, &offset, &device, &inode)
	if err != nil || n != 6 || len(mode) != 4 || mode[0] != 'r' || mode[1] == 'w' {
		return 0, 0, ""
	}
	if i := strings.IndexByte(line, '/'); i >= 0 {
		file = line[i:]
	}
	return start, end, file
}
