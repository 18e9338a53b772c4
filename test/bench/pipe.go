package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// pipe is a named pipe through which tasks say that they run. File times would
// be as coarse as the kernel's tick; a line that wakes a reader is late by a
// few microseconds at most, and never early.
type pipe struct {
	path string
	file *os.File
	said chan time.Time // when a line came
}

// newPipe makes a pipe that any user may write to.
func newPipe(dir string) (*pipe, error) {
	p := &pipe{path: filepath.Join(dir, "started"), said: make(chan time.Time, 1<<16)}
	if err := syscall.Mkfifo(p.path, 0o666); err != nil {
		return nil, fmt.Errorf("making %s: %w", p.path, err)
	}
	if err := os.Chmod(p.path, 0o666); err != nil {
		return nil, err
	}
	var err error
	// Open for both: writers never wait for us, nor see us gone.
	if p.file, err = os.OpenFile(p.path, os.O_RDWR, 0); err != nil {
		return nil, err
	}
	go p.read()
	return p, nil
}

// read ends when the file is closed.
func (p *pipe) read() {
	defer close(p.said)
	lines := bufio.NewReader(p.file)
	for {
		if _, err := lines.ReadSlice('\n'); err != nil {
			return
		}
		p.said <- time.Now()
	}
}

// script is what a shell task says.
func (p *pipe) script() string { return "echo >>" + p.path }

// close ends the reader and waits for it.
func (p *pipe) close() {
	_ = p.file.Close()
	for range p.said { // until the reader is gone
	}
}
