package manifest_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/porpoise-scheduler/porpoise/pkg/manifest"
)

var update = flag.Bool("update", false, "write the canonical forms anew")

// TestCanonicalForm writes documents as the files beside them say. The console's
// tests read the same files.
func TestCanonicalForm(t *testing.T) {
	files, err := filepath.Glob("testdata/canonical/*.in.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, in := range files {
		t.Run(filepath.Base(in), func(t *testing.T) {
			text, err := os.ReadFile(in)
			if err != nil {
				t.Fatal(err)
			}
			got, err := manifest.Text(parsed(t, string(text)))
			if err != nil {
				t.Fatal(err)
			}
			out := strings.TrimSuffix(in, ".in.yaml") + ".yaml"
			if *update {
				if err := os.WriteFile(out, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Error(diff)
			}
			again, err := manifest.Text(parsed(t, string(got)))
			if err != nil || string(again) != string(got) {
				t.Errorf("%v: written again it is\n%s", err, again)
			}
		})
	}
}
