package datasource_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/datasource"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// refusing is a network without anybody. It tells what was asked for.
func refusing(asked chan<- string) datasource.DialFunc {
	return func(_ context.Context, _, address string) (net.Conn, error) {
		select {
		case asked <- address:
		default:
		}
		return nil, errors.New("nobody is there")
	}
}

// thief is a MySQL server that answers every statement by asking the client
// for a file, and keeps what it is sent.
type thief struct {
	listener net.Listener
	file     string
	done     sync.WaitGroup

	mu    sync.Mutex
	taken bytes.Buffer
	asked int
}

func newThief(t *testing.T, file string) *thief {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &thief{listener: l, file: file}
	h.done.Go(h.serve)
	t.Cleanup(func() {
		l.Close()
		h.done.Wait()
	})
	return h
}

func (h *thief) serve() {
	for {
		conn, err := h.listener.Accept()
		if err != nil {
			return
		}
		h.done.Go(func() {
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(time.Minute))
			h.rob(conn)
		})
	}
}

func (h *thief) rob(conn net.Conn) {
	greeting := append([]byte{10}, "5.7.0\x00"...)
	greeting = append(greeting, 1, 0, 0, 0)
	greeting = append(greeting, "12345678\x00"...)
	// Every capability but TLS and compression, LOCAL FILES among them.
	greeting = append(greeting, 0xdf, 0xf7, 33, 2, 0, 0x0f, 0x80, 21)
	greeting = append(greeting, make([]byte, 10)...)
	greeting = append(greeting, "123456789012\x00mysql_native_password\x00"...)
	send(conn, 0, greeting)
	if _, _, err := receive(conn); err != nil {
		return
	}
	okay := []byte{0, 0, 0, 2, 0, 0, 0}
	send(conn, 2, okay)
	for {
		_, packet, err := receive(conn)
		if err != nil || len(packet) == 0 {
			return
		}
		if packet[0] != 3 { // no statement
			send(conn, 1, okay)
			continue
		}
		h.mu.Lock()
		h.asked++
		h.mu.Unlock()
		send(conn, 1, append([]byte{0xfb}, h.file...))
		number, sent, err := receive(conn)
		if err != nil {
			return
		}
		h.mu.Lock()
		h.taken.Write(sent)
		h.mu.Unlock()
		send(conn, number+1, okay)
	}
}

func send(w io.Writer, number byte, payload []byte) {
	header := binary.LittleEndian.AppendUint32(nil, uint32(len(payload)))
	header[3] = number
	_, _ = w.Write(append(header, payload...))
}

func receive(r io.Reader) (number byte, payload []byte, err error) {
	header := make([]byte, 4)
	if _, err := io.ReadFull(r, header); err != nil {
		return 0, nil, err
	}
	number, header[3] = header[3], 0
	payload = make([]byte, binary.LittleEndian.Uint32(header))
	_, err = io.ReadFull(r, payload)
	return number, payload, err
}

// TestAServerThatAsksForAFileGetsNone tries every type that speaks its
// protocol, also with the options that would allow it in other fields.
func TestAServerThatAsksForAFileGetsNone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("the secret of this host"), 0o600); err != nil {
		t.Fatal(err)
	}
	h := newThief(t, file)
	host, port := split(t, h.listener.Addr().String())
	sources := datasource.New(datasource.Config{ConnectTimeout: time.Minute})
	for _, kind := range []workflow.DataSourceType{workflow.MySQL, workflow.TiDB, workflow.Doris, workflow.StarRocks} {
		for _, database := range []string{"d", "d?allowAllFiles=true&x="} {
			ds := workflow.DataSource{Type: kind, Password: "p?allowAllFiles=true", Connection: workflow.Connection{
				Host: host, Port: port, Database: database, User: "u?allowAllFiles=true",
			}}
			if err := sources.Test(t.Context(), ds); err != nil {
				continue // refused before a statement
			}
			db := open(t, sources, ds)
			if c, err := db.Conn(t.Context()); err == nil {
				_, _ = c.ExecContext(t.Context(), "SELECT 1")
				c.Close()
			}
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.asked == 0 {
		t.Fatal("the server never had an occasion to ask")
	}
	if h.taken.Len() > 0 {
		t.Fatalf("the server was given %q", h.taken.String())
	}
}
