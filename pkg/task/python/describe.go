package python

import (
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/params"
)

// Describe implements task.Described.
func (Kind) Describe() task.Description {
	return task.Description{
		Group: task.Scripts, Icon: "python", Title: task.Text{EN: "Python", ZH: "Python"},
		Help: task.Text{EN: "Runs a Python script with the interpreter of the task's environment.",
			ZH: "用任务环境中的解释器运行 Python 脚本。"},
		Fields: []task.Field{params.ScriptField("python"), params.ResourcesField()},
	}
}
