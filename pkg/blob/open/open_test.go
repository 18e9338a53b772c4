package open

import (
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

func credentials(name string) string {
	return map[string]string{AccessKeyEnv: "access", SecretKeyEnv: "secret"}[name]
}

func TestOpen(t *testing.T) {
	backend := s3mem.New()
	if err := backend.CreateBucket("files"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "http://")
	for _, location := range []string{
		filepath.Join(t.TempDir(), "a"), "file://" + filepath.Join(t.TempDir(), "b"),
		"s3://files/pre/fix?endpoint=" + host + "&region=us-east-1&insecure=1",
	} {
		s, err := Open(t.Context(), location, credentials)
		if err != nil {
			t.Errorf("%s: %v", location, err)
			continue
		}
		if err := s.Put(t.Context(), "k", strings.NewReader("v"), 1); err != nil {
			t.Errorf("%s: %v", location, err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("%s: %v", location, err)
		}
	}
	if object, err := backend.HeadObject("files", "pre/fix/k"); err != nil || object.Size != 1 {
		t.Errorf("%v %v", object, err)
	}
}

func TestOpenRefusals(t *testing.T) {
	none := func(string) string { return "" }
	for _, location := range []string{
		"", "relative", "ftp://host/x", "s3:///prefix", "file://host/dir", "s3://access:secret@bucket", "s3://bucket?what=1", "://",
	} {
		if s, err := Open(t.Context(), location, credentials); err == nil {
			_ = s.Close()
			t.Errorf("%q is fine", location)
		}
	}
	if _, err := Open(t.Context(), "s3://bucket?endpoint=127.0.0.1:1&insecure=1", none); err == nil || !strings.Contains(err.Error(), AccessKeyEnv) {
		t.Errorf("without credentials: %v", err)
	}
}
