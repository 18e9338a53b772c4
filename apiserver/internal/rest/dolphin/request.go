package dolphin

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
	"github.com/porpoise-scheduler/porpoise/apiserver/internal/usecase"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Limits of request bodies.
const (
	maxForm  = 5_000_000  // bytes of parameters
	maxParts = 1024 << 20 // of a multipart body whose files nobody wants
)

// Request is a decoded, authorized request. Its getters panic for a parameter
// that the route does not declare: that is a programmer's error.
type Request struct {
	Caller usecase.Caller // empty on public routes
	// Project is set on routes whose access concerns one.
	Project  workflow.Project
	Language status.Language
	IP       string

	route  *Route
	most   int // rows of a page
	values map[string]value
	files  map[string]UploadedFile
	given  url.Values // everything sent, declared or not; of files a digest
	zone   *time.Location
	http   *http.Request
	// keeps gives the data of a success, for repeats of the request, while the
	// transaction that makes it one is under way; nil: see Route.AnswersID.
	keeps func() any
}

// Has reports whether the parameter was given or has a default.
func (r *Request) Has(name string) bool {
	r.declared(name)
	if _, ok := r.files[name]; ok {
		return true
	}
	_, ok := r.values[name]
	return ok
}

// String gives a text or an enum; "" when absent.
func (r *Request) String(name string) string { return r.get(name).text }

// Int gives a number; 0 when absent.
func (r *Request) Int(name string) int { return r.get(name).number }

// ID gives a number as the id of something.
func (r *Request) ID(name string) int64 { return int64(r.get(name).number) }

// Bool gives a truth value; false when absent.
func (r *Request) Bool(name string) bool { return r.get(name).truth }

// Enum gives an enum's word; "" when absent.
func (r *Request) Enum(name string) string { return r.get(name).text }

// Date reads "yyyy-MM-dd HH:mm:ss" in the server's zone. An empty or absent
// text is the zero time; another text that is no date an Invalid error, which
// the dialect answers with "request parameter {0} is not valid".
func (r *Request) Date(name string) (time.Time, error) {
	text := r.get(name).text
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.ParseInLocation(time.DateTime, text, r.zone)
	if err != nil {
		return time.Time{}, Fail(status.RequestParamsNotValidError, name)
	}
	return t, nil
}

// Page gives the page asked for on a route that declares pageNo and pageSize;
// both were checked to be positive. A page larger than the server gives is cut to
// what it gives, so that the number of pages is true.
func (r *Request) Page() store.Page {
	return store.Page{Number: r.Int("pageNo"), Size: min(r.Int("pageSize"), r.most)}
}

// Search gives searchVal as lists of 1.3.9 use it: without blanks around it.
func (r *Request) Search() string { return strings.TrimSpace(r.String("searchVal")) }

func (r *Request) get(name string) value {
	r.declared(name)
	return r.values[name]
}

func (r *Request) declared(name string) {
	if r.route.param(name) == nil {
		panic(fmt.Sprintf("%s.%s does not declare parameter %s", r.route.Group, r.route.Operation, name))
	}
}

// decode fills the declared parameters. take puts the content of files away
// while it arrives; what it took is in r.files, also when decode fails.
func (r *Request) decode(take takeFile) error {
	if err := r.read(take); err != nil {
		return fmt.Errorf("reading parameters: %w", err)
	}
	r.values = make(map[string]value, len(r.route.Params))
	for _, p := range r.route.Params {
		present, err := r.decodeOne(p)
		if err != nil {
			return err
		}
		if !present && p.Required {
			return fmt.Errorf("required parameter %s is not present", p.Name)
		}
	}
	return nil
}

// decodeOne fills one parameter; files are filled already.
func (r *Request) decodeOne(p Param) (present bool, err error) {
	if p.kind == fileParam {
		_, present = r.files[p.Name]
		return present, nil
	}
	texts := r.given[p.Name]
	if strings.Contains(r.route.Path, "{"+p.Name+"}") {
		texts = pathText(r.http, p.Name)
	}
	v, present, err := p.read(texts)
	if err == nil && present {
		r.values[p.Name] = v
	}
	return present, err
}

// pathText gives the unescaped piece of the path.
func pathText(r *http.Request, name string) []string {
	raw := chi.URLParam(r, name)
	if r.URL.RawPath != "" { // only then the router matched escaped text
		if text, err := url.PathUnescape(raw); err == nil {
			raw = text
		}
	}
	return []string{raw}
}

// checkPage answers what 1.3.9 does for pages that cannot be.
func (r *Request) checkPage() error {
	switch {
	case !r.route.paged():
		return nil
	case r.Int("pageNo") <= 0:
		return Fail(status.RequestParamsNotValidError, "pageNo")
	case r.Int("pageSize") <= 0:
		return Fail(status.RequestParamsNotValidError, "pageSize")
	}
	return nil
}

// read collects parameters from the query string, then from an urlencoded body
// or the parts of a multipart one, on any method. Bodies of other types are
// ignored.
func (r *Request) read(take takeFile) error {
	r.given = parseQuery(r.http.URL.RawQuery)
	body := r.http.Body
	if body == nil || body == http.NoBody {
		return nil
	}
	kind, params, err := mime.ParseMediaType(r.http.Header.Get("Content-Type"))
	if err != nil {
		return nil
	}
	switch kind {
	case "application/x-www-form-urlencoded":
		return addForm(r.given, body)
	case "multipart/form-data":
		return r.readParts(multipart.NewReader(body, params["boundary"]), take)
	}
	return nil
}

// parseQuery reads pairs and skips those that cannot be read.
func parseQuery(text string) url.Values {
	values, _ := url.ParseQuery(strings.ReplaceAll(text, ";", "%3B"))
	return values
}

var errFormTooLarge = errors.New("the form is larger than 5,000,000 bytes")

func addForm(given url.Values, body io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(body, maxForm+1))
	if err != nil {
		return err
	}
	if len(text) > maxForm {
		return errFormTooLarge
	}
	for name, texts := range parseQuery(string(text)) {
		given[name] = append(given[name], texts...)
	}
	return nil
}
