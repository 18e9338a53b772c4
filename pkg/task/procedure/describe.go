package procedure

import (
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/params"
)

// Describe implements task.Described.
func (Kind) Describe() task.Description {
	return task.Description{
		Group: task.Data, Icon: "procedure", Title: task.Text{EN: "Procedure", ZH: "存储过程"},
		Help: task.Text{EN: "Calls a stored procedure; its inputs and outputs are the task's parameters.",
			ZH: "调用存储过程，其输入和输出为任务的参数。"},
		Fields: append(params.DataSourceFields("type", "datasource", task.Text{EN: "Data source", ZH: "数据源"}),
			task.Field{Name: "method", Title: task.Text{EN: "Procedure", ZH: "方法"}, Required: true,
				Help: task.Text{EN: "Its name, or a call such as load(?, ${day}).", ZH: "名称，或 load(?, ${day}) 这样的调用。"}}),
	}
}
