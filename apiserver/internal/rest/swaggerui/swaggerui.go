// Package swaggerui serves a page on which an API can be read and tried. The
// page is Swagger UI 5.35.0 (Apache License 2.0, see assets/LICENSE), built into
// the binary: a browser loads nothing from another host.
package swaggerui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed assets page.html
var files embed.FS

// policy lets the page use what comes with it and talk to its own server.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Page describes a page. Addresses may be relative to the page's own.
type Page struct {
	Title    string
	Document string // address of the API's document
	Assets   string // address below which Assets answers
	// Choices are APIs to choose from, at the head of the page; Document is
	// then the first one's.
	Choices []Choice
	Product string // what the page belongs to, and
	Back    string // the address of that
}

// Choice is one of several APIs.
type Choice struct {
	Key      string // in the page's address
	Name     string
	Document string
	// Session is an address that answers a login's {csrfToken}; empty for APIs
	// that know no cookies.
	Session string
}

// Handler answers the page.
func (p Page) Handler() (http.Handler, error) {
	t, err := template.ParseFS(files, "page.html")
	if err != nil {
		return nil, err
	}
	var body bytes.Buffer
	if err := t.Execute(&body, p); err != nil {
		return nil, fmt.Errorf("writing the page: %w", err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/html;charset=UTF-8")
		h.Set("Content-Security-Policy", policy)
		h.Set("Content-Length", strconv.Itoa(body.Len()))
		_, _ = w.Write(body.Bytes()) // the client may have left; there is nobody to tell
	}), nil
}

// asset is a file of the page. A packed one is kept as gzip.
type asset struct {
	kind   string
	text   []byte
	packed bool
	tag    string
}

// kinds are the content types of assets; other files are not served.
var kinds = map[string]string{
	".js": "text/javascript;charset=UTF-8", ".css": "text/css;charset=UTF-8", ".png": "image/png",
	".txt": "text/plain;charset=UTF-8", "": "text/plain;charset=UTF-8",
}

// Assets answers the page's files by the last segment of the path.
func Assets() (http.Handler, error) {
	all := map[string]asset{}
	entries, err := files.ReadDir("assets")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		text, err := files.ReadFile("assets/" + e.Name())
		if err != nil {
			return nil, err
		}
		name, packed := strings.CutSuffix(e.Name(), ".gz")
		sum := sha256.Sum256(text)
		all[name] = asset{kind: kinds[path.Ext(name)], text: text, packed: packed, tag: hex.EncodeToString(sum[:8])}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := all[path.Base(r.URL.Path)]
		if !ok {
			http.NotFound(w, r)
			return
		}
		a.serve(w, r)
	}), nil
}

// serve answers the file, unpacked for clients that do not unpack.
func (a asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "no-cache") // ask again; the tag tells that nothing changed
	h.Add("Vary", "Accept-Encoding")
	unpack := a.packed && !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")
	tag := `"` + a.tag + `"`
	if unpack {
		tag = `"` + a.tag + `-plain"`
	}
	h.Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if !unpack {
		if a.packed {
			h.Set("Content-Encoding", "gzip")
		}
		h.Set("Content-Length", strconv.Itoa(len(a.text)))
		_, _ = w.Write(a.text) // the client may have left; there is nobody to tell
		return
	}
	z, err := gzip.NewReader(bytes.NewReader(a.text))
	if err != nil {
		http.Error(w, "the file is damaged", http.StatusInternalServerError)
		return
	}
	_, _ = io.Copy(w, z) // as above
}
