package console

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

// Base is where the console is.
const Base = "/ui/"

// policy lets the pages load what comes from this server and nothing else, and
// run no code but the build's. Styles are set by the component library at run
// time.
const policy = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// asset is a file of the build.
type asset struct {
	packed []byte
	kind   string
	hashed bool // its name changes with its content
}

// Handler serves the console below Base. Paths that are no file are pages of
// the console, which its own router knows.
type Handler struct {
	files map[string]asset
}

// New reads the build.
func New() (*Handler, error) {
	h := &Handler{files: map[string]asset{}}
	dir, err := assets()
	if err != nil || dir == nil {
		return h, err
	}
	return h, fs.WalkDir(dir, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(name, ".gz") {
			return err
		}
		packed, err := fs.ReadFile(dir, name)
		if err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}
		plain := strings.TrimSuffix(name, ".gz")
		h.files[plain] = asset{packed: packed, kind: kindOf(plain), hashed: strings.HasPrefix(plain, "assets/")}
		return nil
	})
}

func kindOf(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	if kind := mime.TypeByExtension(path.Ext(name)); kind != "" {
		return kind
	}
	return "application/octet-stream"
}

// ServeHTTP answers GET and HEAD.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	if len(h.files) == 0 {
		http.Error(w, "This build has no web console; build it without the tag noconsole.", http.StatusNotFound)
		return
	}
	name := strings.TrimPrefix(r.URL.Path, Base)
	a, ok := h.files[name]
	if !ok {
		if strings.HasPrefix(name, "assets/") {
			http.NotFound(w, r)
			return
		}
		a = h.files["index.html"]
	}
	h.write(w, r, a)
}

func (h *Handler) write(w http.ResponseWriter, r *http.Request, a asset) {
	header := w.Header()
	header.Set("Content-Type", a.kind)
	header.Set("Vary", "Accept-Encoding")
	header.Set("Content-Security-Policy", policy)
	if a.hashed {
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		header.Set("Cache-Control", "no-cache")
	}
	body := a.packed
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		header.Set("Content-Encoding", "gzip")
	} else {
		plain, err := unpack(a.packed)
		if err != nil {
			http.Error(w, "the build is damaged", http.StatusInternalServerError)
			return
		}
		body = plain
	}
	header.Set("Content-Length", fmt.Sprint(len(body)))
	if r.Method == http.MethodGet {
		// A client that left hears nothing of it.
		_, _ = w.Write(body)
	}
}

func unpack(packed []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	plain, err := io.ReadAll(z)
	return plain, errors.Join(err, z.Close())
}
