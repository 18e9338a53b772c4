package native_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/native"
)

// TestProblemsKeepSecrets sends passwords in bodies that are refused in every
// way: where it was wrong is answered, what was sent is not.
func TestProblemsKeepSecrets(t *testing.T) {
	w := newWorld(t)
	const secret = "hunter2-and-more"
	long := strings.Repeat(secret, 20)
	for name, c := range map[string]struct {
		path, body string
		location   string
	}{
		"no JSON":         {"/session", `{"user":"ann","password":"` + secret + `"`, "body"},
		"a field missing": {"/session", `{"password":"` + secret + `"}`, "body"},
		"a field too many": {"/session", `{"user":"ann","password":"` + secret + `","otp":"` + secret + `"}`,
			"body.otp"},
		"too long":       {"/session", `{"user":"ann","password":"` + long + `"}`, "body.password"},
		"the wrong type": {"/session", `{"user":"ann","password":["` + secret + `"]}`, "body.password"},
		"further down":   {"/users", `{"name":7,"password":"` + secret + `"}`, "body.name"},
	} {
		t.Run(name, func(t *testing.T) {
			r := w.send(w.admin, http.MethodPost, c.path, strings.NewReader(c.body))
			if strings.Contains(string(r.Body), "hunter2") {
				t.Errorf("the answer shows what was sent: %s", r.Body)
			}
			var p native.Problem
			r.into(&p)
			found := false
			for _, e := range p.Errors {
				found = found || e.Location == c.location && e.Message != ""
			}
			if r.Status < 400 || r.Status >= 500 || !found {
				t.Errorf("HTTP %d %s does not name %s", r.Status, r.Body, c.location)
			}
		})
	}
	r := w.call(w.admin, http.MethodGet, "/audit?from=hunter2", nil).want(http.StatusUnprocessableEntity)
	if strings.Contains(string(r.Body), "hunter2") || !strings.Contains(string(r.Body), "query.from") {
		t.Errorf("a parameter is answered by %s", r.Body)
	}
}
