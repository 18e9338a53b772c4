package notify

import "github.com/porpoise-scheduler/porpoise/pkg/workflow"

// Field describes a setting for those who make forms.
type Field struct {
	Name     string
	En, Zh   string // what it is
	Required bool
	// Secret settings are taken and never shown. Addresses of robots are: who
	// knows one can speak through it.
	Secret  bool
	Choices []string // the first is the default; none: any text
	Prefix  bool     // Name begins the names of any number of settings
}

// Fields lists the settings of a kind in the order of a form.
func Fields(kind workflow.ChannelKind) []Field {
	url := Field{Name: "url", En: "Address of the robot", Zh: "机器人地址", Required: true, Secret: true}
	sign := Field{Name: "secret", En: "Key that messages are signed with", Zh: "签名密钥", Secret: true}
	keyword := Field{Name: "keyword", En: "Keyword the robot insists on", Zh: "关键词"}
	switch kind {
	case workflow.ChannelMail:
		return []Field{
			{Name: "receivers", En: "Receivers, separated by commas", Zh: "收件人，用逗号分隔", Required: true},
			{Name: "receiversCc", En: "Copies to", Zh: "抄送"},
		}
	case workflow.ChannelWebhook:
		return []Field{
			{Name: "url", En: "Address", Zh: "地址", Required: true, Secret: true},
			{Name: "method", En: "Method", Zh: "请求方法", Choices: []string{"POST", "PUT"}}, sign,
			{Name: "header.", En: "Header", Zh: "请求头", Secret: true, Prefix: true},
		}
	case workflow.ChannelDingTalk:
		return []Field{url, sign, keyword,
			{Name: "atMobiles", En: "Telephone numbers to mention", Zh: "被@人的手机号"},
			{Name: "atAll", En: "Mention everybody", Zh: "@所有人", Choices: []string{"false", "true"}},
		}
	case workflow.ChannelWeCom:
		return []Field{url, {Name: "mentionedMobiles", En: "Telephone numbers to mention, or @all", Zh: "被@人的手机号，或 @all"}}
	case workflow.ChannelFeishu:
		return []Field{url, sign, keyword}
	case workflow.ChannelSlack:
		return []Field{url}
	case workflow.ChannelTelegram:
		return []Field{
			{Name: "token", En: "The bot's token", Zh: "机器人令牌", Required: true, Secret: true},
			{Name: "chatId", En: "Chat", Zh: "会话 ID", Required: true},
			{Name: "url", En: "Server, if not Telegram's own", Zh: "服务器（默认官方）"},
		}
	case workflow.ChannelScript:
		return []Field{
			{Name: "script", En: "File in the folder of alert scripts", Zh: "告警脚本目录中的文件", Required: true},
			{Name: "argument", En: "Argument", Zh: "参数"},
		}
	}
	return nil
}

// FieldOf gives the description of a setting; unknown ones are secret.
func FieldOf(kind workflow.ChannelKind, name string) Field {
	for _, f := range Fields(kind) {
		if f.Name == name || f.Prefix && len(name) > len(f.Name) && name[:len(f.Name)] == f.Name {
			return f
		}
	}
	return Field{Name: name, Secret: true}
}
