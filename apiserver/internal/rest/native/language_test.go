package native_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/native"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// TestRefusalsInChinese asks in Chinese for what is refused in all the places
// that refuse: use cases, rights, validation, unreadable bodies, unknown paths.
func TestRefusalsInChinese(t *testing.T) {
	w := newWorld(t)
	a := w.as(w.user("ada", workflow.RoleGeneral))
	made[native.Project](w, a, "/projects", native.ProjectInput{Name: "etl"})
	for _, c := range []struct {
		who          as
		method, path string
		body         string
		title        string
		detail       string
		first        string // message of the first of the errors; empty: there are none
	}{
		{a, "POST", "/projects", `{"name":"etl"}`, "与当前状态冲突", "项目 etl 已存在", "项目 etl 已存在"},
		{a, "GET", "/projects/nothing", "", "不存在", "项目 nothing 不存在", ""},
		{a, "GET", "/audit", "", "没有权限", "当前用户无权执行此操作", ""},
		{nil, "GET", "/session", "", "尚未登录", "尚未登录", ""},
		{nil, "POST", "/session", `{"user":"ada","password":"x"}`, "尚未登录", "用户名或密码错误", ""},
		{a, "POST", "/projects", `{"name":7}`, "内容无效", "参数校验未通过", "应为字符串"},
		{a, "POST", "/projects", `{}`, "内容无效", "参数校验未通过", "缺少必需的属性 name"},
		{a, "GET", "/projects?limit=many", "", "内容无效", "参数校验未通过", "不是整数"},
		{a, "GET", "/projects?colour=red", "", "内容无效", "参数校验未通过", "未知的查询参数"},
		{a, "POST", "/projects", `{`, "请求有误", "参数校验未通过", "JSON 内容不完整"},
		{a, "POST", "/projects", "", "请求有误", "缺少请求体", ""},
		{a, "POST", "/projects/etl/workflows", `{"document":"name: x\ntasks: []\n"}`, "内容无效", "第 2 行：tasks：工作流至少要有一个任务", "工作流至少要有一个任务"},
		{a, "GET", "/nowhere", "", "不存在", "不存在 GET /api/v1/nowhere", ""},
		{a, "PATCH", "/projects", "", "不支持此方法", "不存在 PATCH /api/v1/projects", ""},
	} {
		var in *strings.Reader
		send := func(language string) (native.Problem, reply) {
			in = strings.NewReader(c.body)
			r := w.send(c.who, c.method, c.path, in, "Content-Type", "application/json", "Accept-Language", language)
			if c.body == "" {
				r = w.call(c.who, c.method, c.path, nil, "Accept-Language", language)
			}
			var p native.Problem
			r.into(&p)
			return p, r
		}
		said, r := send("fr, zh-CN;q=0.9, en;q=0.5")
		if said.Title != c.title || said.Detail != c.detail || c.first == "" && len(said.Errors) > 0 || c.first != "" && said.Errors[0].Message != c.first {
			t.Errorf("%s %s: %s", c.method, c.path, r.Body)
		}
		if r.Header.Get("Content-Language") != "zh" || r.Header.Get("Vary") != "Accept-Language" {
			t.Errorf("%s %s: the header does not tell the language: %v", c.method, c.path, r.Header)
		}
		for _, english := range []string{"", "en, zh;q=0.5", "fr", ";;;"} {
			plain, r := send(english)
			if strings.ContainsFunc(plain.Title+plain.Detail, func(c rune) bool { return c > 0x2000 }) || r.Header.Get("Content-Language") != "" {
				t.Errorf("%s %s in %q: %s", c.method, c.path, english, r.Body)
			}
			if plain.Reason != said.Reason || plain.Status != said.Status || len(plain.Errors) != len(said.Errors) {
				t.Errorf("%s %s: the languages tell different things: %+v, %+v", c.method, c.path, plain, said)
			}
		}
	}
}

// TestAnswersInChinese looks at answers that are no refusals but tell of some.
func TestAnswersInChinese(t *testing.T) {
	w := newWorld(t)
	a := w.as(w.user("ada", workflow.RoleGeneral))
	made[native.Project](w, a, "/projects", native.ProjectInput{Name: "etl"})
	const wrong = "name: x\ntasks: [{name: a, kind: SHELL, params: {rawScript: ''}}, {name: b, kind: SHELL, environment: none, params: {rawScript: x}}]\n"
	ask := func(method, path string, body any) string {
		return string(w.call(a, method, path, body, "Accept-Language", "zh").want(http.StatusOK).Body)
	}
	for _, c := range []struct {
		answer string
		want   []string
	}{
		{ask("POST", "/projects/etl/workflows:check", map[string]any{"document": wrong}), []string{"参数 rawScript 不能为空", "环境 none 不存在"}},
		{ask("POST", "/projects/etl/workflows:import", map[string]any{"document": wrong, "format": "yaml"}), []string{"参数 rawScript 不能为空", "第 2 行"}},
		{ask("POST", "/projects/etl/workflows:batch", map[string]any{"ids": []int{77}, "action": "ONLINE"}), []string{"工作流 77 不存在"}},
		{ask("POST", "/schedules:preview", map[string]any{"cron": "soon", "timezone": "UTC", "count": 1}), []string{"cron"}},
		{ask("GET", "/statistics", nil), []string{"没有存活的 Worker"}},
	} {
		for _, part := range c.want {
			if !strings.Contains(c.answer, part) {
				t.Errorf("there is no %s in %s", part, c.answer)
			}
		}
	}
}
