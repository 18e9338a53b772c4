package main

import (
	"os"
	"strings"
	"testing"
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
	if err := forgetImage(0); err != nil {
		t.Fatal(err)
	}
	if left := residentFile(t); touched == "" || left == touched {
		t.Errorf("resident of the file: %q before, %q after", touched, left)
	}
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
