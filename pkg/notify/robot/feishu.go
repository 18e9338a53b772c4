package robot

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// feishuText is how many bytes of text go into a card; the whole request may
// have 20 KB.
const feishuText = 15_000

// feishuKind makes channels to Feishu (Lark) robots. Settings: url, with its
// token; secret, of a robot that checks signatures; keyword, of one that checks
// those.
type feishuKind struct{ maker }

// Name is FEISHU.
func (feishuKind) Name() workflow.ChannelKind { return workflow.ChannelFeishu }

// New makes a channel.
func (k feishuKind) New(settings map[string]string) (notify.Channel, error) {
	s := notify.ReadSettings(settings)
	c := &feishu{url: s.URL("url"), secret: s.Text("secret"), keyword: s.Text("keyword")}
	if err := s.Err(); err != nil {
		return nil, err
	}
	c.poster = k.poster()
	return c, nil
}

type feishu struct {
	poster
	url     *url.URL
	secret  string
	keyword string
}

type feishuBody struct {
	Timestamp string     `json:"timestamp,omitempty"`
	Sign      string     `json:"sign,omitempty"`
	MsgType   string     `json:"msg_type"`
	Card      feishuCard `json:"card"`
}

type feishuCard struct {
	Header   feishuHeader    `json:"header"`
	Elements []feishuElement `json:"elements"`
}

type feishuHeader struct {
	Title    feishuElement `json:"title"`
	Template string        `json:"template"`
}

type feishuElement struct {
	Tag     string `json:"tag"`
	Content string `json:"content"`
}

// Send succeeds when the robot answers with code 0.
func (c *feishu) Send(ctx context.Context, m notify.Message) error {
	a, err := c.postJSON(ctx, c.url, c.body(m))
	if err != nil {
		return fmt.Errorf("Feishu: %w", err)
	}
	var v struct {
		Code    *int   `json:"code"`
		Old     *int   `json:"StatusCode"`
		Message string `json:"msg"`
	}
	if err := a.decode(&v); err != nil {
		return fmt.Errorf("Feishu: %w", err)
	}
	code := v.Code
	if code == nil {
		code = v.Old
	}
	switch {
	case code == nil:
		return errors.New("Feishu: the answer has no code")
	case *code != 0:
		return fmt.Errorf("Feishu: refused with code %d: %s", *code, excerpt(v.Message))
	}
	return nil
}

func (c *feishu) body(m notify.Message) feishuBody {
	color := "red"
	if m.Event == workflow.AlertSuccess {
		color = "green"
	}
	text := limit(m.Markdown, feishuText) + "\n" + m.ID
	if c.keyword != "" {
		text += " " + c.keyword
	}
	b := feishuBody{
		MsgType: "interactive",
		Card: feishuCard{
			Header:   feishuHeader{Title: feishuElement{Tag: "plain_text", Content: m.Title}, Template: color},
			Elements: []feishuElement{{Tag: "markdown", Content: text}},
		},
	}
	if c.secret != "" {
		b.Timestamp = strconv.FormatInt(c.now().Unix(), 10)
		b.Sign = SignFeishu(c.secret, b.Timestamp)
	}
	return b
}

// SignFeishu gives the sign field for a timestamp in seconds. The text to sign
// is the key, and what is signed is empty.
func SignFeishu(secret, timestamp string) string {
	mac := hmac.New(sha256.New, []byte(timestamp+"\n"+secret))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
