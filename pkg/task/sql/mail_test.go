package sql

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/notify/notifytest"
	"github.com/porpoise-scheduler/porpoise/pkg/notify/smtp"
	"github.com/porpoise-scheduler/porpoise/pkg/task"
)

// parts takes a mail apart: its HTML, and its attachment.
func parts(t *testing.T, m notifytest.Mail) (html string, file []byte, name string) {
	t.Helper()
	_, body, found := strings.Cut(m.Raw, "\r\n\r\n")
	if !found {
		t.Fatalf("a mail without a body: %s", m.Raw)
	}
	var walk func(kind, encoding string, body io.Reader)
	walk = func(kind, encoding string, body io.Reader) {
		media, params, err := mime.ParseMediaType(kind)
		if err != nil {
			t.Fatalf("%q: %v", kind, err)
		}
		if strings.HasPrefix(media, "multipart/") {
			r := multipart.NewReader(body, params["boundary"])
			for {
				p, err := r.NextRawPart()
				if errors.Is(err, io.EOF) {
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if _, d, _ := mime.ParseMediaType(p.Header.Get("Content-Disposition")); d["filename"] != "" {
					name = d["filename"]
				}
				walk(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p)
			}
		}
		data := decoded(t, encoding, body)
		if media == "text/html" {
			html = string(data)
		} else if media == xlsx {
			file = data
		}
	}
	walk(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), strings.NewReader(body))
	return html, file, name
}

func sheetRows(t *testing.T, data []byte) ([][]string, *excelize.File) {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	rows, err := f.GetRows(sheetName)
	if err != nil {
		t.Fatal(err)
	}
	return rows, f
}

func newMail(t *testing.T, o notifytest.MailOptions) (*notifytest.MailServer, notify.Mailer) {
	t.Helper()
	server := notifytest.NewMailServer(t, o)
	mailer, err := smtp.New(smtp.Config{
		Host: server.Host, Port: server.Port, From: "porpoise@example.org", TLS: smtp.None, Timeout: 2 * time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	return server, mailer
}

func TestMailedResult(t *testing.T) {
	server, mailer := newMail(t, notifytest.MailOptions{})
	l := newLite(t, mailer)
	_, log := l.mustRun(t, fields{
		"sql": "select id, total, dt, note, '<b>' as \"<h>\" from orders order by id", "sendEmail": true, "title": "orders of ${day}",
		"receivers": "a@example.org; b@example.org", "receiversCc": "${boss}", "showType": "TABLE,ATTACHMENT", "displayRows": 1,
	}, task.Attempt{Values: map[string]string{"day": "2024/01/02", "boss": "c@example.org"}})
	mail := server.Await(t, 1, 2*time.Minute)[0]
	if diff := cmp.Diff([]string{"a@example.org", "b@example.org", "c@example.org"}, mail.To); diff != "" || mail.Subject != "orders of 2024/01/02" {
		t.Errorf("%s %s", mail.Subject, diff)
	}
	if !strings.Contains(mail.Header.Get("Cc"), "c@example.org") || !strings.Contains(log, "mailed to a@example.org, b@example.org, c@example.org") {
		t.Errorf("cc %q, log %s", mail.Header.Get("Cc"), log)
	}
	html, file, name := parts(t, mail)
	for _, want := range []string{"&lt;h&gt;", "&lt;b&gt;", ">first</td>", ">=1+1</td>", "3 rows"} {
		if !strings.Contains(html, want) {
			t.Errorf("%s is not in %s", want, html)
		}
	}
	if name != "orders of 2024_01_02.xlsx" {
		t.Errorf("the attachment is called %q", name)
	}
	rows, f := sheetRows(t, file)
	if diff := cmp.Diff([][]string{
		{"id", "total", "dt", "note", "<h>"}, {"1", "9.5", "2024-01-02", "first", "<b>"},
		{"2", "20", "2024-01-02", "", "<b>"}, {"3", "7", "2024-01-03", "=1+1", "<b>"},
	}, rows); diff != "" {
		t.Error(diff)
	}
	formula, err := f.GetCellFormula(sheetName, "D4")
	if err != nil || formula != "" {
		t.Errorf("a formula %q came through, %v", formula, err)
	}
	kind, err := f.GetCellType(sheetName, "A2")
	if err != nil || kind == excelize.CellTypeInlineString || kind == excelize.CellTypeSharedString {
		t.Errorf("a number became text: %v %v", kind, err)
	}
}

func TestWhatAMailHolds(t *testing.T) {
	server, mailer := newMail(t, notifytest.MailOptions{})
	l := newLite(t, mailer)
	for i, c := range []struct {
		show, html, not string
		file            bool
	}{
		{"", "<table", "<pre>", false}, {"TABLE", "<table", "<pre>", false}, {"ATTACHMENT", "3 rows", "<table", true},
		{"TABLEATTACHMENT", "<table", "<pre>", true}, {"TEXT", "<pre>", "<table", false}, {" attachment , table", "<table", "<pre>", true},
	} {
		l.mustRun(t, fields{"sql": "select id from orders", "sendEmail": "true", "receivers": "a@example.org", "showType": c.show}, task.Attempt{})
		mail := server.Await(t, i+1, 2*time.Minute)[i]
		html, file, _ := parts(t, mail)
		if !strings.Contains(html, c.html) || strings.Contains(html, c.not) || (file != nil) != c.file || mail.Subject != "report query result sets" {
			t.Errorf("%q: %s, file %v, subject %q", c.show, html, file != nil, mail.Subject)
		}
	}
	l.mustRun(t, fields{"sql": "select id from orders where 0", "sendEmail": true, "receivers": "a@example.org", "showType": "ATTACHMENT", "limit": 1}, task.Attempt{})
	html, file, _ := parts(t, server.Await(t, 7, 2*time.Minute)[6])
	if rows, _ := sheetRows(t, file); len(rows) != 1 || !strings.Contains(html, "0 rows") {
		t.Errorf("%v %s", rows, html)
	}
	l.mustRun(t, fields{"sql": "select id from orders", "sqlType": 1, "sendEmail": true}, task.Attempt{})
	if n := len(server.Mails()); n != 7 {
		t.Errorf("%d mails: a statement has no result", n)
	}
}

func TestWhoGetsAMail(t *testing.T) {
	server, mailer := newMail(t, notifytest.MailOptions{Refuse: map[string]int{"gone@example.org": 550}})
	l := newLite(t, mailer)
	send := func(more fields, a task.Attempt) (task.Result, string) {
		all := fields{"sql": "select id from orders", "sendEmail": true, "preStatements": []string{"create table if not exists begun (x)"}}
		for k, v := range more {
			all[k] = v
		}
		return l.run(t, all, a)
	}
	result, _ := send(nil, task.Attempt{Receivers: []string{"group@example.org"}, ReceiversCc: []string{"cc@example.org"}})
	if diff := cmp.Diff([]string{"group@example.org", "cc@example.org"}, server.Await(t, 1, 2*time.Minute)[0].To); diff != "" || !result.OK {
		t.Errorf("%+v %s", result, diff)
	}
	result, _ = send(fields{"receiversCc": "only@example.org"}, task.Attempt{})
	if diff := cmp.Diff([]string{"only@example.org"}, server.Await(t, 2, 2*time.Minute)[1].To); diff != "" || !result.OK {
		t.Errorf("%+v %s", result, diff)
	}
	result, log := send(nil, task.Attempt{})
	if result.OK || !strings.Contains(result.Reason, "there is nobody to mail the result to") || strings.Contains(log, "pre statement") {
		t.Errorf("%+v %s", result, log)
	}
	result, _ = send(fields{"receivers": "${who}"}, task.Attempt{Values: map[string]string{"who": "not an address"}})
	if result.OK || !strings.Contains(result.Reason, "receivers: ") {
		t.Errorf("%+v", result)
	}
	result, _ = send(fields{"receivers": "gone@example.org"}, task.Attempt{})
	if result.OK || !strings.Contains(result.Reason, "mailing the result: ") {
		t.Errorf("%+v", result)
	}
}

// broken fails after it was asked.
type broken struct{ asked int }

func (b *broken) Send(context.Context, notify.Mail) error {
	b.asked++
	return errors.New("the mail server is away")
}

func TestLargeResults(t *testing.T) {
	mailer := &broken{}
	l := newLite(t, mailer)
	many := "with recursive n(i) as (select 1 union all select i + 1 from n where i < 5000) select i, hex(randomblob(100)) as x from n"
	result, log := l.run(t, fields{"sql": many, "sendEmail": true, "receivers": "a@example.org"}, task.Attempt{})
	if result.OK || mailer.asked != 1 || !strings.Contains(log, "5000 rows") {
		t.Errorf("%+v, asked %d, %s", result, mailer.asked, log)
	}
	file, err := newSheet(10 << 10)
	if err != nil {
		t.Fatal(err)
	}
	defer file.close()
	if err := file.begin([]string{"x"}); err != nil {
		t.Fatal(err)
	}
	for i := range 2000 {
		if err := file.row([]cell{{text: fmt.Sprintf("%x", i*7919)}}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := file.bytes(); err == nil || !strings.Contains(err.Error(), "larger than 10240 bytes: give the task a smaller limit") {
		t.Errorf("a large file: %v", err)
	}
	p := &page{}
	p.begin([]string{"x"})
	for range 100 {
		p.row([]cell{{text: strings.Repeat("x", maxCell)}})
	}
	if !p.full || p.rows == 0 || len(p.text()) > 2*maxPage {
		t.Errorf("%d rows, %d bytes", p.rows, len(p.text()))
	}
}
