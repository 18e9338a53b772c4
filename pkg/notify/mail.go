package notify

import (
	"context"
	"fmt"
	"net/mail"
	"strings"
	"unicode"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Mail is a message to people.
type Mail struct {
	// ID, when given, makes the Message-ID: a mail that is sent again carries
	// the same one, and its receivers' servers can tell.
	ID          string
	To, Cc      []string
	Subject     string
	HTML        string
	Attachments []Attachment
}

// Attachment is a file of a mail.
type Attachment struct {
	Name        string
	ContentType string
	Data        []byte
}

// Mailer sends mails. An error means that the mail was not accepted, or, when
// it IsUnknown, that nobody knows.
type Mailer interface {
	Send(ctx context.Context, m Mail) error
}

// NoMailer is the Mailer of an installation that has no mail server: it refuses
// every mail and says which setting is missing.
type NoMailer struct{}

// Send refuses.
func (NoMailer) Send(context.Context, Mail) error {
	return Hopeless(workflow.Errorf(workflow.Unavailable, "mail.unconfigured", "no mail server is configured: set mail-host"))
}

// maxAddress is the longest address SMTP can carry.
const maxAddress = 254

// ParseAddress checks one mail address, written without a display name.
func ParseAddress(text string) (string, error) {
	text = strings.TrimSpace(text)
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) {
		return "", fmt.Errorf("mail address %q contains white space", text)
	}
	a, err := mail.ParseAddress(text)
	switch {
	case err != nil:
		return "", fmt.Errorf("%q is not a mail address", text)
	case a.Name != "" || a.Address != text:
		return "", fmt.Errorf("%q is not a bare mail address", text)
	case len(text) > maxAddress:
		return "", fmt.Errorf("mail address %q is longer than %d characters", text, maxAddress)
	}
	return text, nil
}

// ParseAddresses reads a list of addresses separated by commas or semicolons.
// Empty items are passed over, repeated ones given once.
func ParseAddresses(list string) ([]string, error) {
	var out []string
	seen := map[string]bool{}
	for item := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' || r == ';' }) {
		if strings.TrimSpace(item) == "" {
			continue
		}
		a, err := ParseAddress(item)
		if err != nil {
			return nil, err
		}
		if key := strings.ToLower(a); !seen[key] {
			seen[key] = true
			out = append(out, a)
		}
	}
	return out, nil
}
