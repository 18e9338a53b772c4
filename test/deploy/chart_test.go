package deploy

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

var rewrite = flag.Bool("rewrite", false, "write what is rendered to the golden files")

const (
	top    = "../.."
	chart  = top + "/deploy/helm/porpoise"
	golden = top + "/deploy/helm/golden"
)

// TestChart renders the chart with the functions of Helm that it uses, and
// with Helm itself where that is installed.
func TestChart(t *testing.T) {
	for _, name := range []string{"plain", "full"} {
		got, err := render(filepath.Join("testdata", name+".yaml"))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		objects(t, name, got)
		file := filepath.Join(golden, name+".yaml")
		if *rewrite {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s is rendered otherwise (go test ./test/deploy -rewrite accepts it):\n%s", name, diff)
		}
		byHelm(t, name, want)
	}
}

// objects checks the form of what is rendered.
func objects(t *testing.T, name string, text []byte) {
	t.Helper()
	kinds := map[string]int{}
	for i, doc := range documents(string(text)) {
		var object struct {
			APIVersion string `yaml:"apiVersion"`
			Kind       string
			Metadata   struct{ Name string }
			Spec       map[string]any
		}
		if err := yaml.Unmarshal([]byte(doc), &object); err != nil {
			t.Errorf("%s, document %d: %v\n%s", name, i, err, doc)
			continue
		}
		if object.APIVersion == "" || object.Kind == "" || object.Metadata.Name == "" {
			t.Errorf("%s, document %d is no object:\n%s", name, i, doc)
		}
		kinds[object.Kind]++
	}
	if kinds["Deployment"] != 1 || kinds["StatefulSet"] != 2 || kinds["ConfigMap"] != 1 {
		t.Errorf("%s: %v", name, kinds)
	}
}

func documents(text string) (docs []string) {
	for doc := range strings.SplitSeq(text, "\n---\n") {
		if strings.TrimSpace(doc) != "" {
			docs = append(docs, doc)
		}
	}
	return docs
}

// TestChartRefuses: what must be said is asked for.
func TestChartRefuses(t *testing.T) {
	for _, test := range []struct{ values, says string }{
		{"{}", "needed"},
		{"database: {existingSecret: d}\netcd: {endpoints: [x]}\nsecretKey: {existingSecret: k}\nadmin: {existingSecret: a}", "certificates"},
	} {
		file := filepath.Join(t.TempDir(), "values.yaml")
		if err := os.WriteFile(file, []byte(test.values), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := render(file); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%q: %v", test.values, err)
		}
	}
}

// byHelm compares with Helm's own rendering, value by value.
func byHelm(t *testing.T, name string, want []byte) {
	t.Helper()
	helm, err := exec.LookPath("helm")
	if err != nil {
		return
	}
	// A helm that was built without a release's settings assumes a Kubernetes
	// older than the chart allows.
	cmd := exec.Command(helm, "template", "jobs", chart, "--namespace", "default", "--kube-version", "1.30.0",
		"--values", filepath.Join("testdata", name+".yaml"))
	var says bytes.Buffer
	cmd.Stderr = &says
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("helm: %v\n%s", err, says.String())
	}
	for _, doc := range documents(string(out)) {
		var object any
		if err := yaml.Unmarshal([]byte(doc), &object); err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(documents(string(want)), func(other string) bool {
			var expected any
			return yaml.Unmarshal([]byte(other), &expected) == nil && cmp.Equal(object, expected)
		}) {
			t.Errorf("%s: helm renders otherwise:\n%s", name, doc)
		}
	}
}

// render does what `helm template jobs` does, for this chart.
func render(valuesFile string) ([]byte, error) {
	values, err := readValues(filepath.Join(chart, "values.yaml"))
	if err != nil {
		return nil, err
	}
	given, err := readValues(valuesFile)
	if err != nil {
		return nil, err
	}
	overlay(values, given)
	files, err := filepath.Glob(filepath.Join(chart, "templates", "*"))
	if err != nil {
		return nil, err
	}
	set := template.New("chart").Option("missingkey=error")
	set.Funcs(functions(set))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if _, err := set.New(filepath.Base(file)).Parse(string(text)); err != nil {
			return nil, err
		}
	}
	return execute(set, files, map[string]any{
		"Values":  values,
		"Release": map[string]any{"Name": "jobs", "Namespace": "default", "Service": "Helm"},
		"Chart":   map[string]any{"Name": "porpoise", "Version": "0.1.0", "AppVersion": "latest"},
	})
}

func execute(set *template.Template, files []string, data any) ([]byte, error) {
	var all bytes.Buffer
	for _, file := range files {
		var out bytes.Buffer
		if err := set.ExecuteTemplate(&out, filepath.Base(file), data); err != nil {
			return nil, err
		}
		if filepath.Ext(file) == ".yaml" && strings.TrimSpace(out.String()) != "" {
			fmt.Fprintf(&all, "---\n%s\n", strings.Trim(out.String(), "\n"))
		}
	}
	return all.Bytes(), nil
}

func readValues(file string) (map[string]any, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	values := map[string]any{}
	return values, yaml.Unmarshal(text, &values)
}

// overlay puts values over others, map by map.
func overlay(under, over map[string]any) {
	for key, value := range over {
		below, both := under[key].(map[string]any)
		if above, ok := value.(map[string]any); ok && both {
			overlay(below, above)
			continue
		}
		under[key] = value
	}
}

// functions are those of Helm that the chart uses.
func functions(set *template.Template) template.FuncMap {
	return template.FuncMap{
		"include": func(name string, data any) (string, error) {
			var out bytes.Buffer
			err := set.ExecuteTemplate(&out, name, data)
			return out.String(), err
		},
		"required": func(message string, value any) (any, error) {
			if value == nil || fmt.Sprint(value) == "" || fmt.Sprint(value) == "[]" {
				return nil, errors.New(message)
			}
			return value, nil
		},
		"fail": func(message string) (string, error) { return "", errors.New(message) },
		"default": func(other, value any) any {
			if value == nil || fmt.Sprint(value) == "" {
				return other
			}
			return value
		},
		"quote":      func(value any) string { return fmt.Sprintf("%q", fmt.Sprint(value)) },
		"nindent":    func(n int, text string) string { return "\n" + indent(n, text) },
		"toYaml":     toYAML,
		"toJson":     toJSON,
		"trunc":      func(n int, text string) string { return text[:min(n, len(text))] },
		"trimSuffix": func(end, text string) string { return strings.TrimSuffix(text, end) },
		"add":        func(a, b any) (sum int, err error) { return addition(a, b) },
		"int64":      func(value any) (n int64, err error) { _, err = fmt.Sscan(fmt.Sprint(value), &n); return n, err },
		"join": func(between string, list []any) string {
			parts := make([]string, len(list))
			for i, e := range list {
				parts[i] = fmt.Sprint(e)
			}
			return strings.Join(parts, between)
		},
		"sha256sum": func(text string) string {
			sum := sha256.Sum256([]byte(text))
			return hex.EncodeToString(sum[:])
		},
	}
}

func addition(a, b any) (sum int, err error) {
	var x, y int
	if _, err := fmt.Sscan(fmt.Sprint(a), &x); err != nil {
		return 0, err
	}
	_, err = fmt.Sscan(fmt.Sprint(b), &y)
	return x + y, err
}

func indent(n int, text string) string {
	pad := strings.Repeat(" ", n)
	return pad + strings.ReplaceAll(text, "\n", "\n"+pad)
}

func toJSON(value any) (string, error) {
	data, err := json.Marshal(value)
	return string(data), err
}

// toYAML sorts keys, as Helm does.
func toYAML(value any) (string, error) {
	data, err := yaml.Marshal(sorted(value))
	return strings.TrimRight(string(data), "\n"), err
}

func sorted(value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := yaml.MapSlice{}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			out = append(out, yaml.MapItem{Key: key, Value: sorted(v[key])})
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = sorted(v[i])
		}
		return out
	}
	return value
}
