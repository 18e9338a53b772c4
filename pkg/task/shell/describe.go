package shell

import (
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/task/params"
)

// Describe implements task.Described.
func (Kind) Describe() task.Description {
	return task.Description{
		Group: task.Scripts, Icon: "shell", Title: task.Text{EN: "Shell", ZH: "Shell"},
		Help:   task.Text{EN: "Runs a shell script as the tenant's user.", ZH: "以租户用户的身份运行 Shell 脚本。"},
		Fields: []task.Field{params.ScriptField("shell"), params.ResourcesField()},
	}
}
