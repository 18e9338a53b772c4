package dolphin

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/swaggerui"
)

// swaggerDoc is the dialect's document, in Swagger 2.0 as 1.3.9 has it.
type swaggerDoc struct {
	Swagger             string                             `json:"swagger"`
	Info                map[string]string                  `json:"info"`
	BasePath            string                             `json:"basePath"`
	Tags                []swaggerTag                       `json:"tags"`
	Produces            []string                           `json:"produces"`
	Paths               map[string]map[string]swaggerRoute `json:"paths"`
	SecurityDefinitions map[string]map[string]string       `json:"securityDefinitions"`
	Security            []map[string][]string              `json:"security"`
	Definitions         map[string]any                     `json:"definitions"`
}

type swaggerTag struct {
	Name        string `json:"name"`
	Description string `json:"description"`
}

// swaggerRoute is an operation of the document.
type swaggerRoute struct {
	Tags        []string              `json:"tags"`
	Summary     string                `json:"summary"`
	OperationID string                `json:"operationId"`
	Consumes    []string              `json:"consumes,omitempty"`
	Produces    []string              `json:"produces,omitempty"`
	Parameters  []swaggerParam        `json:"parameters"`
	Responses   map[string]any        `json:"responses"`
	Security    []map[string][]string `json:"security,omitempty"`
	Access      string                `json:"x-access"`
	Error       int                   `json:"x-error-code"`
}

type swaggerParam struct {
	Name     string   `json:"name"`
	In       string   `json:"in"`
	Required bool     `json:"required"`
	Type     string   `json:"type"`
	Format   string   `json:"format,omitempty"`
	Default  any      `json:"default,omitempty"`
	Enum     []string `json:"enum,omitempty"`
	Text     string   `json:"description,omitempty"`
}

// in picks the text of a language.
func (s summary) in(l status.Language) string {
	if l == status.Chinese {
		return s.zh
	}
	return s.en
}

// document describes the declared routes in a language.
func (d *Dialect) document(l status.Language) swaggerDoc {
	doc := swaggerDoc{
		Swagger: "2.0", BasePath: Base, Produces: []string{"application/json"},
		Info: map[string]string{"title": "DolphinScheduler 1.3.9", "version": "1.3.9", "description": aboutAPI().in(l)},
		SecurityDefinitions: map[string]map[string]string{
			"token":     {"type": "apiKey", "name": "token", "in": "header", "description": aboutToken().in(l)},
			"sessionId": {"type": "apiKey", "name": "sessionId", "in": "header", "description": aboutSession().in(l)},
		},
		Security: []map[string][]string{{"token": {}}, {"sessionId": {}}},
		Paths:    map[string]map[string]swaggerRoute{},
		Definitions: map[string]any{"Result": map[string]any{"type": "object", "required": []string{"code", "msg", "data"},
			"properties": map[string]any{"code": map[string]string{"type": "integer", "format": "int32"},
				"msg": map[string]string{"type": "string"}, "data": map[string]any{}}}},
	}
	groups, operations := groupSummaries(), summaries()
	for i := range d.routes {
		rt := &d.routes[i]
		tag := swaggerTag{rt.Group, groups[rt.Group].in(l)}
		if !slices.Contains(doc.Tags, tag) {
			doc.Tags = append(doc.Tags, tag)
		}
		if doc.Paths[rt.Path] == nil {
			doc.Paths[rt.Path] = map[string]swaggerRoute{}
		}
		text := operations[rt.Group+"."+rt.Operation].in(l)
		doc.Paths[rt.Path][strings.ToLower(rt.Method)] = describe(rt, text)
	}
	slices.SortFunc(doc.Tags, func(a, b swaggerTag) int { return strings.Compare(a.Name, b.Name) })
	return doc
}

func aboutAPI() summary {
	return summary{
		"The REST API of DolphinScheduler 1.3.9, as this server speaks it. Answers are {code, msg, data}; code 0 is success.",
		"本服务提供的 DolphinScheduler 1.3.9 REST API。返回 {code, msg, data}，code 为 0 表示成功。",
	}
}

func aboutToken() summary {
	return summary{"A token made with /access-token/create.", "通过 /access-token/create 创建的令牌。"}
}

func aboutSession() summary {
	return summary{"The sessionId that /login answered.", "/login 返回的 sessionId。"}
}

// describe makes an operation of a declaration.
func describe(rt *Route, text string) swaggerRoute {
	op := swaggerRoute{
		Tags: []string{rt.Group}, Summary: text, OperationID: rt.Group + "_" + rt.Operation,
		Parameters: []swaggerParam{}, Access: rt.Access.String(), Error: rt.ErrorConstant.Code(),
	}
	for _, p := range rt.Params {
		op.Parameters = append(op.Parameters, describeParam(rt, p))
	}
	switch {
	case rt.takesFiles():
		op.Consumes = []string{"multipart/form-data"}
	case inBody(rt):
		op.Consumes = []string{"application/x-www-form-urlencoded"}
	}
	success := max(rt.SuccessStatus, http.StatusOK)
	answer := map[string]any{"description": "code, msg, data", "schema": map[string]string{"$ref": "#/definitions/Result"}}
	if rt.AnswersFile {
		op.Produces = []string{"application/octet-stream", "application/json"}
		answer = map[string]any{"description": "file", "schema": map[string]string{"type": "file"}}
	}
	op.Responses = map[string]any{strconv.Itoa(success): answer}
	if rt.Access == Public {
		op.Security = []map[string][]string{{}}
	} else {
		op.Responses["401"] = map[string]any{"description": "not signed in"}
	}
	return op
}

// inBody reports whether a route's parameters are shown as a form. Any route
// takes them from the query string too.
func inBody(rt *Route) bool { return rt.Method != http.MethodGet && rt.Method != http.MethodDelete }

func describeParam(rt *Route, p Param) swaggerParam {
	out := swaggerParam{Name: p.Name, In: "query", Required: p.Required, Type: "string", Enum: p.Values}
	switch {
	case strings.Contains(rt.Path, "{"+p.Name+"}"):
		out.In = "path"
	case inBody(rt):
		out.In = "formData"
	}
	switch p.kind {
	case intParam:
		out.Type, out.Format = "integer", "int32"
	case boolParam:
		out.Type = "boolean"
	case fileParam:
		out.Type = "file"
	}
	if !p.HasDefault {
		return out
	}
	v, _, err := p.read([]string{p.Default})
	switch {
	case err != nil: // an empty text as a number's default, say
	case p.kind == intParam:
		out.Default = v.number
	case p.kind == boolParam:
		out.Default = v.truth
	default:
		out.Default = p.Default
	}
	return out
}

// docHandlers adds the API page: the document, two addresses of the page, its
// files, and what clients of the original's page ask beside it.
func (d *Dialect) docHandlers(r chi.Router) {
	for path, h := range d.docs {
		r.Method(http.MethodGet, Base+path, h)
		r.Method(http.MethodHead, Base+path, h)
	}
}

// makeDocs makes the handlers of the API page.
func (d *Dialect) makeDocs() (map[string]http.Handler, error) {
	document, err := d.documentHandler()
	if err != nil {
		return nil, err
	}
	page, err := swaggerui.Page{Title: "DolphinScheduler 1.3.9 - Porpoise", Document: "v2/api-docs", Assets: "webjars/swagger-ui"}.Handler()
	if err != nil {
		return nil, fmt.Errorf("making the API page: %w", err)
	}
	assets, err := swaggerui.Assets()
	if err != nil {
		return nil, fmt.Errorf("making the API page: %w", err)
	}
	return map[string]http.Handler{
		"/v2/api-docs": document, "/doc.html": page, "/swagger-ui.html": page, "/webjars/swagger-ui/*": assets,
		"/swagger-resources":                        fixedJSON(`[{"name":"default","url":"/v2/api-docs","swaggerVersion":"2.0","location":"/v2/api-docs"}]`),
		"/swagger-resources/configuration/ui":       fixedJSON(`{"deepLinking":true,"displayOperationId":false,"docExpansion":"none","filter":true}`),
		"/swagger-resources/configuration/security": fixedJSON(`{}`),
	}, nil
}

// documentHandler answers the document in the language of the request.
func (d *Dialect) documentHandler() (http.Handler, error) {
	texts := map[status.Language][]byte{}
	for _, l := range []status.Language{status.English, status.Chinese} {
		text, err := marshal(d.document(l))
		if err != nil {
			return nil, fmt.Errorf("describing the API: %w", err)
		}
		texts[l] = text
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l := language(r)
		if tag := r.URL.Query().Get("language"); tag != "" {
			l = languageOf(tag)
		}
		writeJSON(w, r, http.StatusOK, texts[l])
	}), nil
}

func fixedJSON(text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { writeJSON(w, r, http.StatusOK, []byte(text)) })
}
