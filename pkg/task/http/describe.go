package http

import "github.com/porpoise-scheduler/porpoise/pkg/task"

// Describe implements task.Described.
func (Kind) Describe() task.Description {
	return task.Description{
		Group: task.Network, Icon: "http", Title: task.Text{EN: "HTTP", ZH: "HTTP"},
		Help: task.Text{EN: "Sends a request and looks at the answer.", ZH: "发送一个请求并检查应答。"},
		Fields: []task.Field{
			{Name: "url", Title: task.Text{EN: "URL", ZH: "请求地址"}, Required: true,
				Help: task.Text{EN: "http or https; may hold placeholders.", ZH: "http 或 https，可以包含占位符。"}},
			{Name: "httpMethod", Title: task.Text{EN: "Method", ZH: "请求类型"}, Default: "GET", Choices: words("GET", "POST", "HEAD", "PUT", "DELETE", "PATCH")},
			parameters(),
			{Name: "httpBody", Title: task.Text{EN: "Body", ZH: "请求体"}, Widget: "script", Language: "json",
				Help: task.Text{EN: "Sent as it is, instead of the parameters in the body.", ZH: "原样发送，代替请求体中的参数。"}},
			{Name: "httpCheckCondition", Title: task.Text{EN: "Succeeds when", ZH: "校验条件"}, Default: string(statusDefault), Choices: []task.Choice{
				{Value: string(statusDefault), Title: task.Text{EN: "the status is 200", ZH: "状态码为 200"}},
				{Value: string(statusCustom), Title: task.Text{EN: "the status is another one", ZH: "自定义状态码"}},
				{Value: string(bodyContains), Title: task.Text{EN: "the body contains", ZH: "内容包含"}},
				{Value: string(bodyNotContains), Title: task.Text{EN: "the body does not contain", ZH: "内容不包含"}}}},
			{Name: "condition", Title: task.Text{EN: "Status or text", ZH: "校验内容"}, Required: true,
				When: map[string][]any{"httpCheckCondition": {string(statusCustom), string(bodyContains), string(bodyNotContains)}}},
			{Name: "connectTimeout", Title: task.Text{EN: "Time to connect (ms)", ZH: "连接超时（毫秒）"}, Type: task.Integer, Min: task.Number(0)},
			{Name: "socketTimeout", Title: task.Text{EN: "Time without data (ms)", ZH: "读取超时（毫秒）"}, Type: task.Integer, Min: task.Number(0)},
		},
	}
}

// words are choices that are called what they are.
func words(list ...string) []task.Choice {
	var out []task.Choice
	for _, w := range list {
		out = append(out, task.Choice{Value: w, Title: task.Text{EN: w, ZH: w}})
	}
	return out
}

func parameters() task.Field {
	return task.Field{Name: "httpParams", Title: task.Text{EN: "Parameters", ZH: "请求参数"}, Type: task.List, Fields: []task.Field{
		{Name: "prop", Title: task.Text{EN: "Name", ZH: "名称"}, Required: true},
		{Name: "httpParametersType", Title: task.Text{EN: "Place", ZH: "位置"}, Required: true, Default: string(inQuery), Choices: []task.Choice{
			{Value: string(inQuery), Title: task.Text{EN: "query", ZH: "查询参数"}},
			{Value: string(inBody), Title: task.Text{EN: "body", ZH: "请求体"}},
			{Value: string(inHeader), Title: task.Text{EN: "header", ZH: "请求头"}}}},
		{Name: "value", Title: task.Text{EN: "Value", ZH: "值"}},
	}}
}
