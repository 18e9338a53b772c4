// Package notify delivers alerts and mails.
package notify

import "context"

// Mail is a message to people.
type Mail struct {
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

// Mailer sends mails. An error means that the mail was not accepted, or that
// nobody knows.
type Mailer interface {
	Send(ctx context.Context, m Mail) error
}
