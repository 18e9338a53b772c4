package dolphin_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// openDoc is what tests look at of the document.
type openDoc struct {
	Swagger, BasePath string
	Tags              []struct{ Name, Description string }
	Paths             map[string]map[string]struct {
		Tags                 []string
		Summary, OperationID string
		Consumes             []string
		Parameters           []struct {
			Name, In, Type, Format string
			Required               bool
			Default                any
			Enum                   []string
		}
		Responses map[string]struct{ Description string }
		Security  []map[string][]string
	}
	SecurityDefinitions map[string]struct{ Type, Name, In string }
	Definitions         map[string]any
}

// TestDocumentDescribesEveryRoute compares the document with the contract.
func TestDocumentDescribesEveryRoute(t *testing.T) {
	w := newWorld(t)
	r := w.send(nil, http.MethodGet, "/v2/api-docs", "", "")
	var doc openDoc
	decode(t, r.Body, &doc)
	if r.HTTP != http.StatusOK || doc.Swagger != "2.0" || doc.BasePath != "/dolphinscheduler" || doc.SecurityDefinitions["token"].Name != "token" {
		t.Fatalf("HTTP %d, document %+v", r.HTTP, doc)
	}
	ids := map[string]bool{}
	for _, rt := range w.api.Routes() {
		op, ok := doc.Paths[rt.Path][strings.ToLower(rt.Method)]
		if !ok {
			t.Errorf("%s.%s is not in the document", rt.Group, rt.Operation)
			continue
		}
		if ids[op.OperationID] || op.Summary == "" || !slices.Equal(op.Tags, []string{rt.Group}) {
			t.Errorf("%s.%s: %+v", rt.Group, rt.Operation, op)
		}
		ids[op.OperationID] = true
	}
	for _, e := range readContract(t).Endpoints {
		op, ok := doc.Paths[e.Path][strings.ToLower(e.Method)]
		if !ok {
			continue // TestConformance tells
		}
		byName := map[string]int{}
		for i, p := range op.Parameters {
			byName[p.Name] = i
		}
		for _, want := range e.Params {
			i, there := byName[want.Name]
			if want.In == "session" {
				continue
			}
			if !there {
				t.Errorf("%s: no parameter %s", e.Operation, want.Name)
				continue
			}
			p := op.Parameters[i]
			kind := map[string]string{"String": "string", "Integer": "integer", "int": "integer", "Boolean": "boolean", "boolean": "boolean", "MultipartFile": "file"}[want.Type]
			if kind != "" && p.Type != kind || kind == "" && len(p.Enum) == 0 {
				t.Errorf("%s: %s is %+v, want %s", e.Operation, want.Name, p, want.Type)
			}
			if want.In == "path" && (p.In != "path" || !p.Required) || want.In == "file" && p.In != "formData" {
				t.Errorf("%s: %s is in %s", e.Operation, want.Name, p.In)
			}
			if want.Default != nil && fmt.Sprint(p.Default) != *want.Default {
				t.Errorf("%s: %s has default %v, want %s", e.Operation, want.Name, p.Default, *want.Default)
			}
		}
		if _, ok := op.Responses[fmt.Sprint(e.SuccessStatus)]; !ok {
			t.Errorf("%s: responses are %v", e.Operation, op.Responses)
		}
	}
}

// TestDocumentIsValid checks what Swagger 2.0 demands of operations.
func TestDocumentIsValid(t *testing.T) {
	var doc openDoc
	decode(t, newWorld(t).send(nil, http.MethodGet, "/v2/api-docs", "", "").Body, &doc)
	for path, methods := range doc.Paths {
		if !strings.HasPrefix(path, "/") {
			t.Errorf("path %s", path)
		}
		for method, op := range methods {
			where := method + " " + path
			seen := map[string]bool{}
			for _, p := range op.Parameters {
				if seen[p.Name] {
					t.Errorf("%s: %s twice", where, p.Name)
				}
				seen[p.Name] = true
				if p.In == "formData" && len(op.Consumes) == 0 || p.Type == "file" && !slices.Equal(op.Consumes, []string{"multipart/form-data"}) {
					t.Errorf("%s consumes %v", where, op.Consumes)
				}
				if !slices.Contains([]string{"path", "query", "formData"}, p.In) || !slices.Contains([]string{"string", "integer", "boolean", "file"}, p.Type) {
					t.Errorf("%s: parameter %+v", where, p)
				}
				if p.In == "path" != strings.Contains(path, "{"+p.Name+"}") {
					t.Errorf("%s: %s is in %s", where, p.Name, p.In)
				}
			}
			for code, r := range op.Responses {
				if r.Description == "" {
					t.Errorf("%s: answer %s has no description", where, code)
				}
			}
			for _, part := range strings.Split(path, "/") {
				if name, ok := strings.CutPrefix(part, "{"); ok && !seen[strings.TrimSuffix(name, "}")] {
					t.Errorf("%s: %s is no parameter", where, part)
				}
			}
			if len(op.Responses) == 0 {
				t.Errorf("%s answers nothing", where)
			}
		}
	}
}

func TestDocumentSpeaksChinese(t *testing.T) {
	w := newWorld(t)
	for _, r := range []reply{
		w.send(nil, http.MethodGet, "/v2/api-docs?language=zh_CN", "", ""),
		w.send(as{"language": "zh_CN"}, http.MethodGet, "/v2/api-docs", "", ""),
	} {
		if !strings.Contains(string(r.Body), `"summary":"创建项目"`) {
			t.Errorf("HTTP %d %.200s", r.HTTP, r.Body)
		}
	}
	if r := w.send(as{"language": "zh_CN"}, http.MethodGet, "/v2/api-docs?language=en_US", "", ""); !strings.Contains(string(r.Body), `"summary":"Create a project"`) {
		t.Errorf("HTTP %d %.200s", r.HTTP, r.Body)
	}
}

// TestPageIsOpen asks as a stranger for what the page loads.
func TestPageIsOpen(t *testing.T) {
	w := newWorld(t)
	for path, kind := range map[string]string{
		"/doc.html": "text/html;charset=UTF-8", "/doc.html?language=en_US&lang=en": "text/html;charset=UTF-8", "/swagger-ui.html": "text/html;charset=UTF-8",
		"/v2/api-docs": "application/json;charset=UTF-8", "/webjars/swagger-ui/swagger-ui.css": "text/css;charset=UTF-8",
		"/webjars/swagger-ui/swagger-ui-bundle.js": "text/javascript;charset=UTF-8", "/swagger-resources": "application/json;charset=UTF-8",
		"/swagger-resources/configuration/ui": "application/json;charset=UTF-8", "/swagger-resources/configuration/security": "application/json;charset=UTF-8",
	} {
		if r := w.send(nil, http.MethodGet, path, "", ""); r.HTTP != http.StatusOK || r.Header.Get("Content-Type") != kind || len(r.Body) == 0 {
			t.Errorf("%s: HTTP %d, %s", path, r.HTTP, r.Header.Get("Content-Type"))
		}
		if r := w.send(nil, http.MethodHead, path, "", ""); r.HTTP != http.StatusOK || len(r.Body) != 0 {
			t.Errorf("HEAD %s: HTTP %d", path, r.HTTP)
		}
	}
	if r := w.send(nil, http.MethodGet, "/webjars/swagger-ui/../../users/list", "", ""); r.HTTP == http.StatusOK {
		t.Errorf("a page's address leads to %s", r.Body)
	}
}
