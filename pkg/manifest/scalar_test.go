package manifest_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/porpoise-scheduler/porpoise/pkg/manifest"
)

// TestAnyText writes and reads texts of all sorts, in all places where there are
// texts.
func TestAnyText(t *testing.T) {
	pieces := []string{"a", "B", "7", "0", " ", "  ", "\t", "\n", "\r", ":", ": ", "#", " #", "-", "- ", "--- ", "...", "?", "? ", ",", "[", "]", "{", "}", "&", "*", "!",
		"|", ">", "'", "\"", "%", "@", "`", "\\", "$", "~", "=", "<", "<<", ".", "_", "+", "/", "(", ")", "e", "x", "null", "true", "No", ".inf", "2026-01-01", "é", "行", "🐬",
		"\u00a0", "\u0085", "\u2028", "\u3000", "\ufeff", "\x00", "\x1b", "\x7f", "\\n", "${day}", "$[yyyy]"}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.Custom(func(t *rapid.T) string {
			s := ""
			for _, p := range rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 6).Draw(t, "pieces") {
				s += p
			}
			return s
		})
		s, key := text.Draw(t, "text"), text.Draw(t, "key")
		d := manifest.Document{Name: s, Description: s, Tasks: []manifest.Task{{Name: "t" + s, Needs: []string{s, s}, Kind: "SHELL", Description: s,
			Params: map[string]any{"rawScript": s, key + "k": s, "list": []any{s, []any{s, "x"}, map[string]any{key + "m": s}, map[string]any{}, []any{}}}}},
			Layout: map[string]manifest.Point{key: {X: 1, Y: -2.5}}}
		raw, err := manifest.Text(d)
		if err != nil {
			t.Fatal(err)
		}
		back, problem := manifest.Parse(raw)
		if problem != nil {
			t.Fatalf("%q: %v in\n%s", s, problem, raw)
		}
		again, err := manifest.Text(back)
		if err != nil || string(again) != string(raw) {
			t.Fatalf("%q, %v: written again it is\n%s\nnot\n%s", s, err, again, raw)
		}
		if back.Name != s || back.Tasks[0].Needs[1] != s || back.Tasks[0].Params["rawScript"] != s || back.Tasks[0].Params[key+"k"] != s {
			t.Fatalf("%q is %q in\n%s", s, back.Name, raw)
		}
	})
}
