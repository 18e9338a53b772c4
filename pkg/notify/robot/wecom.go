package robot

import (
	"context"
	"fmt"
	"net/url"

	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// What a robot takes, in bytes of content.
const (
	weComMarkdown = 4096
	weComText     = 2048
)

// weComKind makes channels to WeCom robots. Settings: url, with its key;
// mentionedMobiles, a list of who is called ("@all" for everybody), which makes
// the message plain text, because markdown calls nobody there.
type weComKind struct{ maker }

// Name is WECOM.
func (weComKind) Name() workflow.ChannelKind { return workflow.ChannelWeCom }

// New makes a channel.
func (k weComKind) New(settings map[string]string) (notify.Channel, error) {
	s := notify.ReadSettings(settings)
	c := &weCom{url: s.URL("url"), mobiles: callable(s, "mentionedMobiles")}
	if err := s.Err(); err != nil {
		return nil, err
	}
	if !c.url.Query().Has("key") {
		s.Fail("url", "has no key")
		return nil, s.Err()
	}
	c.poster = k.poster()
	return c, nil
}

func callable(s *notify.Settings, field string) []string {
	if list := s.List(field); len(list) == 1 && list[0] == "@all" {
		return list
	}
	return mobiles(s, field)
}

type weCom struct {
	poster
	url     *url.URL
	mobiles []string
}

type weComBody struct {
	MsgType  string        `json:"msgtype"`
	Markdown *weComContent `json:"markdown,omitempty"`
	Text     *weComContent `json:"text,omitempty"`
}

type weComContent struct {
	Content string   `json:"content"`
	Mobiles []string `json:"mentioned_mobile_list,omitempty"`
}

// Send succeeds when the robot answers with error code 0.
func (c *weCom) Send(ctx context.Context, m notify.Message) error {
	a, err := c.postJSON(ctx, c.url, c.body(m))
	if err != nil {
		return fmt.Errorf("WeCom: %w", err)
	}
	var v verdict
	if err := a.decode(&v); err != nil {
		return fmt.Errorf("WeCom: %w", err)
	}
	if err := v.err(); err != nil {
		return fmt.Errorf("WeCom: %w", err)
	}
	return nil
}

func (c *weCom) body(m notify.Message) weComBody {
	tail := "\n" + m.ID
	if len(c.mobiles) > 0 {
		content := limit(m.Title+"\n"+m.Text, weComText-len(tail)) + tail
		return weComBody{MsgType: "text", Text: &weComContent{Content: content, Mobiles: c.mobiles}}
	}
	content := limit("### "+plain(m.Title)+"\n"+m.Markdown, weComMarkdown-len(tail)) + tail
	return weComBody{MsgType: "markdown", Markdown: &weComContent{Content: content}}
}
