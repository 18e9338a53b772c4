package script_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/notify/notifytest"
	"github.com/porpoise-scheduler/porpoise/pkg/notify/script"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// folder makes a folder of alert scripts that an unprivileged user can reach,
// and one that script can write into.
func folder(t *testing.T) (scripts, out string) {
	t.Helper()
	top, err := os.MkdirTemp("/tmp", "alert-scripts-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(top) })
	scripts, out = filepath.Join(top, "scripts"), filepath.Join(top, "out")
	for dir, mode := range map[string]os.FileMode{top: 0o755, scripts: 0o755, out: 0o777} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
	}
	return scripts, out
}

func put(t *testing.T, dir, name, text string, mode os.FileMode) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func kind(t *testing.T, cfg script.Config) *script.Kind {
	t.Helper()
	k, err := script.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSuite(t *testing.T) {
	scripts, out := folder(t)
	put(t, scripts, "tell", "#!/bin/sh\nid=\"$2\"\n[ -e "+out+"/refuse ] && { echo 'not today'; exit 3; }\ncat > "+out+"/\"$id\"\n", 0o755)
	notifytest.Exercise(t, notifytest.Subject{
		Kind: kind(t, script.Config{Dir: scripts}), Settings: map[string]string{"script": "tell"},
		Wrong: map[string]map[string]string{
			"script": {"script": "../tell"},
			"other":  {"script": "tell", "other": "x"},
		},
		Refuse: func(on bool) {
			if on {
				put(t, out, "refuse", "", 0o644)
				return
			}
			if err := os.Remove(filepath.Join(out, "refuse")); err != nil {
				t.Fatal(err)
			}
		},
		Refusal: "not today",
		Arrived: func() []string {
			var ids []string
			entries, err := os.ReadDir(out)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				if e.Name() != "refuse" {
					ids = append(ids, e.Name())
				}
			}
			return ids
		},
	})
}

// TestStaysInItsFolder names programs outside of the folder in every way.
func TestStaysInItsFolder(t *testing.T) {
	scripts, out := folder(t)
	put(t, out, "evil", "#!/bin/sh\nexit 0\n", 0o755)
	put(t, scripts, "plain", "#!/bin/sh\n", 0o644)
	put(t, scripts, "loose", "#!/bin/sh\n", 0o777)
	put(t, scripts, ".hidden", "#!/bin/sh\n", 0o755)
	if err := os.Symlink(filepath.Join(out, "evil"), filepath.Join(scripts, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(scripts, "dir"), 0o755); err != nil {
		t.Fatal(err)
	}
	k := kind(t, script.Config{Dir: scripts})
	for _, name := range []string{"../out/evil", filepath.Join(out, "evil"), "/bin/sh", "sh", "link", "dir", "dir/../plain", ".", "..", "", ".hidden",
		"plain", "loose", "sh -c id", "evil\x00", `..\out\evil`} {
		_, err := k.New(map[string]string{"script": name})
		if err == nil {
			t.Errorf("%q is accepted", name)
		}
		if workflow.ErrorCode(err) != workflow.Invalid {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := kind(t, script.Config{}).New(map[string]string{"script": "x"}); err == nil || !strings.Contains(err.Error(), "alert-script-dir") {
		t.Errorf("without a folder: %v", err)
	}
}

// TestReplacedByALink changes a program after its channel was made.
func TestReplacedByALink(t *testing.T) {
	scripts, out := folder(t)
	put(t, scripts, "good", "#!/bin/sh\n", 0o755)
	put(t, out, "evil", "#!/bin/sh\ntouch "+out+"/ran\n", 0o755)
	c, err := kind(t, script.Config{Dir: scripts}).New(map[string]string{"script": "good"})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(scripts, "good")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(out, "evil"), filepath.Join(scripts, "good")); err != nil {
		t.Fatal(err)
	}
	if err := c.Send(t.Context(), notify.Message{ID: "d"}); err == nil {
		t.Error("the link was followed")
	}
	if _, err := os.Stat(filepath.Join(out, "ran")); err == nil {
		t.Error("the program behind the link ran")
	}
}

// TestWhatAProgramSees looks at arguments, input, user and environment.
func TestWhatAProgramSees(t *testing.T) {
	scripts, out := folder(t)
	t.Setenv("PORPOISE_MAIL_PASSWORD", "hunter2")
	put(t, scripts, "look", "#!/bin/sh\n{ for a in \"$@\"; do echo \"arg=$a\"; done; id -u; env; cat; } > "+out+"/seen\n", 0o755)
	c, err := kind(t, script.Config{Dir: scripts}).New(map[string]string{"script": "look", "argument": "$(touch x); `id`"})
	if err != nil {
		t.Fatal(err)
	}
	m := notify.Message{ID: "porpoise-1", Event: workflow.AlertFailure, Title: "a $(id) 'b'", Facts: json.RawMessage(`{"instanceId":4}`)}
	if err := c.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(out, "seen"))
	if err != nil {
		t.Fatal(err)
	}
	seen := string(data)
	for _, want := range []string{"arg=INSTANCE_FAILURE\n", "arg=porpoise-1\n", "arg=a $(id) 'b'\n", "arg=$(touch x); `id`\n", `"facts":{"instanceId":4}`} {
		if !strings.Contains(seen, want) {
			t.Errorf("no %q in %s", want, seen)
		}
	}
	if strings.Contains(seen, "hunter2") || os.Geteuid() == 0 && strings.Contains(seen, "\n0\n") {
		t.Errorf("seen %s", seen)
	}
}

// TestTimeLimit ends a program that hangs, and the children it left.
func TestTimeLimit(t *testing.T) {
	scripts, _ := folder(t)
	put(t, scripts, "hang", "#!/bin/sh\necho waiting\nsleep 3600 &\nsleep 3600\n", 0o755)
	// One that is ended before it came so far as to say a word gets more time.
	for limit := 300 * time.Millisecond; limit < 2*time.Minute; limit *= 4 {
		c, err := kind(t, script.Config{Dir: scripts, Timeout: limit}).New(map[string]string{"script": "hang"})
		if err != nil {
			t.Fatal(err)
		}
		if err = c.Send(t.Context(), notify.Message{ID: "d"}); !notify.IsUnknown(err) {
			t.Fatalf("a limit of %v: %v", limit, err)
		}
		if strings.Contains(err.Error(), "waiting") {
			return
		}
	}
	t.Error("what it said before it hung is not told")
}

func TestFolderMustBeTheOperators(t *testing.T) {
	scripts, _ := folder(t)
	if err := os.Chmod(scripts, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := script.New(script.Config{Dir: scripts}); err == nil || !strings.Contains(err.Error(), "written by others") {
		t.Errorf("error %v", err)
	}
	if os.Geteuid() == 0 {
		if err := os.Chmod(scripts, 0o755); err != nil {
			t.Fatal(err)
		}
		if _, err := script.New(script.Config{Dir: scripts, User: "root"}); err == nil {
			t.Error("scripts would run as root")
		}
	}
}
