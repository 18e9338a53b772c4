package robot

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/porpoise-scheduler/porpoise/pkg/notify"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// Headers of a webhook's requests.
const (
	DeliveryHeader  = "X-Porpoise-Delivery"
	EventHeader     = "X-Porpoise-Event"
	TimestampHeader = "X-Porpoise-Timestamp"
	SignatureHeader = "X-Porpoise-Signature"
)

// WebhookBody is what a webhook is sent.
type WebhookBody struct {
	DeliveryID string             `json:"deliveryId"` // the same when a delivery is repeated
	AlertID    int64              `json:"alertId"`
	Event      workflow.AlertKind `json:"event"`
	Title      string             `json:"title"`
	Text       string             `json:"text"`
	Link       string             `json:"link,omitempty"`
	Time       time.Time          `json:"time"`
	Facts      json.RawMessage    `json:"facts"`
}

// webhookKind makes webhooks. Settings: url; method, POST (default) or PUT;
// secret, signs requests; header.<Name>, headers of one's own.
type webhookKind struct{ maker }

// Name is WEBHOOK.
func (webhookKind) Name() workflow.ChannelKind { return workflow.ChannelWebhook }

// New makes a channel.
func (k webhookKind) New(settings map[string]string) (notify.Channel, error) {
	s := notify.ReadSettings(settings)
	c := &webhook{
		url: s.URL("url"), method: s.OneOf("method", http.MethodPost, http.MethodPut),
		secret: s.Text("secret"), header: headers(s),
	}
	if err := s.Err(); err != nil {
		return nil, err
	}
	c.poster = k.poster()
	return c, nil
}

// headers reads header.<Name>. Those the client sets itself are refused.
func headers(s *notify.Settings) http.Header {
	const prefix = "header."
	out := http.Header{}
	for name, value := range s.Prefixed(prefix) {
		canonical := textproto.CanonicalMIMEHeaderKey(name)
		switch {
		case !httpguts.ValidHeaderFieldName(name), !httpguts.ValidHeaderFieldValue(value):
			s.Fail(prefix+name, "is not a header")
		case strings.HasPrefix(canonical, "X-Porpoise-"), reserved(canonical):
			s.Fail(prefix+name, "is a header that is set already")
		}
		out.Set(canonical, value)
	}
	return out
}

func reserved(name string) bool {
	switch name {
	case "Host", "Content-Length", "Content-Type", "Transfer-Encoding", "Connection", "Upgrade", "Te", "Trailer", "Expect":
		return true
	}
	return false
}

type webhook struct {
	poster
	url    *url.URL
	method string
	secret string
	header http.Header
}

// Send succeeds when the answer is a 2xx.
func (c *webhook) Send(ctx context.Context, m notify.Message) error {
	facts := m.Facts
	if len(facts) == 0 {
		facts = json.RawMessage("{}")
	}
	body, err := encode(WebhookBody{
		DeliveryID: m.ID, AlertID: m.AlertID, Event: m.Event, Title: m.Title, Text: m.Text,
		Link: m.Link, Time: m.Time.UTC(), Facts: facts,
	})
	if err != nil {
		return err
	}
	at := strconv.FormatInt(c.now().Unix(), 10)
	header := c.header.Clone()
	header.Set(DeliveryHeader, m.ID)
	header.Set(EventHeader, string(m.Event))
	header.Set(TimestampHeader, at)
	if c.secret != "" {
		header.Set(SignatureHeader, SignWebhook(c.secret, at, body))
	}
	a, err := c.do(ctx, request{method: c.method, url: c.url, header: header, body: body})
	if err != nil {
		return fmt.Errorf("webhook: %w", err)
	}
	if err := a.accepted(); err != nil {
		return fmt.Errorf("webhook: %w", err)
	}
	return nil
}

// SignWebhook gives the signature header of a body sent at a time (Unix
// seconds, in decimal).
func SignWebhook(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}
