package program

import (
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/params"
)

// Fields describe what ReadJob reads, with a kind's own among them.
func Fields(types []string, own ...task.Field) []task.Field {
	fields := []task.Field{
		{Name: "programType", Title: task.Text{EN: "Program", ZH: "程序类型"}, Required: true, Default: types[0], Choices: Choices(types...)},
		{Name: "mainClass", Title: task.Text{EN: "Main class", ZH: "主函数的 Class"}, When: map[string][]any{"programType": {"JAVA", "SCALA"}}},
		params.ResourceField("mainJar", task.Text{EN: "Main package", ZH: "主程序包"},
			task.Text{EN: "The jar or script of the resource centre to submit.", ZH: "要提交的资源中心的 JAR 或脚本。"}),
	}
	fields = append(fields, own...)
	return append(fields,
		task.Field{Name: "appName", Title: task.Text{EN: "Application name", ZH: "应用名称"}},
		task.Field{Name: "queue", Title: task.Text{EN: "YARN queue", ZH: "YARN 队列"},
			Help: task.Text{EN: "By default that of the tenant.", ZH: "默认为租户的队列。"}},
		task.Field{Name: "mainArgs", Title: task.Text{EN: "Arguments", ZH: "主程序参数"}, Widget: "textarea"},
		task.Field{Name: "others", Title: task.Text{EN: "More options", ZH: "选项参数"}, Widget: "textarea"},
		params.ResourcesField())
}

// Choices are values that are called what they are.
func Choices(words ...string) []task.Choice {
	out := make([]task.Choice, len(words))
	for i, w := range words {
		out[i] = task.Choice{Value: w, Title: task.Text{EN: w, ZH: w}}
	}
	return out
}

// WholeField describes what Whole reads.
func WholeField(name string, en, zh string) task.Field {
	return task.Field{Name: name, Title: task.Text{EN: en, ZH: zh}, Type: task.Integer, Min: task.Number(0)}
}

// MemoryField describes what Memory reads.
func MemoryField(name string, en, zh string) task.Field {
	return task.Field{Name: name, Title: task.Text{EN: en, ZH: zh}, Help: task.Text{EN: "Such as 512M or 2G.", ZH: "例如 512M 或 2G。"}}
}
