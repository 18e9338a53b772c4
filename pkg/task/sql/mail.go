package sql

import (
	"context"
	"errors"
	"fmt"
	"html"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
)

// xlsx is the media type of the attachment.
const xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// recipients are who gets a result.
type recipients struct{ to, cc []string }

// recipients reads who gets the result, before anything runs: those of the
// task, else those whom its workflow's alerts go to.
func (k Kind) recipients(m *mailing, a task.Attempt) (recipients, error) {
	if refusal, ok := k.mailer.(notify.NoMailer); ok {
		return recipients{}, fmt.Errorf("the result cannot be mailed: %w", refusal.Send(context.Background(), notify.Mail{}))
	}
	var r recipients
	var err error
	if r.to, err = notify.ParseAddresses(a.Expand(m.to)); err != nil {
		return r, fmt.Errorf("receivers: %w", err)
	}
	if r.cc, err = notify.ParseAddresses(a.Expand(m.cc)); err != nil {
		return r, fmt.Errorf("receiversCc: %w", err)
	}
	if len(r.to) == 0 {
		r.to = a.Receivers
	}
	if len(r.cc) == 0 {
		r.cc = a.ReceiversCc
	}
	if len(r.to) == 0 {
		r.to, r.cc = r.cc, nil
	}
	if len(r.to) == 0 {
		return r, errors.New("there is nobody to mail the result to: neither the task nor its workflow names receivers, and there is no alert group with users")
	}
	return r, nil
}

// send mails the result. A second attempt sends a mail of its own.
func (k Kind) send(ctx context.Context, m *mailing, a task.Attempt, to recipients, r *report) error {
	title := strings.TrimSpace(a.Expand(m.title))
	if title == "" {
		title = a.Task + " query result sets"
	}
	mail := notify.Mail{
		ID: fmt.Sprintf("result-%d-%d", a.InstanceID, a.ID), To: to.to, Cc: to.cc, Subject: title, HTML: body(title, m, r),
	}
	if r.sheet != nil {
		data, err := r.sheet.bytes()
		if err != nil {
			return err
		}
		mail.Attachments = []notify.Attachment{{Name: fileName(title), ContentType: xlsx, Data: data}}
	}
	if err := k.mailer.Send(ctx, mail); err != nil {
		return fmt.Errorf("mailing the result: %w", err)
	}
	r.line("mailed to %s", strings.Join(append(append([]string(nil), to.to...), to.cc...), ", "))
	return nil
}

func body(title string, m *mailing, r *report) string {
	var out strings.Builder
	out.WriteString("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head><body>\n")
	out.WriteString("<h3>" + html.EscapeString(title) + "</h3>\n<p>" + html.EscapeString(r.count()) + "</p>\n")
	if r.page != nil {
		out.WriteString(r.page.text())
		if r.page.full {
			fmt.Fprintf(&out, "<p>the first %d are shown</p>\n", r.page.rows)
		}
	}
	if m.text {
		out.WriteString("<pre>" + html.EscapeString(r.text()) + "</pre>\n")
	}
	out.WriteString("</body></html>\n")
	return out.String()
}

// fileName makes a name that every system takes.
func fileName(title string) string {
	name := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, title)
	return clip(strings.Trim(name, ". "), 100) + ".xlsx"
}
