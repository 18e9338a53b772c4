package robot

import (
	"context"
	"fmt"
	"net/url"
	"regexp"

	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// telegramText is less than the 4096 characters a message may have.
const telegramText = 3900

// telegramKind makes channels to Telegram chats. Settings: token, of the bot;
// chatId, a number or @name; url, of another server than api.telegram.org.
type telegramKind struct{ maker }

// Name is TELEGRAM.
func (telegramKind) Name() workflow.ChannelKind { return workflow.ChannelTelegram }

var (
	botToken   = regexp.MustCompile(`^[0-9]+:[A-Za-z0-9_-]+$`)
	telegramID = regexp.MustCompile(`^(-?[0-9]+|@[A-Za-z0-9_]+)$`)
)

// New makes a channel.
func (k telegramKind) New(settings map[string]string) (notify.Channel, error) {
	s := notify.ReadSettings(settings)
	token, chat := s.Must("token"), s.Must("chatId")
	if !botToken.MatchString(token) {
		s.Fail("token", "is not a bot's token")
	}
	if !telegramID.MatchString(chat) {
		s.Fail("chatId", "is neither a number nor @name")
	}
	server := &url.URL{Scheme: "https", Host: "api.telegram.org"}
	if s.Text("url") != "" {
		server = s.URL("url")
	}
	if err := s.Err(); err != nil {
		return nil, err
	}
	return &telegram{poster: k.poster(), url: server.JoinPath("bot"+token, "sendMessage"), chat: chat}, nil
}

type telegram struct {
	poster
	url  *url.URL
	chat string
}

type telegramBody struct {
	ChatID    string `json:"chat_id"`
	Text      string `json:"text"`
	NoPreview bool   `json:"disable_web_page_preview"`
}

// Send succeeds when the answer says ok.
func (c *telegram) Send(ctx context.Context, m notify.Message) error {
	text := limit(m.Title+"\n\n"+m.Text, telegramText) + "\n" + m.ID
	a, err := c.postJSON(ctx, c.url, telegramBody{ChatID: c.chat, Text: text, NoPreview: true})
	if err != nil {
		return fmt.Errorf("Telegram: %w", err)
	}
	var v struct {
		OK          bool   `json:"ok"`
		Description string `json:"description"`
	}
	if err := a.decode(&v); err != nil {
		return fmt.Errorf("Telegram: %w", err)
	}
	if !v.OK {
		return fmt.Errorf("Telegram: refused: %s", excerpt(v.Description))
	}
	return nil
}
