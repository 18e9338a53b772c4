package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
)

// sample is a set of flags of every type in use.
type sample struct {
	flags *pflag.FlagSet
	dir   string
	etcd  []string
	slots int
	ttl   time.Duration
	demo  bool
}

func newSample() *sample {
	s := &sample{flags: pflag.NewFlagSet("sample", pflag.ContinueOnError)}
	s.flags.StringVar(&s.dir, "data-dir", "default", "")
	s.flags.StringSliceVar(&s.etcd, "etcd", nil, "")
	s.flags.IntVar(&s.slots, "slots", 64, "")
	s.flags.DurationVar(&s.ttl, "lease-ttl", 10*time.Second, "")
	s.flags.BoolVar(&s.demo, "demo", false, "")
	s.flags.String(configFlag, "", "")
	return s
}

// load fills the flags of a sample from all three places.
func (s *sample) load(t *testing.T, args, environ []string, yaml string) error {
	t.Helper()
	if yaml != "" {
		path := filepath.Join(t.TempDir(), "porpoise.yaml")
		if err := os.WriteFile(path, []byte(yaml), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--config", path)
	}
	if err := s.flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"listen": true}
	s.flags.VisitAll(func(f *pflag.Flag) { known[f.Name] = true })
	return fill(s.flags, known, environ)
}

func TestFlagOverEnvironmentOverFileOverDefault(t *testing.T) {
	s := newSample()
	err := s.load(t,
		[]string{"--data-dir", "flag"},
		[]string{"PORPOISE_DATA_DIR=environment", "PORPOISE_SLOTS=7", "OTHER_DEMO=true", "PORPOISE_UNKNOWN=x"},
		"data-dir: file\nslots: 8\nlease-ttl: 3s\ndemo: true\nlisten: 'of another role'\n")
	if err != nil {
		t.Fatal(err)
	}
	if s.dir != "flag" || s.slots != 7 || s.ttl != 3*time.Second || !s.demo || s.etcd != nil {
		t.Fatalf("got %+v", s)
	}
}

func TestListsInAllPlaces(t *testing.T) {
	want := []string{"http://a:2379", "http://b:2379"}
	for name, test := range map[string]struct {
		args, environ []string
		yaml          string
	}{
		"flag":             {[]string{"--etcd", "http://a:2379,http://b:2379"}, nil, ""},
		"environment":      {nil, []string{"PORPOISE_ETCD=http://a:2379,http://b:2379"}, ""},
		"long name":        {nil, []string{"PORPOISE_ETCD_ENDPOINTS=http://a:2379,http://b:2379"}, ""},
		"YAML list":        {nil, nil, "etcd:\n  - http://a:2379\n  - http://b:2379\n"},
		"YAML text":        {nil, nil, "etcd: http://a:2379,http://b:2379\n"},
		"file from a name": {nil, []string{}, "etcd: [http://a:2379, http://b:2379]\n"},
	} {
		s := newSample()
		if err := s.load(t, test.args, test.environ, test.yaml); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !slices.Equal(s.etcd, want) {
			t.Errorf("%s: got %q", name, s.etcd)
		}
	}
}

func TestConfigFileNamedByEnvironment(t *testing.T) {
	path := filepath.Join(t.TempDir(), "porpoise.yaml")
	if err := os.WriteFile(path, []byte("slots: 9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newSample()
	if err := s.load(t, nil, []string{"PORPOISE_CONFIG=" + path}, ""); err != nil || s.slots != 9 {
		t.Fatalf("slots %d, error %v", s.slots, err)
	}
}

func TestWrongSettingsAreNamed(t *testing.T) {
	for name, test := range map[string]struct {
		args, environ []string
		yaml, want    string
	}{
		"unknown in the file": {nil, nil, "slotz: 1\n", `unknown setting "slotz"`},
		"nested in the file":  {nil, nil, "worker:\n  slots: 1\n", `unknown setting "worker.slots"`},
		"ill-typed":           {nil, []string{"PORPOISE_SLOTS=many"}, "", "setting slots"},
		"not YAML":            {nil, nil, "slots: [", "porpoise.yaml"},
		"no such file":        {[]string{"--config", "/nowhere.yaml"}, nil, "", "/nowhere.yaml does not exist"},
	} {
		err := newSample().load(t, test.args, test.environ, test.yaml)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

func TestAPIOptions(t *testing.T) {
	base := apiOptions{listen: "127.0.0.1:12345", dolphinVersion: "1.3.9", maxUpload: 1}
	for name, test := range map[string]struct {
		change func(*apiOptions)
		ok     bool
	}{
		"plain":                     {func(*apiOptions) {}, true},
		"compat on loopback":        {func(o *apiOptions) { o.compatCredentials = true }, true},
		"compat on IPv6 loopback":   {func(o *apiOptions) { o.compatCredentials, o.listen = true, "[::1]:1" }, true},
		"compat on all interfaces":  {func(o *apiOptions) { o.compatCredentials, o.listen = true, "0.0.0.0:1" }, false},
		"compat on no host":         {func(o *apiOptions) { o.compatCredentials, o.listen = true, ":12345" }, false},
		"compat on a name":          {func(o *apiOptions) { o.compatCredentials, o.listen = true, "host:1" }, false},
		"compat and a password":     {func(o *apiOptions) { o.compatCredentials, o.adminPassword = true, "x" }, false},
		"no uploads":                {func(o *apiOptions) { o.maxUpload = 0 }, false},
		"a version nobody answered": {func(o *apiOptions) { o.dolphinVersion = "2.0.0" }, false},
	} {
		o := base
		test.change(&o)
		if err := o.check(); (err == nil) != test.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEveryFlagIsDescribed(t *testing.T) {
	for _, cmd := range newRoot().Commands() {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Usage == "" {
				t.Errorf("%s --%s is not described", cmd.Name(), f.Name)
			}
		})
	}
}

func TestKeptPassword(t *testing.T) {
	file := filepath.Join(t.TempDir(), "admin-password")
	first, kept, err := keptPassword(file)
	if err != nil || kept || len(first) < 16 {
		t.Fatalf("%q, %v, %v", first, kept, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	second, kept, err := keptPassword(file)
	if err != nil || !kept || second != first {
		t.Fatalf("%q, %v, %v", second, kept, err)
	}
}
