package sql

import (
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/params"
)

// Describe implements task.Described.
func (Kind) Describe() task.Description {
	fields := params.DataSourceFields("type", "datasource", task.Text{EN: "Data source", ZH: "数据源"})
	fields = append(fields,
		task.Field{Name: "sqlType", Title: task.Text{EN: "Kind of statement", ZH: "SQL 类型"}, Default: "0", Required: true, Choices: []task.Choice{
			{Value: "0", Title: task.Text{EN: "query", ZH: "查询"}}, {Value: "1", Title: task.Text{EN: "statement", ZH: "非查询"}}}},
		task.Field{Name: "sql", Title: task.Text{EN: "SQL", ZH: "SQL 语句"}, Widget: "sql", Language: "sql", Required: true,
			Help: task.Text{EN: "${name} is bound as a value, !{name} is put in as it is.", ZH: "${名称} 作为值绑定，!{名称} 原样替换。"}},
		task.Field{Name: "udfs", Title: task.Text{EN: "Functions", ZH: "UDF 函数"}, Widget: "udfs", When: map[string][]any{"type": {"HIVE", "SPARK"}},
			Help: task.Text{EN: "Ids with commas between them.", ZH: "以逗号分隔的编号。"}})
	fields = append(fields, params.StatementsFields()...)
	fields = append(fields,
		task.Field{Name: "connParams", Title: task.Text{EN: "Connection options", ZH: "连接参数"},
			Help: task.Text{EN: "Such as a=b;c=d, for this task alone.", ZH: "例如 a=b;c=d，仅用于此任务。"}},
		task.Field{Name: "displayRows", Title: task.Text{EN: "Rows in the log", ZH: "日志显示行数"}, Type: task.Integer, Default: defaultShow,
			Min: task.Number(0), Max: task.Number(maxShow), When: query()},
		task.Field{Name: "limit", Title: task.Text{EN: "Rows to read", ZH: "最大读取行数"}, Type: task.Integer, Default: defaultRows,
			Min: task.Number(0), Max: task.Number(maxRows), When: query()})
	return task.Description{
		Group: task.Data, Icon: "sql", Title: task.Text{EN: "SQL", ZH: "SQL"},
		Help:   task.Text{EN: "Runs SQL at a data source and may mail the rows.", ZH: "在数据源上执行 SQL，并可以邮件发送结果。"},
		Fields: append(fields, mailFields()...),
	}
}

// query is when rows are read.
func query() map[string][]any { return map[string][]any{"sqlType": {"0"}} }

// mailed is when the rows are mailed.
func mailed() map[string][]any {
	return map[string][]any{"sqlType": {"0"}, "sendEmail": {true}}
}

func mailFields() []task.Field {
	return []task.Field{
		{Name: "sendEmail", Title: task.Text{EN: "Mail the rows", ZH: "发送邮件"}, Type: task.Boolean, Default: false, When: query()},
		{Name: "title", Title: task.Text{EN: "Subject", ZH: "主题"}, Required: true, When: mailed()},
		{Name: "receivers", Title: task.Text{EN: "To", ZH: "收件人"}, Widget: "addresses", When: mailed(),
			Help: task.Text{EN: "Addresses with commas between them; none: those of the run.", ZH: "以逗号分隔的地址；为空时使用运行的收件人。"}},
		{Name: "receiversCc", Title: task.Text{EN: "Copy to", ZH: "抄送人"}, Widget: "addresses", When: mailed()},
		{Name: "groupId", Title: task.Text{EN: "Alert group", ZH: "告警组"}, Type: task.Integer, Widget: "alert-group", Min: task.Number(0), When: mailed()},
		{Name: "showType", Title: task.Text{EN: "Rows as", ZH: "结果形式"}, Default: "TABLE", When: mailed(), Choices: []task.Choice{
			{Value: "TABLE", Title: task.Text{EN: "table", ZH: "表格"}}, {Value: "TEXT", Title: task.Text{EN: "text", ZH: "文本"}},
			{Value: "ATTACHMENT", Title: task.Text{EN: "attachment", ZH: "附件"}},
			{Value: "TABLE,ATTACHMENT", Title: task.Text{EN: "table and attachment", ZH: "表格和附件"}}}},
	}
}
