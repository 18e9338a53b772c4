package datax

import (
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/params"
)

// Describe implements task.Described.
func (Kind) Describe() task.Description {
	fields := []task.Field{
		{Name: "customConfig", Title: task.Text{EN: "Job", ZH: "作业方式"}, Type: task.Integer, Default: 0, Choices: []task.Choice{
			{Value: 0, Title: task.Text{EN: "from the fields below", ZH: "由下列字段生成"}}, {Value: 1, Title: task.Text{EN: "as JSON", ZH: "自定义 JSON"}}}},
		{Name: "json", Title: task.Text{EN: "Job as JSON", ZH: "JSON 作业"}, Widget: "script", Language: "json", Required: true,
			When: map[string][]any{"customConfig": {1}}},
	}
	from := params.DataSourceFields("dsType", "dataSource", task.Text{EN: "Source", ZH: "源数据源"})
	sql := task.Field{Name: "sql", Title: task.Text{EN: "Query", ZH: "SQL 语句"}, Widget: "sql", Language: "sql", Required: true,
		Help: task.Text{EN: "Its columns are written to the target table.", ZH: "查询的列会写入目标表。"}}
	to := params.DataSourceFields("dtType", "dataTarget", task.Text{EN: "Target", ZH: "目标数据源"})
	table := task.Field{Name: "targetTable", Title: task.Text{EN: "Target table", ZH: "目标表"}, Required: true}
	own := append(append(append(from, sql), to...), table)
	own = append(own, params.StatementsFields()...)
	own = append(own,
		task.Field{Name: "jobSpeedByte", Title: task.Text{EN: "Bytes per second", ZH: "限流（字节数）"}, Type: task.Integer, Min: task.Number(0), Default: 0},
		task.Field{Name: "jobSpeedRecord", Title: task.Text{EN: "Records per second", ZH: "限流（记录数）"}, Type: task.Integer, Min: task.Number(0), Default: 1000})
	for _, f := range own {
		f.When = map[string][]any{"customConfig": {0}}
		fields = append(fields, f)
	}
	return task.Description{
		Group: task.Data, Icon: "datax", Title: task.Text{EN: "DataX", ZH: "DataX"},
		Help: task.Text{EN: "Copies rows from one data source to another.", ZH: "把数据从一个数据源复制到另一个。"},
		Fields: append(fields,
			task.Field{Name: "xms", Title: task.Text{EN: "Least heap (GiB)", ZH: "最小内存（GiB）"}, Type: task.Integer, Default: 1, Min: task.Number(1), Max: task.Number(maxHeap)},
			task.Field{Name: "xmx", Title: task.Text{EN: "Most heap (GiB)", ZH: "最大内存（GiB）"}, Type: task.Integer, Default: 1, Min: task.Number(1), Max: task.Number(maxHeap)},
			params.ResourcesField()),
	}
}
