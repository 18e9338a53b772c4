package flink

import (
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/program"
)

// Describe implements task.Described.
func (Kind) Describe() task.Description {
	return task.Description{
		Group: task.BigData, Icon: "flink", Title: task.Text{EN: "Flink", ZH: "Flink"},
		Help: task.Text{EN: "Submits a Flink program and follows its application.", ZH: "提交 Flink 程序并跟踪其应用。"},
		Fields: program.Fields([]string{"JAVA", "SCALA", "PYTHON"},
			task.Field{Name: "flinkVersion", Title: task.Text{EN: "Flink version", ZH: "Flink 版本"}, Default: "<1.10", Choices: program.Choices("<1.10", ">=1.10")},
			task.Field{Name: "deployMode", Title: task.Text{EN: "Deploy mode", ZH: "部署方式"}, Default: "cluster", Choices: program.Choices("cluster", "local")},
			program.WholeField("slot", "Slots", "Slot 数量"),
			program.WholeField("taskManager", "Task managers", "TaskManager 数量"),
			program.WholeField("parallelism", "Parallelism", "并行度"),
			program.MemoryField("jobManagerMemory", "Job manager memory", "JobManager 内存数"),
			program.MemoryField("taskManagerMemory", "Task manager memory", "TaskManager 内存数")),
	}
}
