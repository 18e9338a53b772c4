// Package wording puts alerts into words, in English or Chinese.
//
// Phrases are templates, one set per language. They fill a page, and layouts
// make plain text, markdown and HTML of that.
package wording

import (
	"embed"
	"encoding/json"
	"fmt"
	html "html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"
	text "text/template"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/engine"
	"github.com/porpoise-scheduler/porpoise/pkg/notify"
)

//go:embed templates
var templates embed.FS

// Languages are those there are phrases for.
func Languages() []string { return []string{"en", "zh"} }

// Config of a Writer; zero values have defaults.
type Config struct {
	Language string         // one of Languages; en by default
	Zone     *time.Location // times are told in; UTC by default
	// ExternalURL is where people reach the product; without one messages have
	// no link. {instance} and {project} in it are replaced by ids; without
	// them, the path of an instance's page is added.
	ExternalURL string
}

// Writer puts alerts into words. It is safe for concurrent use.
type Writer struct {
	cfg      Config
	phrases  *text.Template
	text     *text.Template
	markdown *text.Template
	mail     *html.Template
}

var _ notify.Writer = (*Writer)(nil)

// New makes a writer.
func New(cfg Config) (*Writer, error) {
	if cfg.Language == "" {
		cfg.Language = "en"
	}
	if !slices.Contains(Languages(), cfg.Language) {
		return nil, fmt.Errorf("alert-language: %q is not one of %s", cfg.Language, strings.Join(Languages(), ", "))
	}
	if cfg.Zone == nil {
		cfg.Zone = time.UTC
	}
	if err := checkURL(cfg.ExternalURL); err != nil {
		return nil, fmt.Errorf("external-url: %w", err)
	}
	w := &Writer{cfg: cfg}
	return w, w.parse()
}

func checkURL(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(strings.NewReplacer("{instance}", "1", "{project}", "1").Replace(s))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("%q is not a URL beginning with https:// or http://", s)
	}
	return nil
}

// parse reads the templates. Functions are these and the built-in ones.
func (w *Writer) parse() (err error) {
	functions := map[string]any{"row": row, "plain": plain}
	if w.phrases, err = text.New("").Option("missingkey=error").ParseFS(templates, "templates/"+w.cfg.Language+".tmpl"); err != nil {
		return err
	}
	if w.text, err = text.New("text.tmpl").Funcs(functions).ParseFS(templates, "templates/text.tmpl"); err != nil {
		return err
	}
	if w.markdown, err = text.New("markdown.tmpl").Funcs(functions).ParseFS(templates, "templates/markdown.tmpl"); err != nil {
		return err
	}
	w.mail, err = html.New("mail.html.tmpl").ParseFS(templates, "templates/mail.html.tmpl")
	return err
}

// Write puts one alert into words.
func (w *Writer) Write(s notify.Subject) (notify.Message, error) {
	var facts engine.Facts
	if err := json.Unmarshal([]byte(s.Alert.Content), &facts); err != nil {
		return notify.Message{}, fmt.Errorf("reading the facts of alert %d: %w", s.Alert.ID, err)
	}
	if facts.Workflow == "" {
		facts.Workflow = s.Workflow
	}
	p := w.page(s, &facts)
	m := notify.Message{
		ID: s.DeliveryID, AlertID: s.Alert.ID, Event: s.Alert.Kind, Title: p.Title, Link: p.Link,
		Facts: withNames(&facts, s.Project), Time: s.Alert.CreateTime,
	}
	var err error
	if m.Text, err = run(w.text, p); err != nil {
		return m, err
	}
	if m.Markdown, err = run(w.markdown, p); err != nil {
		return m, err
	}
	var out strings.Builder
	err = w.mail.Execute(&out, p)
	m.HTML = out.String()
	return m, err
}

func run(t *text.Template, p page) (string, error) {
	var out strings.Builder
	err := t.Execute(&out, p)
	return strings.TrimSpace(out.String()), err
}

// withNames gives the facts to receivers that read JSON. Who else was told is
// not their affair.
func withNames(f *engine.Facts, project string) json.RawMessage {
	told := struct {
		engine.Facts
		Project string `json:"project,omitempty"`
		Cc      string `json:"cc,omitempty"` // hides that of the facts
	}{Facts: *f, Project: project}
	out, err := json.Marshal(told)
	if err != nil {
		return json.RawMessage("{}") // times beyond the year 9999 only
	}
	return out
}

// link is where an instance is seen.
func (w *Writer) link(project, instance int64) string {
	base := w.cfg.ExternalURL
	if base == "" || instance == 0 {
		return ""
	}
	if strings.Contains(base, "{instance}") {
		return strings.NewReplacer("{instance}", strconv.FormatInt(instance, 10), "{project}", strconv.FormatInt(project, 10)).Replace(base)
	}
	return strings.TrimRight(base, "/") + "/dolphinscheduler/ui/#/projects/instance/list/" + strconv.FormatInt(instance, 10)
}

// row writes the cells that say something on one line.
func row(cells []string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(cells), func(s string) bool { return s == "" }), " | ")
}

// plain takes the meaning from what a markdown reader would act on.
func plain(s string) string {
	return strings.NewReplacer("[", "［", "]", "］", "<", "＜", ">", "＞", "`", "'", "*", "＊", "\n", " ", "\r", " ").Replace(s)
}
