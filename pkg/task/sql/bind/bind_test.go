package bind

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// question binds as most drivers do, and shows types.
type question struct{}

func (question) Placeholder(int) string { return "?" }

func (question) Bind(p workflow.Property) (any, error) {
	if p.Type == "BROKEN" {
		return nil, errors.New("parameter " + p.Prop + " is broken")
	}
	return p.Type + ":" + p.Value, nil
}

type dollars struct{ question }

func (dollars) Placeholder(n int) string { return fmt.Sprintf("$%d", n) }

// source knows a few names.
func source() Source {
	values := map[string]Value{
		"day": {"VARCHAR", "2024-01-02"}, "n": {"INTEGER", "7"}, "evil": {"VARCHAR", `x' or '1'='1`}, "tab": {"VARCHAR", "t_1"},
		"ids": {"LIST", "[1, \"two\", true, 2.5]"}, "csv": {"LIST", "a, b"}, "none": {"LIST", "[]"}, "bad": {"BROKEN", ""},
		"nest": {"VARCHAR", "${day}"}, "slash": {"VARCHAR", `\`}, "yes": {"BOOLEAN", "true"}, "fmt": {"VARCHAR", "yyyy"},
		"quote": {"VARCHAR", "'"}, "minus": {"LONG", "-3"}, "x": {"DOUBLE", "1.5"},
	}
	return Source{
		Lookup: func(name string) (Value, bool) { v, ok := values[name]; return v, ok },
		Date: func(e string) string {
			e = strings.ReplaceAll(e, "${fmt}", "yyyy")
			return strings.NewReplacer("$[yyyy]", "2024", "$[yyyyMMdd]", "20240102").Replace(e)
		},
	}
}

type want struct {
	src, text string
	args      []any
}

func check(t *testing.T, kind workflow.DataSourceType, values Values, wants []want) {
	t.Helper()
	d, err := For(kind)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range wants {
		got, err := Bind(w.src, d, source(), values)
		if err != nil {
			t.Errorf("%s %s: %v", kind, w.src, err)
			continue
		}
		if w.args == nil {
			w.args = []any{}
		}
		if diff := cmp.Diff(w.text, got.Text) + cmp.Diff(w.args, got.Values()); diff != "" {
			t.Errorf("%s %s:\n%s", kind, w.src, diff)
		}
	}
}

func TestMySQL(t *testing.T) {
	check(t, workflow.MySQL, question{}, []want{
		{"select 1", "select 1", nil},
		{"select ${n}, ${unknown}, !{unknown}", "select ?, ${unknown}, !{unknown}", []any{"INTEGER:7"}},
		{"select '${n}', \"${day}\"", "select ?, ?", []any{"INTEGER:7", "VARCHAR:2024-01-02"}},
		{"select '%${n}_${day}%'", "select ?", []any{"VARCHAR:%7_2024-01-02%"}},
		{`select 'it''s \'${day}\' a\tb\%\\'`, "select ?", []any{"VARCHAR:it's '2024-01-02' a\tb\\%\\"}},
		{`select "say ""${n}"" 'x'"`, "select ?", []any{`VARCHAR:say "7" 'x'`}},
		{`select 'a\' ${n}', ${n}`, "select ?, ?", []any{"VARCHAR:a' 7", "INTEGER:7"}},
		{"select ${evil}, '${evil}'", "select ?, ?", []any{`VARCHAR:x' or '1'='1`, `VARCHAR:x' or '1'='1`}},
		{"select 1 -- ${n} '\n, ${n} # ${n}", "select 1 -- ${n} '\n, ? # ${n}", []any{"INTEGER:7"}},
		{"select 5--${n}", "select 5--?", []any{"INTEGER:7"}},
		{"select /* ${n} ' */ ${n} /*! ${n} */", "select /* ${n} ' */ ? /*! ${n} */", []any{"INTEGER:7"}},
		{"select `it's`, ${n}", "select `it's`, ?", []any{"INTEGER:7"}},
		{"select * from !{tab} where d='!{day}'", "select * from t_1 where d='2024-01-02'", nil},
		{"select !{nest}, ${nest}", "select ${day}, ?", []any{"VARCHAR:${day}"}},
		{"select !{quote}a${n}!{quote}", "select ?", []any{"VARCHAR:a7"}},
		{"select * from t_$[yyyyMMdd] where y='$[yyyy]-$[oops'", "select * from t_20240102 where y='2024-$[oops'", nil},
		{"select $[${fmt}], 'y$[${fmt}]'", "select ?, ?", []any{":2024", "VARCHAR:y2024"}},
		{"select '${n} in $[yyyy]'", "select ?", []any{"VARCHAR:7 in 2024"}},
		{"where id in (${ids}) or id in ('${csv}') or id in (${none})", "where id in (1, 'two', TRUE, '2.5') or id in ('a', 'b') or id in (NULL)", nil},
		{"select * from t where id in (${ids})", "select * from t where id in (?, ?, ?, ?)", []any{"LONG:1", "VARCHAR:two", "BOOLEAN:true", "VARCHAR:2.5"}},
		{"select date '${day}', TIMESTAMP /**/ '${day} 01:00:00', _utf8'${day}', N'${day}'", "select date '2024-01-02', TIMESTAMP /**/ '2024-01-02 01:00:00', _utf8'2024-01-02', ?", []any{"VARCHAR:2024-01-02"}},
		{"select a_date, '${day}'", "select a_date, ?", []any{"VARCHAR:2024-01-02"}},
		{"/* c */ set @d = '${evil}${slash}', @n = ${n}, @b = ${yes}, @x = ${x}", `/* c */ set @d = 'x'' or ''1''=''1\\', @n = 7, @b = TRUE, @x = 1.5`, nil},
		{"(select ${n})", "(select ?)", []any{"INTEGER:7"}},
		{"select '${", "select '${", nil},
		{"select 'never ${unknown} closed", "select 'never ${unknown} closed", nil},
		{"select ${${n}}", "select ${?}", []any{"INTEGER:7"}},
	})
}

func TestPostgreSQL(t *testing.T) {
	check(t, workflow.PostgreSQL, dollars{}, []want{
		{"select ${n}, '${day}', \"${day}\", \"it's\"", "select $1, $2, $3, \"it's\"", []any{"INTEGER:7", "VARCHAR:2024-01-02", "VARCHAR:2024-01-02"}},
		{`select 'a\', ${n}`, `select 'a\', $1`, []any{"INTEGER:7"}},
		{`select E'a\'${n}\n'`, "select $1", []any{"VARCHAR:a'7\n"}},
		{`select e'\'', ${n}`, `select e'\'', $1`, []any{"INTEGER:7"}},
		{"select /* /* */ ${n} ' */ ${n}", "select /* /* */ ${n} ' */ $1", []any{"INTEGER:7"}},
		{"select $$it's$$, $a$ ' $$ $a$, ${n}, $1x$", "select $$it's$$, $a$ ' $$ $a$, $1, $1x$", []any{"INTEGER:7"}},
		{"select 1 --x'\n, ${n}", "select 1 --x'\n, $1", []any{"INTEGER:7"}},
		{"select x -> '$.${tab}' ? 'a'", "select x -> $1 ? 'a'", []any{"VARCHAR:$.t_1"}},
		{"set x.y = '${evil}'", "set x.y = 'x'' or ''1''=''1'", nil},
		{"set x.y = '${slash}'", `set x.y = E'\\'`, nil},
		{"set a = 5-${minus}, ''\"${day}\"''", "set a = 5- -3, '' '2024-01-02' ''", nil},
		{"select '${n}'5", "select $1 5", []any{"INTEGER:7"}},
	})
}

func TestOtherDialects(t *testing.T) {
	check(t, workflow.SQLite, question{}, []want{
		{"select [it's], `a'`, ${n}, 'a\\', ${n}", "select [it's], `a'`, ?, 'a\\', ?", []any{"INTEGER:7", "INTEGER:7"}},
	})
	check(t, workflow.SQLServer, dollars{}, []want{
		{"select [a]]'b], N'${day}', ${n}", "select [a]]'b], $1, $2", []any{"VARCHAR:2024-01-02", "INTEGER:7"}},
	})
	check(t, workflow.Oracle, question{}, []want{
		{"select q'[it's]', nq'{'}', Q'!'!', ${n}", "select q'[it's]', nq'{'}', Q'!'!', ?", []any{"INTEGER:7"}},
	})
	check(t, workflow.Hive, nil, []want{
		{`select 'it''s', '${evil}${slash}', ${n}, "${day}"`, `select 'it''s', 'x\' or \'1\'=\'1\\', 7, '2024-01-02'`, nil},
	})
	check(t, workflow.ClickHouse, question{}, []want{
		{"select \"a\\\"'\", `b\\`'`, ${n} # ${n}", "select \"a\\\"'\", `b\\`'`, ? # ${n}", []any{"INTEGER:7"}},
	})
	check(t, workflow.Trino, question{}, []want{{"select DATE '${day}', ${day}", "select DATE '2024-01-02', ?", []any{"VARCHAR:2024-01-02"}}})
}

func TestPlacesWhereNothingCanBeBound(t *testing.T) {
	for src, part := range map[string]string{
		"select * from t_${n}":             "${n} is a part of a name",
		"select * from ${tab}.x":           "${tab} is a part of a name",
		"select @${n}":                     "a part of a name",
		"select * from `t_${n}`":           "${n} is inside of `t_${n}`",
		"select * from `${n}`":             "inside of `${n}`",
		"select 'never ${n}":               "never closed",
		"select date '${evil}'":            "may hold no quotes",
		"select ${bad}":                    "parameter bad is broken",
		"set @a = ${n}, @b = ${bad}, @c='": "",
	} {
		d, _ := For(workflow.MySQL)
		_, err := Bind(src, d, source(), question{})
		if part == "" != (err == nil) || err != nil && !strings.Contains(err.Error(), part) {
			t.Errorf("%s: %v", src, err)
		}
	}
	d, _ := For(workflow.PostgreSQL)
	for src, part := range map[string]string{
		"do $$ select ${n} $$": "inside of $$", `select * from "t_${n}"`: "inside of", "set x = ${n}": "",
	} {
		_, err := Bind(src, d, source(), dollars{})
		if part == "" != (err == nil) || err != nil && !strings.Contains(err.Error(), part) {
			t.Errorf("%s: %v", src, err)
		}
	}
	for _, v := range []Value{{"INTEGER", "1 or 1=1"}, {"DOUBLE", "1e"}, {"BOOLEAN", "maybe"}, {"VARCHAR", "a\x00"}} {
		s := Source{Lookup: func(string) (Value, bool) { return v, true }, Date: func(e string) string { return e }}
		if got, err := Bind("set x = ${v}", d, s, nil); err == nil {
			t.Errorf("%v: %s", v, got.Text)
		}
	}
}

func types() []workflow.DataSourceType {
	return []workflow.DataSourceType{
		workflow.MySQL, workflow.PostgreSQL, workflow.Hive, workflow.Spark, workflow.ClickHouse, workflow.Oracle,
		workflow.SQLServer, workflow.DB2, workflow.Presto, workflow.Trino, workflow.SQLite, workflow.Doris,
		workflow.StarRocks, workflow.TiDB,
	}
}

func TestEveryTypeHasADialect(t *testing.T) {
	for _, kind := range types() {
		if _, err := For(kind); err != nil {
			t.Error(err)
		}
	}
	if _, err := For("EXCEL"); err == nil {
		t.Error("a dialect of nothing")
	}
}

// shape gives what a statement is made of, without what its literals say.
func shape(d Dialect, src string) string {
	var out strings.Builder
	var w words
	for i := 0; i < len(src); {
		p := d.next(src, i, w.here)
		switch p.class {
		case code:
			out.WriteByte(src[i])
			w.add(src[i])
		case comment:
			out.WriteString(src[p.from:p.to])
			w.gap()
		case text:
			fmt.Fprintf(&out, "<text %v>", p.closed)
			w.token()
		default:
			out.WriteString(src[p.from:p.to])
			w.token()
		}
		i = p.to
	}
	return out.String()
}

// FuzzValuesNeverBecomeStatement binds any value into any statement: where it
// is bound, the text does not depend on the value; where it is written, it is
// all inside of one literal.
func FuzzValuesNeverBecomeStatement(f *testing.F) {
	for _, src := range []string{
		"select ${v}, '${v}', \"${v}\" from t -- ${v}", "select 'a\\'${v}', /* /* */ ${v} */ ${v}", "set x = '${v}' ${v}",
		"insert into t values (E'\\'${v}', $$${v}$$, q'[${v}]', [a${v}], `${v}`)", "select date '${v}', N'${v}', 'x''${v}'",
		"select 1 # ${v}\n, ${v} --${v}", "alter table t '${v}''${v}'", "select $[yyyy] ${v}", "(${v}", "${${v}", "'${v}",
	} {
		for i, v := range []string{"x", "'", `\`, `\' or 1=1 -- `, "*/", "\"", "$$", "\x00", "]", "''", "\n", "${v}", "${"} {
			f.Add(src, v, uint8(i))
		}
	}
	f.Fuzz(func(t *testing.T, src, value string, which uint8) {
		if strings.Contains(src, "!{") {
			return // pasting is what it is
		}
		kind := types()[int(which)%len(types())]
		d, err := For(kind)
		if err != nil {
			t.Fatal(err)
		}
		with := func(v string) Source {
			return Source{
				Lookup: func(name string) (Value, bool) { return Value{"VARCHAR", v}, name == "v" },
				Date:   func(e string) string { return e },
			}
		}
		for _, values := range []Values{dollars{}, nil} {
			got, err := Bind(src, d, with(value), values)
			if err != nil {
				continue
			}
			plain, err := Bind(src, d, with("x"), values)
			if err != nil {
				t.Fatalf("%s: %q is bound where x is not: %v", kind, value, err)
			}
			if len(got.Args) != len(plain.Args) {
				t.Fatalf("%s: %d values, not %d", kind, len(got.Args), len(plain.Args))
			}
			// E'...' is what PostgreSQL needs for a backslash.
			a, b := strings.ReplaceAll(shape(d, got.Text), "E<", "<"), strings.ReplaceAll(shape(d, plain.Text), "E<", "<")
			if a != b {
				t.Fatalf("%s %q with %q: %q\nwith x: %q", kind, src, value, got.Text, plain.Text)
			}
		}
	})
}
