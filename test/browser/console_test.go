package browser

import (
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/porpoise-scheduler/porpoise/test/cluster"
)

// TestConsole is a newcomer's first hour: he signs in, draws a workflow by
// mouse, publishes and runs it, and reads its log, in which something looks
// like code. Then every page of the menu is opened, in both languages and
// themes. With SHOTS in the environment, pictures are kept in that folder.
func TestConsole(t *testing.T) {
	drive := driver(t)
	c := cluster.ForTest(t, cluster.Config{})
	admin, err := c.Client().Login(t.Context(), "admin", cluster.AdminPassword)
	if err != nil {
		t.Fatal(err)
	}
	if err := admin.CreateProject(t.Context(), "browser"); err != nil {
		t.Fatal(err)
	}
	const hostile = `echo "<img src=x onerror=alert(1)>"`
	var seen struct {
		Refused, Log                   string
		Tasks, Workflow, Instance      int
		States                         []string
		Elsewhere, Complaints, Dialogs []string
		Pages                          map[string]string
	}
	drive(&seen, "console.mjs", "SERVER="+c.APIs[0].URL, "PASSWORD="+cluster.AdminPassword, "PROJECT=browser",
		"SCRIPT="+hostile, "SHOTS="+os.Getenv("SHOTS"))
	if !strings.Contains(seen.Refused, "wrong") {
		t.Errorf("a wrong password: %q", seen.Refused)
	}
	if seen.Tasks != 2 || len(seen.States) != 2 {
		t.Errorf("%d tasks were drawn, %d ran", seen.Tasks, len(seen.States))
	}
	for _, s := range seen.States {
		if !strings.Contains(s, "Succeeded") {
			t.Errorf("a task is %q", s)
		}
	}
	if !strings.Contains(seen.Log, "<img src=x onerror=alert(1)>") {
		t.Errorf("the log is %q", seen.Log)
	}
	if len(seen.Dialogs) > 0 {
		t.Errorf("code of a log was run: %v", seen.Dialogs)
	}
	if len(seen.Elsewhere) > 0 {
		t.Errorf("pages asked other hosts: %v", seen.Elsewhere)
	}
	if len(seen.Complaints) > 0 {
		t.Errorf("the browser complains: %v", seen.Complaints)
	}
	checkTitles(t, seen.Pages)
}

// checkTitles wants every page to have a title, and in Chinese a Chinese one
// unless it is a name.
func checkTitles(t *testing.T, pages map[string]string) {
	t.Helper()
	if len(pages) < 40 {
		t.Errorf("only %d pages were opened", len(pages))
	}
	for page, title := range pages {
		chinese := strings.ContainsFunc(title, func(r rune) bool { return unicode.Is(unicode.Han, r) })
		switch isName := slices.Contains([]string{"browser", "API"}, title); {
		case strings.TrimSpace(title) == "":
			t.Errorf("%s has no title", page)
		case !isName && chinese != strings.HasSuffix(page, " zh"):
			t.Errorf("%s is called %q", page, title)
		}
	}
}
