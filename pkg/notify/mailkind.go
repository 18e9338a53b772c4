package notify

import (
	"context"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// MailKind makes channels that send alerts by mail. Settings: receivers and
// receiversCc, lists of addresses of which at least one is not empty.
type MailKind struct{ mailer Mailer }

// NewMailKind makes the kind; its channels share the mailer.
func NewMailKind(m Mailer) *MailKind { return &MailKind{mailer: m} }

// Addressed is a channel that is nothing but mail addresses. Whoever plans
// deliveries may send to each by itself, so that one bad address does not keep
// the mail from the others.
type Addressed interface {
	Addresses() (to, cc []string)
}

var (
	_ Kind      = (*MailKind)(nil)
	_ Addressed = (*mailChannel)(nil)
)

// Name is MAIL.
func (k *MailKind) Name() workflow.ChannelKind { return workflow.ChannelMail }

// New makes a channel.
func (k *MailKind) New(settings map[string]string) (Channel, error) {
	s := ReadSettings(settings)
	c := &mailChannel{mailer: k.mailer, to: s.Addresses("receivers"), cc: s.Addresses("receiversCc")}
	if len(c.to)+len(c.cc) == 0 {
		s.Fail("receivers", "names nobody")
	}
	if err := s.Err(); err != nil {
		return nil, err
	}
	return c, nil
}

type mailChannel struct {
	mailer Mailer
	to, cc []string
}

// Addresses gives the receivers.
func (c *mailChannel) Addresses() (to, cc []string) { return c.to, c.cc }

// Send hands the message over as one mail to all.
func (c *mailChannel) Send(ctx context.Context, m Message) error {
	return c.mailer.Send(ctx, MailOf(m, c.to, c.cc))
}

// Close does nothing: the mailer is shared.
func (c *mailChannel) Close() {}

// MailOf makes a mail of a message.
func MailOf(m Message, to, cc []string) Mail {
	return Mail{ID: m.ID, To: to, Cc: cc, Subject: m.Title, HTML: m.HTML}
}
