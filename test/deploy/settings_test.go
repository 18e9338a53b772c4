package deploy

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/porpoise-scheduler/porpoise/test/cluster"
)

// flagsOf asks the binary what settings a command has.
func flagsOf(t *testing.T, command ...string) map[string]bool {
	t.Helper()
	binary, err := cluster.Binary()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(binary, append(command, "--help")...).Output()
	if err != nil {
		t.Fatalf("%q: %v", command, err)
	}
	flags := map[string]bool{}
	for _, found := range regexp.MustCompile(`(?m)^ +(?:-\w, )?--([a-z0-9-]+)`).FindAllStringSubmatch(string(out), -1) {
		flags[found[1]] = true
	}
	if len(flags) < 3 {
		t.Fatalf("%q has the flags %v", command, flags)
	}
	return flags
}

// read gives a file of the folder deploy.
func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(top, "deploy", path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestUnits(t *testing.T) {
	for _, role := range []string{"standalone", "apiserver", "master", "worker"} {
		unit := read(t, "systemd/porpoise-"+role+".service")
		flags := flagsOf(t, role)
		for _, found := range regexp.MustCompile(`--([a-z-]+)`).FindAllStringSubmatch(lineOf(unit, "ExecStart="), -1) {
			if !flags[found[1]] {
				t.Errorf("%s has no flag --%s", role, found[1])
			}
		}
		runsTasks := role == "standalone" || role == "worker"
		if strings.Contains(unit, "\nDelegate=yes\n") != runsTasks || strings.Contains(unit, "\nKillMode=process\n") != runsTasks {
			t.Errorf("%s: cgroups and attempts that outlive a restart are for who runs tasks", role)
		}
		if strings.Contains(unit, "\nUser=porpoise\n") == runsTasks {
			t.Errorf("%s runs as the wrong user", role)
		}
		verifyUnit(t, role, unit)
	}
}

func lineOf(text, begin string) string {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, begin) {
			return line
		}
	}
	return ""
}

// verifyUnit lets systemd read the unit, where it is installed.
func verifyUnit(t *testing.T, role, unit string) {
	t.Helper()
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		return
	}
	file := filepath.Join(t.TempDir(), "porpoise-"+role+".service")
	unit = strings.Replace(unit, "/usr/local/bin/porpoise", "/bin/true", 1)
	if err := os.WriteFile(file, []byte(unit), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(analyze, "verify", file).CombinedOutput(); err != nil || strings.Contains(string(out), filepath.Base(file)) {
		t.Errorf("%s: %v\n%s", role, err, out)
	}
}

// secretsOfS3 are variables that are no flags.
var secretsOfS3 = []string{"s3-access-key", "s3-secret-key"}

func TestCompose(t *testing.T) {
	var file struct {
		Services map[string]struct {
			Command     []string
			Environment map[string]string
			DependsOn   map[string]any `yaml:"depends_on"`
			Volumes     []string
			Networks    []string
		}
		Volumes  map[string]any
		Networks map[string]any
	}
	if err := yaml.Unmarshal([]byte(read(t, "compose.yaml")), &file); err != nil {
		t.Fatal(err)
	}
	for _, role := range []string{"apiserver", "master", "worker"} {
		service, flags := file.Services[role], flagsOf(t, role)
		if !slices.Equal(service.Command, []string{role}) {
			t.Errorf("%s runs %q", role, service.Command)
		}
		for name := range service.Environment {
			known(t, role, name, flags)
		}
	}
	for name, service := range file.Services {
		for other := range service.DependsOn {
			if _, ok := file.Services[other]; !ok {
				t.Errorf("%s depends on %s, which is no service", name, other)
			}
		}
		for _, volume := range service.Volumes {
			source, _, shared := strings.Cut(volume, ":")
			if _, ok := file.Volumes[source]; shared && !ok {
				t.Errorf("%s uses %s, which is no volume", name, source)
			}
		}
	}
}

// known checks that a variable is a setting of the role, or of another one
// that shares it.
func known(t *testing.T, role, variable string, flags map[string]bool) {
	t.Helper()
	name, ok := strings.CutPrefix(variable, "PORPOISE_")
	name = strings.ReplaceAll(strings.ToLower(name), "_", "-")
	shared := []string{"database", "secret-file", "resource-store", "insecure-rpc", "log-format", "etcd"}
	if ok && !flags[name] && !slices.Contains(secretsOfS3, name) && !slices.Contains(shared, name) {
		t.Errorf("%s has no setting %s", role, variable)
	}
}

func TestChartSettings(t *testing.T) {
	text, err := render(filepath.Join("testdata", "full.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for _, role := range []string{"apiserver", "master", "worker"} {
		for name := range flagsOf(t, role) {
			all[name] = true
		}
	}
	for _, found := range regexp.MustCompile(`- name: (PORPOISE_[A-Z0-9_]+)`).FindAllStringSubmatch(string(text), -1) {
		known(t, "the cluster", found[1], all)
	}
	for _, doc := range documents(string(text)) {
		var object struct {
			Kind string
			Data map[string]string
		}
		if err := yaml.Unmarshal([]byte(doc), &object); err != nil || object.Kind != "ConfigMap" {
			continue
		}
		settings := map[string]any{}
		if err := yaml.Unmarshal([]byte(object.Data["porpoise.yaml"]), &settings); err != nil || len(settings) < 6 {
			t.Fatalf("settings %v, %v", settings, err)
		}
		for name := range settings {
			if !all[name] {
				t.Errorf("there is no setting %s", name)
			}
		}
	}
}

// metrics collects names of metrics from the sources.
func metrics(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{"up": true, "process_start_time_seconds": true, "process_resident_memory_bytes": true,
		"process_cpu_seconds_total": true, "process_open_fds": true}
	whole := regexp.MustCompile(`"(porpoise_[a-z_]+[a-z])"`)
	ofMaster := regexp.MustCompile(`desc\("([a-z_]+)"`)
	for _, root := range []string{"master", "worker", "apiserver", "pkg", "cmd"} {
		err := filepath.WalkDir(filepath.Join(top, root), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() && entry.Name() == "node_modules" {
				return errOrSkip(err)
			}
			if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			text, err := os.ReadFile(path)
			for _, found := range whole.FindAllSubmatch(text, -1) {
				names[string(found[1])] = true
			}
			if strings.Contains(string(text), `"porpoise_master_"+name`) {
				for _, found := range ofMaster.FindAllSubmatch(text, -1) {
					names["porpoise_master_"+string(found[1])] = true
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return names
}

func errOrSkip(err error) error {
	if err != nil {
		return err
	}
	return fs.SkipDir
}

var metric = regexp.MustCompile(`\b(?:porpoise|process)_[a-z_]+[a-z]\b`)

// TestMetrics: dashboards and rules ask for nothing that is not measured.
func TestMetrics(t *testing.T) {
	names := metrics(t)
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(read(t, "grafana/porpoise.json")), &dashboard); err != nil {
		t.Fatal(err)
	}
	var rules struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr         string
				Labels, Annotations map[string]string
			}
		}
	}
	if err := yaml.Unmarshal([]byte(read(t, "prometheus/alerts.yaml")), &rules); err != nil {
		t.Fatal(err)
	}
	asked := map[string]string{}
	for _, p := range dashboard.Panels {
		for _, target := range p.Targets {
			for _, name := range metric.FindAllString(target.Expr, -1) {
				asked[name] = "panel " + p.Title
			}
		}
	}
	for _, r := range rules.Groups[0].Rules {
		if r.Labels["severity"] == "" || r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
			t.Errorf("alert %s does not say what it means", r.Alert)
		}
		for _, name := range metric.FindAllString(r.Expr, -1) {
			asked[name] = "alert " + r.Alert
		}
	}
	if len(asked) < 15 {
		t.Fatalf("only %v is asked", asked)
	}
	for name, where := range asked {
		base := name
		for _, end := range []string{"_bucket", "_sum", "_count"} {
			base = strings.TrimSuffix(base, end)
		}
		if !names[name] && !names[base] {
			t.Errorf("%s asks for %s, which nothing measures", where, name)
		}
	}
}
