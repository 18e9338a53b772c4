package robot

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// dingTalkText is how many bytes of text a robot takes, with a margin.
const dingTalkText = 18_000

// dingTalkKind makes channels to DingTalk robots. Settings: url, with its
// access_token; secret, of a robot that checks signatures; keyword, of one that
// checks those; atMobiles, a list of who is called; atAll, true or false.
type dingTalkKind struct{ maker }

// Name is DINGTALK.
func (dingTalkKind) Name() workflow.ChannelKind { return workflow.ChannelDingTalk }

// New makes a channel.
func (k dingTalkKind) New(settings map[string]string) (notify.Channel, error) {
	s := notify.ReadSettings(settings)
	c := &dingTalk{
		url: s.URL("url"), secret: s.Text("secret"), keyword: s.Text("keyword"),
		mobiles: mobiles(s, "atMobiles"), all: s.Flag("atAll"),
	}
	if err := s.Err(); err != nil {
		return nil, err
	}
	if !c.url.Query().Has("access_token") {
		s.Fail("url", "has no access_token")
		return nil, s.Err()
	}
	c.poster = k.poster()
	return c, nil
}

// mobiles reads a list of telephone numbers.
func mobiles(s *notify.Settings, field string) []string {
	list := s.List(field)
	for _, number := range list {
		if strings.Trim(strings.TrimPrefix(number, "+"), "0123456789-") != "" {
			s.Fail(field, "holds a text that is not a telephone number")
		}
	}
	return list
}

type dingTalk struct {
	poster
	url     *url.URL
	secret  string
	keyword string
	mobiles []string
	all     bool
}

type dingTalkBody struct {
	MsgType  string           `json:"msgtype"`
	Markdown dingTalkMarkdown `json:"markdown"`
	At       dingTalkAt       `json:"at"`
}

type dingTalkMarkdown struct {
	Title string `json:"title"`
	Text  string `json:"text"`
}

type dingTalkAt struct {
	Mobiles []string `json:"atMobiles"`
	All     bool     `json:"isAtAll"`
}

// verdict is the answer of DingTalk and WeCom.
type verdict struct {
	Code    *int   `json:"errcode"`
	Message string `json:"errmsg"`
}

func (v verdict) err() error {
	switch {
	case v.Code == nil:
		return fmt.Errorf("the answer has no error code")
	case *v.Code != 0:
		return fmt.Errorf("refused with error %d: %s", *v.Code, excerpt(v.Message))
	}
	return nil
}

// Send succeeds when the robot answers with error code 0.
func (c *dingTalk) Send(ctx context.Context, m notify.Message) error {
	u := c.url
	if c.secret != "" {
		at := strconv.FormatInt(c.now().UnixMilli(), 10)
		u = withQuery(u, url.Values{"timestamp": {at}, "sign": {SignDingTalk(c.secret, at)}})
	}
	a, err := c.postJSON(ctx, u, c.body(m))
	if err != nil {
		return fmt.Errorf("DingTalk: %w", err)
	}
	var v verdict
	if err := a.decode(&v); err != nil {
		return fmt.Errorf("DingTalk: %w", err)
	}
	if err := v.err(); err != nil {
		return fmt.Errorf("DingTalk: %w", err)
	}
	return nil
}

func (c *dingTalk) body(m notify.Message) dingTalkBody {
	text := limit("### "+plain(m.Title)+"\n\n"+m.Markdown, dingTalkText)
	if c.keyword != "" && !strings.Contains(text, c.keyword) {
		text += "\n\n" + c.keyword
	}
	// Who is called must be named in the text, too.
	for _, number := range c.mobiles {
		text += " @" + number
	}
	text += "\n\n" + m.ID
	return dingTalkBody{
		MsgType:  "markdown",
		Markdown: dingTalkMarkdown{Title: m.Title, Text: text},
		At:       dingTalkAt{Mobiles: append([]string{}, c.mobiles...), All: c.all},
	}
}

// SignDingTalk gives the sign parameter for a timestamp in milliseconds.
func SignDingTalk(secret, timestamp string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp + "\n" + secret))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// plain takes the meaning from what a markdown reader would act on.
func plain(s string) string {
	return strings.NewReplacer("[", "［", "]", "］", "<", "＜", ">", "＞", "`", "'", "*", "＊", "\n", " ").Replace(s)
}
