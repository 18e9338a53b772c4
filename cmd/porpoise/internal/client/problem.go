package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Unreachable means that no answer came.
type Unreachable struct {
	Server string
	Err    error
}

func (e *Unreachable) Error() string {
	return fmt.Sprintf("%s is not reached: %v", e.Server, e.Err)
}

// Unwrap gives the cause.
func (e *Unreachable) Unwrap() error { return e.Err }

// Problem is a refusal, as RFC 9457 describes it.
type Problem struct {
	Status int          `json:"status"`
	Title  string       `json:"title"`
	Detail string       `json:"detail"`
	Reason string       `json:"reason"` // a stable word
	Fields []FieldError `json:"errors"`
	Body   []byte       `json:"-"` // the whole document
}

// FieldError says what is wrong with a part of a request.
type FieldError struct {
	Message  string `json:"message"`
	Location string `json:"location"` // such as body.name
	Value    any    `json:"value"`
}

// Field is the location in the words of whoever filled the field in.
func (f FieldError) Field() string {
	field := f.Location
	for _, where := range []string{"body.", "query.", "path."} {
		field = strings.TrimPrefix(field, where)
	}
	if field == "body" {
		return ""
	}
	return field
}

// Error says what is wrong, names the fields, and what to do where that helps.
func (p *Problem) Error() string {
	text := p.Detail
	if text == "" {
		text = fmt.Sprintf("the server answered %d %s", p.Status, p.Title)
	}
	for _, f := range p.Fields {
		field := f.Field()
		switch {
		case strings.Contains(text, f.Message) && (field == "" || strings.HasPrefix(text, field+":")):
		case field == "":
			text += "\n  " + f.Message
		case len(p.Fields) == 1 && f.Message == p.Detail:
			text = field + ": " + text
		default:
			text += "\n  " + field + ": " + strings.TrimPrefix(f.Message, field+": ")
		}
	}
	if p.Status == http.StatusUnauthorized {
		text = "not signed in: " + text + "\nlog in with: porpoise ctl login (or set PORPOISE_TOKEN)"
	}
	return text
}

// NotFound says that an error is about a thing that is not there.
func NotFound(err error) bool { return hasStatus(err, http.StatusNotFound) }

// NotSignedIn says that the token or the password was not accepted.
func NotSignedIn(err error) bool { return hasStatus(err, http.StatusUnauthorized) }

func hasStatus(err error, status int) bool {
	var p *Problem
	return errors.As(err, &p) && p.Status == status
}

// problem reads a refusal; whatever stands between may answer in its own words.
func problem(request *http.Request, response *http.Response) error {
	data, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return fmt.Errorf("reading the refusal of %s %s: %w", request.Method, request.URL.Path, err)
	}
	p := &Problem{}
	if json.Unmarshal(data, p) != nil || p.Title == "" && p.Detail == "" {
		p = &Problem{Detail: fmt.Sprintf("%s %s was answered with HTTP %s, and not by this API: is that Porpoise's address, and of this version?",
			request.Method, request.URL.Path, response.Status)}
	}
	p.Status, p.Body = response.StatusCode, data
	return p
}
