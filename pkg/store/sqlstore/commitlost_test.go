package sqlstore

import (
	"bytes"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// cut says what a proxy does to the next COMMIT that passes it.
type cut int32

const (
	pass   cut = iota
	before     // the connection is cut before the server sees it
	after      // the server obeys it, its answer is lost
)

// proxy stands between a process and the server.
type proxy struct {
	listener net.Listener
	server   string
	next     atomic.Int32 // a cut
	hits     atomic.Int32
	wg       sync.WaitGroup
}

// newProxy gives a proxy and the URL that leads through it.
func newProxy(t *testing.T, url string) (*proxy, string) {
	t.Helper()
	target, err := parseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l, server: target.mysql.Addr}
	p.wg.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			p.wg.Go(func() { p.serve(client) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		p.wg.Wait()
	})
	return p, strings.Replace(url, target.mysql.Addr, l.Addr().String(), 1)
}

// serve carries one connection until either side ends it.
func (p *proxy) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		return
	}
	defer server.Close()
	var deaf atomic.Bool
	p.wg.Go(func() {
		defer client.Close()
		copyUntil(client, server, func([]byte) bool { return deaf.Load() })
	})
	copyUntil(server, client, func(packet []byte) bool {
		if !bytes.HasSuffix(packet, []byte("\x03COMMIT")) { // a query, of this text alone
			return false
		}
		switch cut(p.next.Swap(int32(pass))) {
		case before:
			p.hits.Add(1)
			return true
		case after:
			p.hits.Add(1)
			deaf.Store(true) // the answer ends the connection
		}
		return false
	})
}

// copyUntil carries bytes until a side ends or stop says so.
func copyUntil(to, from net.Conn, stop func([]byte) bool) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 && stop(buffer[:n]) {
			return
		}
		if _, e := to.Write(buffer[:n]); err != nil || e != nil {
			return
		}
	}
}

// TestCommitWithUnknownOutcome loses a COMMIT, or the answer to it: the caller
// is told that the database is away, and writing the batch again is right in
// both cases.
func TestCommitWithUnknownOutcome(t *testing.T) {
	url := migrated(t)
	witness := scheduling{process(t, url)}
	p, through := newProxy(t, url)
	s := scheduling{process(t, through)}
	epoch, err := s.Take(t.Context(), 1, 0, "m", "")
	if err != nil {
		t.Fatal(err)
	}
	for round, c := range []struct {
		cut  cut
		rows int
	}{{before, 0}, {after, 2}} {
		b := instanceBatch(store.Fence{Shard: 1, Epoch: epoch}, int64(round+1))
		p.next.Store(int32(c.cut))
		if err := s.Commit(t.Context(), b); workflow.ErrorCode(err) != workflow.Unavailable {
			t.Fatalf("cut %d: error %v, want unavailable", c.cut, err)
		}
		if got := rowsUpTo(t, witness, 0); got != c.rows {
			t.Errorf("cut %d: %d rows, want %d", c.cut, got, c.rows)
		}
		if err := s.Commit(t.Context(), b); err != nil {
			t.Fatalf("cut %d, again: %v", c.cut, err)
		}
		if got := rowsUpTo(t, witness, 0); got != round+1 {
			t.Errorf("cut %d, again: %d rows, want %d", c.cut, got, round+1)
		}
	}
	if p.hits.Load() != 2 {
		t.Errorf("%d commits were cut, want 2", p.hits.Load())
	}
}
