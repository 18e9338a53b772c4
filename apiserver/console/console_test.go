package console

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sources are what the build is made from, as tools/pack.mjs lists them.
var sources = []string{"index.html", "openapi.json", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts", "public", "src", "tools/pack.mjs"}

// TestBuildIsOfTheseSources fails when the sources have changed since.
func TestBuildIsOfTheseSources(t *testing.T) {
	var names []string
	for _, s := range sources {
		err := filepath.WalkDir(s, func(name string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				names = append(names, filepath.ToSlash(name))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(names)
	sum := sha256.New()
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		one := sha256.Sum256(text)
		fmt.Fprintf(sum, "%s\x00%s\n", name, hex.EncodeToString(one[:]))
	}
	built, err := os.ReadFile("dist/digest.txt")
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != strings.TrimSpace(string(built)) {
		t.Errorf("the build is of other sources than these: run `make console` and commit dist")
	}
}

func TestPages(t *testing.T) {
	h, err := New()
	if err != nil {
		t.Fatal(err)
	}
	get := func(path, encoding string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Accept-Encoding", encoding)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	index := get("/ui/", "")
	if index.Code != http.StatusOK || !strings.Contains(index.Body.String(), `<div id="root">`) || index.Header().Get("Cache-Control") != "no-cache" {
		t.Errorf("index: %d %v", index.Code, index.Header())
	}
	if deep := get("/ui/projects/7", ""); deep.Body.String() != index.Body.String() {
		t.Error("a page of the console is not the console")
	}
	if missing := get("/ui/assets/none.js", ""); missing.Code != http.StatusNotFound {
		t.Errorf("an asset that is not there: %d", missing.Code)
	}
	for name := range h.files {
		if !strings.HasSuffix(name, ".js") {
			continue
		}
		packed, plain := get("/ui/"+name, "gzip, br"), get("/ui/"+name, "")
		if packed.Header().Get("Content-Encoding") != "gzip" || plain.Header().Get("Content-Encoding") != "" || packed.Body.Len() >= plain.Body.Len() && plain.Body.Len() > 1000 {
			t.Errorf("%s: %d bytes packed, %d plain", name, packed.Body.Len(), plain.Body.Len())
		}
		if cache := packed.Header().Get("Cache-Control"); !strings.Contains(cache, "immutable") {
			t.Errorf("%s: %s", name, cache)
		}
	}
	if csp := index.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "script-src 'self';") {
		t.Errorf("policy %q", csp)
	}
	r := httptest.NewRequest(http.MethodPost, "/ui/", nil)
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
}
