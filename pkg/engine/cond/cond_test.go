package cond

import (
	"errors"
	"strings"
	"testing"
)

func TestEval(t *testing.T) {
	values := map[string]string{
		"n": "5", "zero": "0", "neg": "-2.5", "word": "ok", "quoted": `"ok"`, "empty": "", "yes": "true", "no": "false",
		"nil": "null", "list": "a,b,c", "padded": "007", "evil": `1) || (1==1`, "evil2": `" || "1"=="1`, "umlaut": "日本x😀y",
		"system.biz.date": "20211017",
	}
	for _, c := range []struct {
		text string
		want bool
	}{
		{`1 == 1`, true},
		{`true`, true},
		{`false`, false},
		{`null`, false},
		{`undefined`, false},
		{`""`, false},
		{`"x"`, true},
		{`0`, false},
		{`${n} == 5`, true},
		{`${n} === 5`, true},
		{`${n} === "5"`, false},
		{`"${n}" === "5"`, true},
		{`"5" == 5`, true},
		{`"5" === 5`, false},
		{`"5" !== 5`, true},
		{`5 != "5"`, false},
		{`${n} >= 5 && ${n} < 6`, true},
		{`${n} > 5 || ${zero} <= 0`, true},
		{`${neg} < -2`, true},
		{`${word} == "ok"`, true},
		{`"${word}" == 'ok'`, true},
		{`${quoted} == "ok"`, true},
		{`${quoted}.equals("ok")`, true},
		{`"pre-${word}-${n}" == "pre-ok-5"`, true},
		{`${empty} == ""`, true},
		{`!${empty}`, true},
		{`${yes}`, true},
		{`${no}`, false},
		{`"${no}"`, true},
		{`${yes} == 1`, true},
		{`!${no} && ${yes} === true`, true},
		{`${nil} == undefined`, true},
		{`${nil} === undefined`, false},
		{`null == 0`, false},
		{`"" == 0`, true},
		{`"a" == 0`, false},
		{`"b" > "a"`, true},
		{`"10" < "9"`, true},
		{`"10" < 9`, false},
		{`"a" < 1 || "a" >= 1`, false},
		{`1 + 2 * 3 == 7`, true},
		{`(1 + 2) * 3 == 9`, true},
		{`"1" + 2 == "12"`, true},
		{`"3" - 1 === 2`, true},
		{`7 % 4 == 3`, true},
		{`1 / 0 > 1e300`, true},
		{`0.1 + 0.2 == 0.3`, false},
		{`.5 * 2 == 1`, true},
		{`1 < 2 == true`, true},
		{`1 == 1 < 2`, true},
		{`3 > 2 > 1`, false},
		{`- -1 == 1`, true},
		{`+"4" === 4`, true},
		{`${list}.length == 5`, true},
		{`${list}.length === 5`, true},
		{`${n}.length == 1`, true},
		{`"${umlaut}".length == 6`, true},
		{`${list}.indexOf("b") == 2`, true},
		{`${umlaut}.indexOf('y') == 5`, true},
		{`${list}.indexOf("z") >= 0`, false},
		{`"abc".indexOf("c") === 2`, true},
		{`${list}.includes("a") && ${list}.startsWith("a,") && ${list}.endsWith(",c")`, true},
		{`${padded} == "7"`, true},
		{`"${padded}" == "7"`, false},
		{`(${word} || "x") == "ok"`, true},
		{`(${empty} && "x") === ""`, true},
		{`${system.biz.date} >= 20211001;`, true},
		{`"a\"b\u0041\n" == 'a"bA\n'`, true},
		// Values never become part of the condition.
		{`${evil} == 1`, false},
		{`"${evil2}" == "x"`, false},
		{`${evil2} === '" || "1"=="1'`, true},
	} {
		got, err := Eval(c.text, values)
		if err != nil || got != c.want {
			t.Errorf("%s: got %t, %v, want %t", c.text, got, err, c.want)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	for _, c := range []struct {
		text string
		pos  int
		msg  string
	}{
		{``, 1, "empty"},
		{`  `, 1, "empty"},
		{`status == 1`, 1, "${status}"},
		{`1 == status`, 6, "${status}"},
		{`1 = 1`, 3, "unexpected '='"},
		{`1 ==`, 5, "too early"},
		{`(1 == 1`, 8, "expected )"},
		{`1 == 1)`, 7, "unexpected )"},
		{`1 1`, 3, "operator"},
		{`"a`, 1, "closing quote"},
		{`日 == 1`, 1, "unexpected '日'"},
		{`"日" == x`, 8, "${x}"},
		{`${a == 1`, 1, "without its }"},
		{`${} == 1`, 1, "name"},
		{`"x${" == 1`, 3, "without its }"},
		{`"\q" == 1`, 2, "escape"},
		{`12abc == 1`, 1, "not a number"},
		{`1.2.3 == 1`, 1, "not a number"},
		{`"a".constructor("x")`, 5, ".constructor"},
		{`"a".length()`, 11, "unexpected ("},
		{`"a".indexOf`, 12, "expected ("},
		{`"a".indexOf()`, 13, "unexpected )"},
		{`java.lang.Runtime.getRuntime()`, 1, "java"},
		{`function(){}`, 11, "unexpected"},
		{`a => a`, 3, "unexpected"},
		{`1 ? 2 : 3`, 3, "unexpected '?'"},
		{`[1][0]`, 1, "unexpected '['"},
		{`{}`, 1, "unexpected '{'"},
		{"`x`", 1, "unexpected"},
		{`1; 2`, 4, "operator"},
		{`typeof 1 == 2`, 1, "typeof"},
		{`1 & 1`, 3, "unexpected '&'"},
		{strings.Repeat("(", 100) + "1" + strings.Repeat(")", 100), 65, "within each other"},
		{strings.Repeat("!", 100) + "1", 65, "within each other"},
		{strings.Repeat("1||", 2000) + "1", 1, "too complex"},
		{strings.Repeat(" ", maxText) + "1", maxText, "too long"},
		{"\xff", 1, "UTF-8"},
	} {
		err := Check(c.text)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%.40s: got %v", c.text, err)
			continue
		}
		if e.Pos != c.pos || !strings.Contains(e.Msg, c.msg) {
			t.Errorf("%.40s: got %d %s, want %d %s", c.text, e.Pos, e.Msg, c.pos, c.msg)
		}
	}
}

func TestEvalErrors(t *testing.T) {
	if _, err := Eval(`${missing} == 1`, nil); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("missing parameter: %v", err)
	}
	p, err := Compile(`${a} + ${a} + ${b} == 1`)
	if err != nil {
		t.Fatal(err)
	}
	if names := p.Names(); strings.Join(names, " ") != "a b" {
		t.Errorf("names %v", names)
	}
	long := strings.Repeat("x", maxString/2+1)
	if _, err := p.Eval(map[string]string{"a": long, "b": ""}); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("long string: %v", err)
	}
}

// Whatever the text and the value, evaluation ends with an answer or an error.
func FuzzEval(f *testing.F) {
	f.Add(`${x} == 1 && "a${x}".length < 3`, "5")
	f.Add(`!(${x}.indexOf('a') >= 0) || - 3 % "2" !== null`, `"q"`)
	f.Add(`((1e5)) === ${x};`, "1e5")
	f.Fuzz(func(t *testing.T, text, value string) {
		p, err := Compile(text)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Pos < 1 {
				t.Fatalf("refused without a position: %v", err)
			}
			if e.Msg == "too complex" && len(text) < 500 {
				t.Fatalf("a short condition was rewritten wrongly: %q", text)
			}
			return
		}
		values := map[string]string{}
		for _, name := range p.Names() {
			values[name] = value
		}
		if _, err := p.Eval(values); err != nil && !errors.Is(err, errTooLong) {
			t.Fatalf("%q with %q: %v", text, value, err)
		}
	})
}

func BenchmarkEval(b *testing.B) {
	p, err := Compile(`${n} >= 5 && "${status}" == "ok" || ${list}.indexOf("b") > 0`)
	if err != nil {
		b.Fatal(err)
	}
	values := map[string]string{"n": "4", "status": "ok", "list": "a,b"}
	for b.Loop() {
		if _, err := p.Eval(values); err != nil {
			b.Fatal(err)
		}
	}
}
