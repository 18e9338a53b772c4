package swaggerui_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/swaggerui"
)

func get(t *testing.T, h http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// TestPageLoadsItsFiles follows every address in the page.
func TestPageLoadsItsFiles(t *testing.T) {
	page, err := swaggerui.Page{Title: `A "title" <b>`, Document: "v2/api-docs", Assets: "webjars"}.Handler()
	if err != nil {
		t.Fatal(err)
	}
	assets, err := swaggerui.Assets()
	if err != nil {
		t.Fatal(err)
	}
	w := get(t, page, "/doc.html")
	body := w.Body.String()
	if !strings.Contains(body, `data-document="v2/api-docs"`) || strings.Contains(body, "<b>") {
		t.Errorf("page is %s", body)
	}
	if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "script-src 'self';") || !strings.Contains(csp, "frame-ancestors 'none'") {
		t.Errorf("policy is %s", csp)
	}
	addresses := regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(body, -1)
	if len(addresses) < 4 {
		t.Fatalf("addresses are %v", addresses)
	}
	for _, a := range addresses {
		if strings.Contains(a[1], "//") {
			t.Errorf("the page loads %s from elsewhere", a[1])
		}
		if a[1] == "v2/api-docs" {
			continue
		}
		if got := get(t, assets, "/"+a[1]); got.Code != http.StatusOK || got.Body.Len() == 0 || got.Header().Get("Content-Type") == "" {
			t.Errorf("%s: HTTP %d, %v", a[1], got.Code, got.Header())
		}
	}
	if regexp.MustCompile(`<script>|\son[a-z]+=`).MatchString(body) {
		t.Error("the page has a script inside")
	}
}

func TestAssetsArePackedForWhoUnpacks(t *testing.T) {
	assets, err := swaggerui.Assets()
	if err != nil {
		t.Fatal(err)
	}
	plain := get(t, assets, "/x/swagger-ui.css")
	packed := get(t, assets, "/x/swagger-ui.css", "Accept-Encoding", "gzip")
	if packed.Header().Get("Content-Encoding") != "gzip" || plain.Header().Get("Content-Encoding") != "" {
		t.Errorf("encodings are %q and %q", packed.Header().Get("Content-Encoding"), plain.Header().Get("Content-Encoding"))
	}
	z, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil || !bytes.Equal(text, plain.Body.Bytes()) {
		t.Errorf("%d and %d bytes, %v", len(text), plain.Body.Len(), err)
	}
	tag := packed.Header().Get("ETag")
	if again := get(t, assets, "/x/swagger-ui.css", "Accept-Encoding", "gzip", "If-None-Match", tag); again.Code != http.StatusNotModified {
		t.Errorf("HTTP %d for the same tag", again.Code)
	}
	for _, path := range []string{"/page.html", "/../page.html", "/nothing.js", "/"} {
		if got := get(t, assets, path); got.Code != http.StatusNotFound {
			t.Errorf("%s: HTTP %d", path, got.Code)
		}
	}
}
