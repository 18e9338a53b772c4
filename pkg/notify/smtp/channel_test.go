package smtp_test

import (
	"strings"
	"sync/atomic"
	"testing"

	gosmtp "github.com/emersion/go-smtp"

	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/notify/notifytest"
)

// TestChannelSuite runs the suite of channels on mails over a real exchange.
func TestChannelSuite(t *testing.T) {
	var refusing atomic.Bool
	s := notifytest.NewMailServer(t, notifytest.MailOptions{Hook: func(notifytest.Mail) error {
		if refusing.Load() {
			return &gosmtp.SMTPError{Code: 451, Message: "not today"}
		}
		return nil
	}})
	notifytest.Exercise(t, notifytest.Subject{
		Kind:     notify.NewMailKind(mailer(t, s, nil)),
		Settings: map[string]string{"receivers": "a@example.com; b@example.com", "receiversCc": "c@example.com"},
		Wrong: map[string]map[string]string{
			"receivers":   {"receivers": "not an address"},
			"receiversCc": {"receivers": "a@example.com", "receiversCc": "x\r\ny@example.com"},
		},
		Refuse: refusing.Store, Refusal: "not today",
		Arrived: func() []string {
			var ids []string
			for _, m := range s.Mails() {
				if len(m.To) != 3 {
					t.Errorf("to %v", m.To)
				}
				id, _, _ := strings.Cut(strings.Trim(m.Header.Get("Message-ID"), "<>"), "@")
				ids = append(ids, id)
			}
			return ids
		},
	})
}
