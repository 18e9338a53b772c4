package param

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

func in(name, value string) workflow.Property {
	return workflow.Property{Prop: name, Direct: workflow.In, Type: "VARCHAR", Value: value}
}

func out(name, value string) workflow.Property {
	return workflow.Property{Prop: name, Direct: workflow.Out, Type: "VARCHAR", Value: value}
}

func TestResolve(t *testing.T) {
	cases := []struct {
		name string
		in   Input
		want map[string]string
	}{
		{"nothing", Input{}, map[string]string{}},
		{"priority", Input{
			Startup:  map[string]string{"a": "startup"},
			Local:    []workflow.Property{in("a", "local"), in("b", "local")},
			Upstream: map[string]string{"a": "upstream", "b": "upstream", "c": "upstream"},
			Global:   []workflow.Property{in("a", "global"), in("b", "global"), in("c", "global"), in("d", "global")},
			Builtin:  map[string]string{"a": "b", "b": "b", "c": "b", "d": "b", "e": "builtin"},
		}, map[string]string{"a": "startup", "b": "local", "c": "upstream", "d": "global", "e": "builtin"}},
		{"references and times", Input{
			Local:   []workflow.Property{in("path", "/data/${day}/${part}"), in("part", "p${n}")},
			Global:  []workflow.Property{in("day", "$[yyyyMMdd-1]"), in("n", "7"), in("biz", "${system.biz.date}")},
			Builtin: map[string]string{"system.biz.date": "20220825"},
		}, map[string]string{"path": "/data/20220825/p7", "part": "p7", "day": "20220825", "n": "7",
			"biz": "20220825", "system.biz.date": "20220825"}},
		{"results are not inputs", Input{
			Local: []workflow.Property{out("rows", "0"), out("set", "0")}, Upstream: map[string]string{"set": "12"},
		}, map[string]string{"set": "12"}},
		{"an empty local gives way", Input{
			Local: []workflow.Property{in("a", ""), in("b", "")}, Upstream: map[string]string{"a": "up"},
		}, map[string]string{"a": "up", "b": ""}},
		{"an empty start-up value does not", Input{
			Startup: map[string]string{"a": ""}, Global: []workflow.Property{in("a", "g"), in("b", "${a}.")},
		}, map[string]string{"a": "", "b": "."}},
		{"its own name means the layer below", Input{
			Startup: map[string]string{"a": "${a}3"},
			Local:   []workflow.Property{in("a", "${a}2")},
			Global:  []workflow.Property{in("a", "1")},
		}, map[string]string{"a": "123"}},
		{"circles stay", Input{
			Global: []workflow.Property{in("a", "x${b}"), in("b", "y${a}"), in("self", "${self}")},
		}, map[string]string{"a": "xy${a}", "b": "y${a}", "self": "${self}"}},
		{"data is literal", Input{
			Upstream: map[string]string{"u": "${secret} $[yyyy]"},
			Global:   []workflow.Property{in("secret", "s"), in("copy", "${u}")},
			Builtin:  map[string]string{"system.project.name": "${secret}"},
		}, map[string]string{"u": "${secret} $[yyyy]", "secret": "s", "copy": "${secret} $[yyyy]",
			"system.project.name": "${secret}"}},
		{"unknown names stay", Input{Global: []workflow.Property{in("a", "${nobody}")}}, map[string]string{"a": "${nobody}"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.in.Base = base()
			if diff := cmp.Diff(c.want, Resolve(c.in)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestResolveIsBounded(t *testing.T) {
	var props []workflow.Property
	for i := range 64 {
		props = append(props, in(fmt.Sprintf("p%02d", i), strings.Repeat(fmt.Sprintf("${p%02d}", i+1), 8)))
	}
	props = append(props, in("p64", strings.Repeat("x", 1000)))
	total := 0
	for _, v := range Resolve(Input{Base: base(), Global: props}) {
		if len(v) > maxValue {
			t.Fatalf("a value of %d bytes", len(v))
		}
		total += len(v)
	}
	if total > maxTotal+maxValue {
		t.Errorf("%d bytes in all", total)
	}
}

func TestResolveIsDeterministic(t *testing.T) {
	input := Input{Base: base(), Global: []workflow.Property{
		in("a", "${b}${c}"), in("b", "${c}${a}"), in("c", "${a}${b}"), in("d", "${a}"),
	}}
	want := Resolve(input)
	for range 50 {
		if diff := cmp.Diff(want, Resolve(input)); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestBuiltins(t *testing.T) {
	c := Context{
		Base: base(), InstanceID: 1, TaskID: 2, ProjectCode: 3, DefinitionCode: 4, TaskCode: 5,
		WorkflowName: "nightly", TaskName: "load", ProjectName: "shop",
	}
	want := map[string]string{
		"system.biz.date": "20220825", "system.biz.curdate": "20220826", "system.datetime": "20220826140509",
		"system.workflow.instance.id": "1", "system.task.instance.id": "2", "system.project.code": "3",
		"system.workflow.definition.code": "4", "system.task.definition.code": "5",
		"system.workflow.definition.name": "nightly", "system.task.definition.name": "load",
		"system.project.name": "shop", "system.base.time": "2022-08-26T14:05:09Z", "system.base.zone": "UTC",
	}
	if diff := cmp.Diff(want, Builtins(c)); diff != "" {
		t.Error(diff)
	}
	got := Builtins(Context{Base: base(), BizDateIsBase: true})
	want = map[string]string{
		"system.biz.date": "20220826", "system.biz.curdate": "20220827", "system.datetime": "20220827140509",
		"system.base.time": "2022-08-26T14:05:09Z", "system.base.zone": "UTC",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkResolve(b *testing.B) {
	builtin := Builtins(Context{Base: base(), InstanceID: 1, TaskID: 2, TaskName: "t", WorkflowName: "w"})
	for name, value := range map[string]string{"plain": "20220826", "placeholders": "${system.biz.date}-$[HH]"} {
		b.Run(name, func(b *testing.B) {
			input := Input{Base: base(), Builtin: builtin,
				Local: []workflow.Property{in("a", value)}, Global: []workflow.Property{in("b", "1")}}
			b.ReportAllocs()
			for b.Loop() {
				Resolve(input)
			}
		})
	}
}
