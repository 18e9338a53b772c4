package spark

import (
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/program"
)

// Describe implements task.Described.
func (Kind) Describe() task.Description {
	return task.Description{
		Group: task.BigData, Icon: "spark", Title: task.Text{EN: "Spark", ZH: "Spark"},
		Help: task.Text{EN: "Submits a Spark program and follows its application.", ZH: "提交 Spark 程序并跟踪其应用。"},
		Fields: program.Fields([]string{"SCALA", "JAVA", "PYTHON"},
			task.Field{Name: "sparkVersion", Title: task.Text{EN: "Spark version", ZH: "Spark 版本"}, Default: "SPARK2", Choices: program.Choices("SPARK2", "SPARK1")},
			task.Field{Name: "deployMode", Title: task.Text{EN: "Deploy mode", ZH: "部署方式"}, Default: "cluster", Choices: program.Choices("cluster", "client", "local")},
			program.WholeField("driverCores", "Driver cores", "Driver 核心数"),
			program.MemoryField("driverMemory", "Driver memory", "Driver 内存数"),
			program.WholeField("numExecutors", "Executors", "Executor 数量"),
			program.WholeField("executorCores", "Executor cores", "Executor 核心数"),
			program.MemoryField("executorMemory", "Executor memory", "Executor 内存数")),
	}
}
