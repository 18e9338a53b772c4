package apiserver_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"

	"github.com/porpoise-scheduler/porpoise/apiserver"
)

// The page of the APIs names documents and files that are there.
func TestDocs(t *testing.T) {
	s, err := apiserver.New(apiserver.Config{}, deps(t))
	if err != nil {
		t.Fatal(err)
	}
	ask := func(method, path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, httptest.NewRequest(method, path, nil))
		return w
	}
	page := ask(http.MethodGet, "/docs")
	if page.Code != http.StatusOK {
		t.Fatalf("HTTP %d", page.Code)
	}
	documents := regexp.MustCompile(`data-key="[a-z]+" data-document="([^"]+)"`).FindAllStringSubmatch(page.Body.String(), -1)
	if len(documents) != 2 {
		t.Fatalf("%d APIs to choose from: %s", len(documents), page.Body)
	}
	for _, d := range documents {
		got := ask(http.MethodGet, d[1]+"?language=zh_CN")
		var doc struct {
			Paths map[string]any `json:"paths"`
		}
		if err := json.Unmarshal(got.Body.Bytes(), &doc); err != nil || len(doc.Paths) == 0 {
			t.Errorf("%s: HTTP %d, %d paths, %v", d[1], got.Code, len(doc.Paths), err)
		}
	}
	files := regexp.MustCompile(`(?:src|href)="(/docs/[^"]+)"`).FindAllStringSubmatch(page.Body.String(), -1)
	if len(files) < 4 {
		t.Errorf("files are %v", files)
	}
	for _, f := range files {
		if got := ask(http.MethodGet, f[1]); got.Code != http.StatusOK || got.Body.Len() == 0 {
			t.Errorf("%s: HTTP %d", f[1], got.Code)
		}
	}
	if got := ask(http.MethodPost, "/docs"); got.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: HTTP %d", got.Code)
	}
}
