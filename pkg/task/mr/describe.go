package mr

import (
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/program"
)

// Describe implements task.Described.
func (Kind) Describe() task.Description {
	return task.Description{
		Group: task.BigData, Icon: "mr", Title: task.Text{EN: "MapReduce", ZH: "MapReduce"},
		Help:   task.Text{EN: "Submits a MapReduce program and follows its application.", ZH: "提交 MapReduce 程序并跟踪其应用。"},
		Fields: program.Fields([]string{"JAVA", "SCALA", "PYTHON"}),
	}
}
