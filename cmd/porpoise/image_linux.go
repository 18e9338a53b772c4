package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// forgetImage takes the pages of files that are mapped to be read only out of
// the resident set when there are more of them than so many bytes. Most are
// parts of the program that were needed for the start alone, two thirds of the
// memory of a process at rest. Nothing is lost: they stay in the page cache, and
// what is needed again comes back by a minor fault.
func forgetImage(above int) error {
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
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		return err
	}
	defer f.Close()
	var start, end uintptr
	var file string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		switch first, value, _ := strings.Cut(line, ":"); {
		case !isField(first):
			start, end, file = readOnly(line)
		// What a loader wrote into before it was made read only is no longer
		// what the file holds, and would be lost.
		case first != "Anonymous" || file == "" || strings.TrimSpace(value) != "0 kB":
		default:
			if _, _, errno := unix.Syscall(unix.SYS_MADVISE, start, end-start, unix.MADV_DONTNEED); errno != 0 {
				return fmt.Errorf("forgetting pages of %s: %w", file, errno)
			}
		}
	}
	return nil
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
