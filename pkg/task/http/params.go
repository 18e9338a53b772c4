package http

import (
	"encoding/json"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/porpoise-scheduler/porpoise/pkg/task/params"
)

// check is a condition on the answer.
type check string

const (
	statusDefault   check = "STATUS_CODE_DEFAULT" // is 200
	statusCustom    check = "STATUS_CODE_CUSTOM"  // is the condition
	bodyContains    check = "BODY_CONTAINS"
	bodyNotContains check = "BODY_NOT_CONTAINS"
)

// place says where a parameter goes.
type place string

const (
	inQuery  place = "PARAMETER"
	inBody   place = "BODY"
	inHeader place = "HEADERS"
)

// parameter is one of httpParams.
type parameter struct {
	name, value string
	place       place
}

// request is what the parameters of a task ask for.
type request struct {
	url        string
	method     string
	parameters []parameter
	body       string // as it is; BODY parameters make a JSON object instead
	check      check
	condition  string
	connect    time.Duration
	idle       time.Duration
}

// defaultTimeout holds for both timeouts.
const defaultTimeout = time.Minute

// read reads and checks parameters. What holds placeholders is checked when
// they are gone: read is called again with expand.
func read(raw json.RawMessage, expand func(string) string) (request, error) {
	o := params.Read(raw)
	text := func(o *params.Object, field string) string { return expand(o.Text(field)) }
	r := request{
		url:       strings.TrimSpace(text(o, "url")),
		method:    strings.ToUpper(strings.TrimSpace(o.Text("httpMethod"))),
		body:      text(o, "httpBody"),
		check:     check(o.Text("httpCheckCondition")),
		condition: text(o, "condition"),
		connect:   milliseconds(o.Int("connectTimeout", 0)),
		idle:      milliseconds(o.Int("socketTimeout", 0)),
	}
	if r.method == "" {
		r.method = http.MethodGet
	}
	if r.check == "" {
		r.check = statusDefault
	}
	items := o.List("httpParams")
	for _, item := range items {
		r.parameters = append(r.parameters, parameter{
			name: strings.TrimSpace(text(item, "prop")), value: text(item, "value"), place: place(item.Text("httpParametersType")),
		})
	}
	if err := o.Err(); err != nil {
		return request{}, err
	}
	for i, item := range items {
		if err := r.parameters[i].validate(item); err != nil {
			return request{}, err
		}
	}
	return r, r.validate(o)
}

// milliseconds gives a timeout, the default one for what is not positive or
// longer than a day.
func milliseconds(n int64) time.Duration {
	const day = 24 * 60 * 60 * 1000
	if n <= 0 || n > day {
		return defaultTimeout
	}
	return time.Duration(n) * time.Millisecond
}

// open reports whether text still holds placeholders.
func open(text string) bool { return strings.Contains(text, "${") || strings.Contains(text, "$[") }

func (r request) validate(o *params.Object) error {
	methods := []string{http.MethodGet, http.MethodPost, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodPatch}
	switch {
	case r.url == "":
		return o.Invalid("url", "must not be blank")
	case !slices.Contains(methods, r.method):
		return o.Invalid("httpMethod", "%q is none of %s", r.method, strings.Join(methods, ", "))
	case !open(r.url) && !isURL(r.url):
		return o.Invalid("url", "must be an http or https URL with a host")
	}
	return r.validateCheck(o)
}

func (r request) validateCheck(o *params.Object) error {
	switch r.check {
	case statusDefault:
		return nil
	case statusCustom:
		if code, err := strconv.Atoi(strings.TrimSpace(r.condition)); !open(r.condition) && (err != nil || code < 100 || code > 599) {
			return o.Invalid("condition", "must be a status code")
		}
		return nil
	case bodyContains, bodyNotContains:
		if r.condition == "" {
			return o.Invalid("condition", "must say what the body is searched for")
		}
		return nil
	}
	return o.Invalid("httpCheckCondition", "%q is unknown", string(r.check))
}

func isURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.Opaque == ""
}

func (p parameter) validate(o *params.Object) error {
	switch p.place {
	case inQuery, inBody, inHeader:
	default:
		return o.Invalid("httpParametersType", "%q is none of PARAMETER, BODY, HEADERS", string(p.place))
	}
	if p.name == "" {
		return o.Invalid("prop", "must not be blank")
	}
	if p.place != inHeader {
		return nil
	}
	if !open(p.name) && !httpguts.ValidHeaderFieldName(p.name) {
		return o.Invalid("prop", "%q is not the name of a header", p.name)
	}
	if !open(p.value) && !httpguts.ValidHeaderFieldValue(p.value) {
		return o.Invalid("value", "must fit in a header")
	}
	if framing(p.name) {
		return o.Invalid("prop", "%q is set by the connection itself", p.name)
	}
	return nil
}

// framing reports headers that say how a message is delimited.
func framing(name string) bool {
	switch textproto.CanonicalMIMEHeaderKey(name) {
	case "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "Trailer", "Te", "Proxy-Connection", "Keep-Alive":
		return true
	}
	return false
}
