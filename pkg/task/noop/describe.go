package noop

import "github.com/porpoise-scheduler/porpoise/pkg/task"

// Describe implements task.Described.
func (Kind) Describe() task.Description {
	return task.Description{
		Group: task.Logic, Icon: "noop", Title: task.Text{EN: "Nothing", ZH: "空任务"},
		Help: task.Text{EN: "Succeeds at once. It joins branches.", ZH: "立即成功，用于汇合分支。"},
	}
}
