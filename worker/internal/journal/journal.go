// Package journal is an append-only file of small records that are read back
// after a crash. A record that was cut off by the crash, and all after it, are
// dropped when the file is opened.
package journal

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
)

// maxRecord bounds a record; a longer length is a damaged file.
const maxRecord = 16 << 20

// headerSize is the length, the checksum and the kind of a record.
const headerSize = 9

// Log is an open journal. It is used by one goroutine.
type Log struct {
	path    string
	file    *os.File
	size    int64
	compact int64 // size from which Crowded
	buf     []byte
}

// crowdedFrom is the least size worth a compaction.
const crowdedFrom = 4 << 20

// Open reads the journal at path, making it when there is none, and tells
// every record in order. The payload is valid during the call only.
func Open(path string, replay func(kind byte, payload []byte) error) (*Log, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	size, err := read(f, replay)
	if err == nil {
		err = f.Truncate(size)
	}
	if err == nil {
		_, err = f.Seek(size, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reading journal %s: %w", path, err), f.Close())
	}
	return &Log{path: path, file: f, size: size, compact: crowdedFrom}, nil
}

// read tells the intact records and gives where they end.
func read(f *os.File, replay func(kind byte, payload []byte) error) (int64, error) {
	r := bufio.NewReaderSize(f, 256<<10)
	var size int64
	var header [headerSize]byte
	var payload []byte
	for {
		if _, err := io.ReadFull(r, header[:]); err != nil {
			return size, ignoreEnd(err)
		}
		n := binary.LittleEndian.Uint32(header[:])
		if n > maxRecord {
			return size, nil
		}
		payload = append(payload[:0], make([]byte, n)...)
		if _, err := io.ReadFull(r, payload); err != nil {
			return size, ignoreEnd(err)
		}
		if sum(header[8], payload) != binary.LittleEndian.Uint32(header[4:]) {
			return size, nil
		}
		if err := replay(header[8], payload); err != nil {
			return size, err
		}
		size += int64(headerSize + len(payload))
	}
}

func ignoreEnd(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

func sum(kind byte, payload []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	return crc32.Update(crc32.Checksum([]byte{kind}, table), table, payload)
}

// Add puts a record into the next Flush.
func (l *Log) Add(kind byte, payload []byte) {
	l.buf = appendRecord(l.buf, kind, payload)
}

func appendRecord(buf []byte, kind byte, payload []byte) []byte {
	buf = binary.LittleEndian.AppendUint32(buf, uint32(len(payload)))
	buf = binary.LittleEndian.AppendUint32(buf, sum(kind, payload))
	return append(append(buf, kind), payload...)
}

// Flush writes what was added in one write; with durable it also survives a
// crash of the host. After an error nothing of it is in the file, and what was
// added is dropped: the caller knows what to do without it.
func (l *Log) Flush(durable bool) error {
	if len(l.buf) == 0 {
		return nil
	}
	n := len(l.buf)
	_, err := l.file.Write(l.buf)
	l.buf = l.buf[:0]
	if err != nil {
		return errors.Join(fmt.Errorf("writing journal: %w", err), l.rewind())
	}
	l.size += int64(n)
	if durable {
		return datasync(l.file)
	}
	return nil
}

// Sync lets what was flushed survive a crash of the host.
func (l *Log) Sync() error { return datasync(l.file) }

// rewind cuts off a record that was written in part.
func (l *Log) rewind() error {
	if err := l.file.Truncate(l.size); err != nil {
		return err
	}
	_, err := l.file.Seek(l.size, io.SeekStart)
	return err
}

// Crowded reports whether Compact is worth while.
func (l *Log) Crowded() bool { return l.size > l.compact }

// Compact replaces the file by the records that live tells.
func (l *Log) Compact(live func(add func(kind byte, payload []byte))) error {
	var buf []byte
	live(func(kind byte, payload []byte) { buf = appendRecord(buf, kind, payload) })
	f, err := os.OpenFile(l.path+".new", os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(buf)
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = os.Rename(l.path+".new", l.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("compacting journal: %w", err), f.Close())
	}
	old := l.file
	l.file, l.size = f, int64(len(buf))
	l.compact = max(crowdedFrom, 2*l.size)
	return errors.Join(old.Close(), syncDir(filepath.Dir(l.path)))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Close flushes and closes the file.
func (l *Log) Close() error {
	return errors.Join(l.Flush(false), l.file.Close())
}
