package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

func TestReadOnly(t *testing.T) {
	for line, want := range map[string]string{
		"00400000-01b2c000 r-xp 00000000 fe:00 1234                     /opt/porpoise":    "/opt/porpoise",
		"01b2c000-03c00000 r--p 0172c000 fe:00 1234                     /opt/a b":         "/opt/a b",
		"7f0000000000-7f0001000000 r--s 00000000 fe:00 99               /data/db":         "/data/db",
		"03c00000-03d00000 rw-p 03800000 fe:00 1234                     /opt/porpoise":    "",
		"03c00000-03d00000 ---p 03800000 fe:00 1234                     /opt/porpoise":    "",
		"c000000000-c004000000 r--p 00000000 00:00 0 ":                                    "",
		"7ffd8a7f5000-7ffd8a7f9000 r--p 00000000 00:00 0                          [vvar]": "",
		"": "",
	} {
		if start, end, file := readOnly(line); file != want || file != "" && start >= end {
			t.Errorf("%q: %x-%x %q", line, start, end, file)
		}
	}
}

// TestForgetImage goes on after it was forgotten, with less resident.
func TestForgetImage(t *testing.T) {
	touched := residentFile(t)
	if err := new(image).forget(0); err != nil {
		t.Fatal(err)
	}
	if left := residentFile(t); touched == "" || left == touched {
		t.Errorf("resident of the file: %q before, %q after", touched, left)
	}
}

// TestMapSingly touches one page of a file, and no other becomes resident.
func TestMapSingly(t *testing.T) {
	page := os.Getpagesize()
	f, err := os.Create(t.TempDir() + "/file")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(bytes.Repeat([]byte{1}, 64*page)); err != nil {
		t.Fatal(err)
	}
	mapped, err := unix.Mmap(int(f.Fd()), 0, 64*page, unix.PROT_READ, unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(mapped)
	at := span{uintptr(unsafe.Pointer(&mapped[0])), uintptr(len(mapped))}
	if err := mapSingly([]span{at}); err != nil {
		t.Skip("not here: ", err)
	}
	if mapped[32*page] != 1 {
		t.Error("the file holds something else")
	}
	if got, want := residentOf(t, at), fmt.Sprintf("%d kB", page/1024); got != want {
		t.Errorf("resident: %s, want %s", got, want)
	}
}

func residentOf(t *testing.T, at span) string {
	t.Helper()
	b, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	_, of, _ := strings.Cut(string(b), fmt.Sprintf("\n%x-%x ", at.start, at.start+at.size))
	_, of, _ = strings.Cut(of, "\nRss:")
	resident, _, _ := strings.Cut(of, "\n")
	return strings.TrimSpace(resident)
}

func residentFile(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if kb, ok := strings.CutPrefix(line, "RssFile:"); ok {
			return strings.TrimSpace(kb)
		}
	}
	return ""
}
