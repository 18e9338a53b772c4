package robot

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// slackText is how many bytes of text are sent.
const slackText = 12_000

// slackKind makes channels to Slack's incoming webhooks. Settings: url.
type slackKind struct{ maker }

// Name is SLACK.
func (slackKind) Name() workflow.ChannelKind { return workflow.ChannelSlack }

// New makes a channel.
func (k slackKind) New(settings map[string]string) (notify.Channel, error) {
	s := notify.ReadSettings(settings)
	c := &slack{url: s.URL("url")}
	if err := s.Err(); err != nil {
		return nil, err
	}
	c.poster = k.poster()
	return c, nil
}

type slack struct {
	poster
	url *url.URL
}

type slackBody struct {
	Text string `json:"text"`
}

// Send succeeds when the answer is 200 and "ok".
func (c *slack) Send(ctx context.Context, m notify.Message) error {
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	text := "*" + escape.Replace(plain(m.Title)) + "*\n" + escape.Replace(limit(m.Text, slackText)) + "\n" + m.ID
	a, err := c.postJSON(ctx, c.url, slackBody{Text: text})
	if err != nil {
		return fmt.Errorf("Slack: %w", err)
	}
	if err := a.accepted(); err != nil {
		return fmt.Errorf("Slack: %w", err)
	}
	if a.cut != nil {
		return notify.Unknown(fmt.Errorf("Slack: %w", a.cut))
	}
	if said := strings.TrimSpace(string(a.body)); said != "ok" {
		return fmt.Errorf("Slack: refused: %s", excerpt(said))
	}
	return nil
}
