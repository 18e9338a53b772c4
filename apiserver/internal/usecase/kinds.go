package usecase

import (
	"github.com/porpoise-scheduler/porpoise/pkg/task"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// KindView is a kind of task for editors.
type KindView struct {
	ID    workflow.Kind
	Logic bool
	// Section is the field of a document's task that the schema describes: params,
	// or what a logic kind has instead.
	Section string
	task.Description
}

// TaskKinds lists the kinds that this server knows, by group.
func (s *Service) TaskKinds() []KindView {
	var out []KindView
	for _, id := range s.Kinds.IDs() {
		kind, _ := s.Kinds.Get(id)
		v := KindView{ID: id, Section: "params", Description: task.Description{Group: task.Scripts, Title: task.Text{EN: string(id), ZH: string(id)}}}
		if described, ok := kind.(task.Described); ok {
			v.Description = described.Describe()
		}
		out = append(out, v)
	}
	for _, v := range logicKinds() {
		v.Logic, v.Group = true, task.Logic
		out = append(out, v)
	}
	return out
}

// logicKinds are those that the engine resolves itself.
func logicKinds() []KindView {
	return []KindView{
		{ID: workflow.KindSubWorkflow, Section: "subWorkflow", Description: task.Description{Icon: "sub-workflow",
			Title:  task.Text{EN: "Sub-workflow", ZH: "子工作流"},
			Help:   task.Text{EN: "Runs another workflow and waits for it.", ZH: "运行另一个工作流并等待其结束。"},
			Fields: workflowFields()}},
		{ID: workflow.KindDependent, Section: "dependent", Description: task.Description{Icon: "dependent",
			Title:  task.Text{EN: "Dependencies", ZH: "依赖"},
			Help:   task.Text{EN: "Waits until other workflows, or tasks of them, have succeeded in a period.", ZH: "等待其他工作流或其任务在某个周期内成功。"},
			Fields: dependentFields()}},
		{ID: workflow.KindConditions, Section: "conditions", Description: task.Description{Icon: "conditions",
			Title:  task.Text{EN: "Conditions", ZH: "条件分支"},
			Help:   task.Text{EN: "Goes one of two ways by how tasks before it ended.", ZH: "根据上游任务的结果选择两个方向之一。"},
			Fields: conditionFields()}},
		{ID: workflow.KindSwitch, Section: "switch", Description: task.Description{Icon: "switch",
			Title:  task.Text{EN: "Switch", ZH: "多路分支"},
			Help:   task.Text{EN: "Goes the way of the first condition that holds.", ZH: "沿第一个成立的条件继续。"},
			Fields: switchFields()}},
	}
}

func workflowFields() []task.Field {
	return []task.Field{
		{Name: "project", Title: task.Text{EN: "Project", ZH: "项目"}, Widget: "project", Help: task.Text{EN: "Without one, this project.", ZH: "为空时为本项目。"}},
		{Name: "workflow", Title: task.Text{EN: "Workflow", ZH: "工作流"}, Widget: "workflow", Required: true},
	}
}

func relationField() task.Field {
	return task.Field{Name: "relation", Title: task.Text{EN: "Together", ZH: "关系"}, Default: "AND", Choices: []task.Choice{
		{Value: "AND", Title: task.Text{EN: "all", ZH: "且"}}, {Value: "OR", Title: task.Text{EN: "any", ZH: "或"}}}}
}

// groupsField describes groups of items.
func groupsField(items []task.Field, widget string) task.Field {
	return task.Field{Name: "groups", Title: task.Text{EN: "Groups", ZH: "分组"}, Type: task.List, Required: true, Widget: widget, Fields: []task.Field{
		relationField(), {Name: "items", Title: task.Text{EN: "Items", ZH: "条目"}, Type: task.List, Required: true, Fields: items}}}
}

func dependentFields() []task.Field {
	items := append(workflowFields(),
		task.Field{Name: "task", Title: task.Text{EN: "Task", ZH: "任务"}, Widget: "task-of-workflow", Help: task.Text{EN: "Without one, the workflow as a whole.", ZH: "为空时为整个工作流。"}},
		task.Field{Name: "cycle", Title: task.Text{EN: "Cycle", ZH: "周期"}, Required: true, Default: "day", Choices: []task.Choice{
			{Value: "hour", Title: task.Text{EN: "hour", ZH: "时"}}, {Value: "day", Title: task.Text{EN: "day", ZH: "日"}},
			{Value: "week", Title: task.Text{EN: "week", ZH: "周"}}, {Value: "month", Title: task.Text{EN: "month", ZH: "月"}}}},
		task.Field{Name: "date", Title: task.Text{EN: "Period", ZH: "时间"}, Required: true, Default: "today", Widget: "period",
			Help: task.Text{EN: "Such as today, last1Days, lastMonday or thisMonth.", ZH: "例如 today、last1Days、lastMonday、thisMonth。"}})
	return []task.Field{relationField(), groupsField(items, "dependent"),
		{Name: "checkInterval", Title: task.Text{EN: "Look every", ZH: "检查间隔"}, Widget: "duration"},
		{Name: "failureWait", Title: task.Text{EN: "Wait after a failure", ZH: "失败等待时间"}, Widget: "duration",
			Help: task.Text{EN: "So long a failed dependency may still be run again.", ZH: "在此时间内等待失败的依赖重跑。"}}}
}

func conditionFields() []task.Field {
	items := []task.Field{
		{Name: "task", Title: task.Text{EN: "Task", ZH: "任务"}, Widget: "task", Required: true},
		{Name: "status", Title: task.Text{EN: "Ended with", ZH: "状态"}, Required: true, Default: "SUCCESS", Choices: []task.Choice{
			{Value: "SUCCESS", Title: task.Text{EN: "success", ZH: "成功"}}, {Value: "FAILURE", Title: task.Text{EN: "failure", ZH: "失败"}}}},
	}
	return []task.Field{relationField(), groupsField(items, "condition"),
		{Name: "success", Title: task.Text{EN: "Then", ZH: "成立时"}, Type: task.List, Of: task.String, Widget: "successors"},
		{Name: "failed", Title: task.Text{EN: "Else", ZH: "不成立时"}, Type: task.List, Of: task.String, Widget: "successors"},
		{Name: "verdict", Title: task.Text{EN: "Fail when it does not hold", ZH: "不成立时任务失败"}, Type: task.Boolean, Default: false}}
}

func switchFields() []task.Field {
	return []task.Field{
		{Name: "cases", Title: task.Text{EN: "Cases", ZH: "分支"}, Type: task.List, Widget: "cases", Fields: []task.Field{
			{Name: "when", Title: task.Text{EN: "Condition", ZH: "条件"}, Required: true,
				Help: task.Text{EN: "Such as ${count} > 10 && ${day} != ''.", ZH: "例如 ${count} > 10 && ${day} != ''。"}},
			{Name: "next", Title: task.Text{EN: "Next task", ZH: "下一个任务"}, Widget: "successor", Required: true}}},
		{Name: "default", Title: task.Text{EN: "Otherwise", ZH: "默认"}, Widget: "successor"}}
}
