package native

import (
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"golang.org/x/text/language"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/native/wording"
)

// tongue says to a client what the program says in English; nil leaves it.
type tongue = *wording.Catalogue

// sayable is an answer with texts for people.
type sayable interface {
	// in gives the answer with its texts in a language.
	in(t tongue) any
}

// tongueFor gives the language that a request prefers of those that there are.
func (a *API) tongueFor(acceptLanguage string) tongue {
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		return nil // a header that cannot be read wishes nothing
	}
	for _, tag := range wanted { // best first
		switch base, _ := tag.Base(); base.String() {
		case "zh":
			return a.chinese
		case "en":
			return nil
		}
	}
	return nil
}

// inLanguage puts answers into the language that the client prefers.
func (a *API) inLanguage(ctx huma.Context, _ string, answer any) (any, error) {
	_, problem := answer.(*huma.ErrorModel)
	s, ok := answer.(sayable)
	if !problem && !ok {
		return answer, nil
	}
	ctx.AppendHeader("Vary", "Accept-Language")
	t := a.tongueFor(ctx.Header("Accept-Language"))
	if t == nil {
		return answer, nil
	}
	ctx.SetHeader("Content-Language", "zh")
	if m, ok := answer.(*huma.ErrorModel); ok {
		sayModel(m, "", t)
		return m, nil
	}
	return s.in(t), nil
}

// sayModel says a problem with a reason.
func sayModel(m *huma.ErrorModel, reason string, t tongue) {
	m.Title, m.Detail = t.Text(m.Title), t.Message(reason, m.Detail)
	for _, e := range m.Errors {
		if _, ofDocument := e.Value.(Place); ofDocument {
			e.Message = t.Problem(e.Message)
			continue
		}
		e.Message = t.Message(reason, e.Message)
	}
}

func (p *Problem) in(t tongue) any {
	said := *p
	sayModel(&said.ErrorModel, p.Reason, t)
	return &said
}

func (c Checked) in(t tongue) any {
	for i := range c.Problems { // made for this answer
		c.Problems[i].Message = t.Problem(c.Problems[i].Message)
	}
	return c
}

func (i Imported) in(t tongue) any {
	for n := range i.Items {
		i.Items[n].say(t)
	}
	return i
}

func (i *ImportedItem) say(t tongue) {
	for n := range i.Problems {
		i.Problems[n].Message = t.Problem(i.Problems[n].Message)
	}
	lines := strings.Split(i.Message, "\n")
	for n := range lines {
		lines[n] = t.Problem(lines[n])
	}
	i.Message = strings.Join(lines, "\n")
}

func (b BatchResult) in(t tongue) any {
	for i := range b.Failed {
		b.Failed[i].Message = t.Message(b.Failed[i].Reason, b.Failed[i].Message)
	}
	return b
}

func (r Tried) in(t tongue) any {
	r.Message = t.Problem(r.Message)
	return r
}

func (p SchedulePreview) in(t tongue) any {
	for i := range p.Problems {
		p.Problems[i].Message = t.Problem(p.Problems[i].Message)
	}
	return p
}

func (s Statistics) in(t tongue) any {
	for i := range s.Health.Problems {
		s.Health.Problems[i] = t.Text(s.Health.Problems[i])
	}
	return s
}

// sayTo puts a problem that a middleware answers into the client's language.
func (a *API) sayTo(r *http.Request, header http.Header, p *Problem) {
	header.Add("Vary", "Accept-Language")
	if t := a.tongueFor(r.Header.Get("Accept-Language")); t != nil {
		header.Set("Content-Language", "zh")
		sayModel(&p.ErrorModel, p.Reason, t)
	}
}
