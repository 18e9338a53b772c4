package params

import "github.com/porpoise-scheduler/porpoise/pkg/task"

// ScriptField describes what Script reads.
func ScriptField(language string) task.Field {
	return task.Field{Name: "rawScript", Title: task.Text{EN: "Script", ZH: "脚本"}, Widget: "script", Language: language, Required: true,
		Help: task.Text{EN: "Placeholders such as ${day} are replaced before it runs. A line ${setValue(name=value)} in its output hands a value to the tasks after it.",
			ZH: "运行前会替换 ${day} 这样的占位符。输出中的 ${setValue(名称=值)} 会把值传给后面的任务。"}}
}

// ResourcesField describes what Resources reads.
func ResourcesField() task.Field {
	return task.Field{Name: "resourceList", Title: task.Text{EN: "Files", ZH: "资源文件"}, Type: task.List, Widget: "resources",
		Help:   task.Text{EN: "Files of the resource centre that are put into the work directory.", ZH: "放入工作目录的资源中心文件。"},
		Fields: resourceFields()}
}

// ResourceField describes what Resource reads.
func ResourceField(name string, title, help task.Text) task.Field {
	return task.Field{Name: name, Title: title, Help: help, Type: task.Object, Widget: "resource", Required: true, Fields: resourceFields()}
}

func resourceFields() []task.Field {
	return []task.Field{
		{Name: "id", Title: task.Text{EN: "Id", ZH: "编号"}, Type: task.Integer},
		{Name: "resourceName", Title: task.Text{EN: "Full name", ZH: "完整名称"}},
	}
}

// DataSourceFields describe a data source with its type.
func DataSourceFields(typeName, idName string, title task.Text) []task.Field {
	return []task.Field{
		{Name: typeName, Title: task.Text{EN: title.EN + ": type", ZH: title.ZH + "类型"}, Widget: "datasource-type", Required: true},
		{Name: idName, Title: title, Type: task.Integer, Widget: "datasource", Required: true, Min: task.Number(1)},
	}
}

// StatementsFields describe statements before and after.
func StatementsFields() []task.Field {
	return []task.Field{
		{Name: "preStatements", Title: task.Text{EN: "Statements before", ZH: "前置语句"}, Type: task.List, Of: task.String, Widget: "statements", Language: "sql",
			Help: task.Text{EN: "Run one after the other before.", ZH: "在之前依次执行。"}},
		{Name: "postStatements", Title: task.Text{EN: "Statements after", ZH: "后置语句"}, Type: task.List, Of: task.String, Widget: "statements", Language: "sql",
			Help: task.Text{EN: "Run one after the other afterwards.", ZH: "在之后依次执行。"}},
	}
}
