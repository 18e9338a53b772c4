package dolphin

import (
	"io"
	"net/http"
	"time"
)

// minFlow is what must arrive within a window of time for the client to get
// another one.
const minFlow = 16 << 10

// flow is a body that may take any time as long as it moves.
type flow struct {
	io.ReadCloser
	conn   *http.ResponseController
	window time.Duration
	begun  bool
	got    int // bytes in this window
}

// flowIn makes reading body fail when less than minFlow arrives in a window.
func flowIn(body io.ReadCloser, conn *http.ResponseController, window time.Duration) io.ReadCloser {
	if body == nil || body == http.NoBody {
		return body
	}
	_ = conn.SetReadDeadline(time.Now().Add(window)) // also of what nobody reads
	return &flow{ReadCloser: body, conn: conn, window: window}
}

// Read implements io.Reader.
func (f *flow) Read(p []byte) (int, error) {
	if !f.begun || f.got >= minFlow {
		f.begun, f.got = true, 0
		_ = f.conn.SetReadDeadline(time.Now().Add(f.window))
	}
	n, err := f.ReadCloser.Read(p)
	f.got += n
	if err != nil { // a deadline that passes later would end the request's context
		_ = f.conn.SetReadDeadline(time.Time{})
	}
	return n, err
}
