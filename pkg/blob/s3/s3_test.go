package s3

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/porpoise-scheduler/porpoise/pkg/blob"
	"github.com/porpoise-scheduler/porpoise/pkg/blob/blobtest"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// service starts an object store with one bucket.
func service(t *testing.T) Config {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("files"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	return Config{
		Endpoint: strings.TrimPrefix(server.URL, "http://"), Region: "us-east-1", Bucket: "files",
		AccessKey: "access", SecretKey: "secret", Insecure: true,
	}
}

func newStore(t *testing.T, c Config) *Store {
	t.Helper()
	s, err := New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSuite(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) blob.Store {
		c := service(t)
		c.Prefix = "/porpoise/logs/"
		return newStore(t, c)
	})
}

func TestPrefixesDoNotMix(t *testing.T) {
	c := service(t)
	whole := newStore(t, c)
	c.Prefix = "one"
	one := newStore(t, c)
	c.Prefix = "one-more"
	other := newStore(t, c)
	if err := one.Put(t.Context(), "k", strings.NewReader("v"), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := whole.Stat(t.Context(), "one/k"); err != nil {
		t.Error(err)
	}
	if _, err := other.Stat(t.Context(), "k"); workflow.ErrorCode(err) != workflow.NotFound {
		t.Errorf("got %v", err)
	}
	for info := range other.List(t.Context(), "") {
		t.Errorf("listed %v", info)
	}
}

func TestNewRefusals(t *testing.T) {
	good := service(t)
	for name, change := range map[string]func(*Config){
		"no such bucket": func(c *Config) { c.Bucket = "missing" },
		"bad prefix":     func(c *Config) { c.Prefix = "a/../b" },
		"bad endpoint":   func(c *Config) { c.Endpoint = "http://host/path" },
	} {
		c := good
		change(&c)
		if _, err := New(t.Context(), c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
