package browser

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestConsole tells stories of people in the console, all with one server. Each
// script says at its top what it is about. Pictures are kept in the folder that
// SHOTS names, else in .cache/shots.
func TestConsole(t *testing.T) {
	w := newWorld(t)
	for _, language := range []string{"en", "zh"} {
		t.Run("newcomer/"+language, func(t *testing.T) { w.tell(t, "newcomer.mjs", "LANGUAGE="+language) })
	}
	for _, story := range []string{"roles", "drafts", "rows", "graph", "pages", "restart"} {
		t.Run(story, func(t *testing.T) { w.tell(t, story+".mjs") })
	}
}

// TestAllPagesAreOpened compares what the story of the pages opens with what the
// console's router knows.
func TestAllPagesAreOpened(t *testing.T) {
	script, err := os.ReadFile("pages.mjs")
	if err != nil {
		t.Fatal(err)
	}
	// Names stand in the script for projects and workflows, as parameters do in
	// the router.
	opened := strings.NewReplacer("${p}", "/projects/:project", "${w}", "/projects/:project/workflows/:workflow",
		"${i}", "/projects/:project/instances/:instance").Replace(string(script))
	routers, err := filepath.Glob("../../apiserver/console/src/pages/*/routes.tsx")
	if err != nil || len(routers) < 10 {
		t.Fatalf("%d routers, %v", len(routers), err)
	}
	count := 0
	for _, router := range routers {
		text, err := os.ReadFile(router)
		if err != nil {
			t.Fatal(err)
		}
		for _, route := range regexp.MustCompile(`path: '([^']+)'`).FindAllStringSubmatch(string(text), -1) {
			count++
			if !regexp.MustCompile(addressOf(route[1])).MatchString(opened) {
				t.Errorf("nothing opens %s of %s", route[1], router)
			}
		}
	}
	if count < 30 {
		t.Errorf("only %d routes were found", count)
	}
}

// addressOf gives a pattern of how the script writes addresses of a route.
func addressOf(route string) string {
	const parameter = `(?::\w+|\$\{[^}]+\})`
	pattern := regexp.MustCompile(`/?:\w+(\?)?`).ReplaceAllStringFunc(route, func(p string) string {
		if strings.HasSuffix(p, "?") { // a page whose parts have names
			return ""
		}
		return "/" + parameter
	})
	return "[\"`]/" + pattern + "[\"`?,]"
}
