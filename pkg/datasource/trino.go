package datasource

import (
	"database/sql"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/trinodb/trino-go-client/trino"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// trinoFamily serves Trino, and Presto, of which the headers have other names.
func trinoFamily(t workflow.DataSourceType) family {
	return family{
		port: 8080, optionalDB: true,
		options: append([]option{
			{"SSL", aBool}, {"SSLVerification", oneOf("FULL", "CA", "NONE")},
			{"source", aWord}, {"applicationNamePrefix", aWord}, {"clientTags", aList}, {"clientInfo", aWord},
			{"timezone", aZone}, {"query_max_run_time", aWord}, {"query_priority", aNumber(100)},
			{"query_max_execution_time", aWord}, {"join_distribution_type", oneOf("AUTOMATIC", "BROADCAST", "PARTITIONED")},
		}, without("explicitPrepare")...),
		check:       checkTrino,
		open:        openTrino,
		greet:       selectOne,
		placeholder: questionMark,
		bind:        bindTrino,
		catalog:     informationSchema("'default'"),
	}
}

func aList(v string) error {
	for item := range strings.SplitSeq(v, ",") {
		if err := aWord(strings.TrimSpace(item)); err != nil {
			return err
		}
	}
	return nil
}

func checkTrino(t *target) error {
	if t.Password != "" && !t.options.bool("SSL", false) {
		return invalid("password", "%s takes passwords over TLS only: set the option SSL to true, or leave the password empty", t.Type)
	}
	if strings.Count(t.Connection.Database, "/") > 1 {
		return invalid("database", "%q is neither a catalog nor catalog/schema", clip(t.Connection.Database))
	}
	if strings.Contains(t.Connection.User, ":") {
		return invalid("user", "the user holds a colon")
	}
	return nil
}

func openTrino(t *target) (*sql.DB, error) {
	o := t.options
	level, scheme := trinoEncryption(o), "http"
	if level != plain {
		scheme = "https"
	}
	user := url.User(t.Connection.User)
	if t.Password != "" {
		user = url.UserPassword(t.Connection.User, t.Password)
	}
	patient := 30 * 24 * time.Hour // statements end by their context
	config := &trino.Config{
		ServerURI:    (&url.URL{Scheme: scheme, User: user, Host: t.hosts[0]}).String(),
		Source:       o.get("source", o.get("applicationNamePrefix", "porpoise")),
		ClientInfo:   o.get("clientInfo", ""),
		TimeZone:     o.get("timezone", "UTC"),
		QueryTimeout: &patient,
		HTTPClient:   &http.Client{Transport: t.transport(level)},
		// Presto takes no value list for EXECUTE IMMEDIATE, both take PREPARE.
		DisableExplicitPrepare: false,
		SessionProperties:      map[string]string{},
	}
	config.Catalog, config.Schema, _ = strings.Cut(t.Connection.Database, "/")
	if tags, ok := o.first("clientTags"); ok {
		config.ClientTags = strings.Split(tags, ",")
	}
	for _, name := range []string{"query_max_run_time", "query_priority", "query_max_execution_time", "join_distribution_type"} {
		if v, ok := o.first(name); ok {
			config.SessionProperties[name] = v
		}
	}
	connector, err := trino.NewConnector(config)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

func trinoEncryption(o options) encryption {
	if !o.bool("SSL", false) {
		return plain
	}
	switch strings.ToUpper(o.get("SSLVerification", "FULL")) {
	case "NONE":
		return trustA
	case "CA":
		return chain
	}
	return checked
}

func (t *target) transport(level encryption) http.RoundTripper {
	base := &http.Transport{
		DialContext: t.dialer.DialContext, TLSClientConfig: t.tlsConfig(level),
		MaxIdleConnsPerHost: 2, IdleConnTimeout: 30 * time.Second, TLSHandshakeTimeout: t.timeout,
	}
	if t.Type == workflow.Presto {
		return prestoTransport{base}
	}
	return base
}

// prestoTransport speaks to Presto for a driver that speaks to Trino, which
// came from it: the headers differ by their prefix.
type prestoTransport struct{ next *http.Transport }

func (p prestoTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.Header = renamed(request.Header, "X-Trino-", "X-Presto-")
	response, err := p.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	response.Header = renamed(response.Header, "X-Presto-", "X-Trino-")
	return response, nil
}

// CloseIdleConnections lets http.Client reach the transport behind.
func (p prestoTransport) CloseIdleConnections() { p.next.CloseIdleConnections() }

func renamed(header http.Header, from, to string) http.Header {
	out := http.Header{}
	for name, values := range header {
		if rest, ok := strings.CutPrefix(name, from); ok {
			name = to + rest
		}
		out[name] = values
	}
	return out
}

func trinoReason(err error) string {
	var failed *trino.ErrQueryFailed
	if errors.As(err, &failed) {
		switch failed.StatusCode {
		case http.StatusUnauthorized:
			return ReasonPassword
		case http.StatusForbidden:
			return ReasonForbidden
		}
	}
	return ""
}

// bindTrino types dates and times: the server compares them with nothing else.
func bindTrino(v Value) any {
	switch t := v.Time; v.Kind {
	case Date:
		return trino.Date(t.Date())
	case Clock:
		return trino.Time(t.Hour(), t.Minute(), t.Second(), t.Nanosecond())
	case Timestamp:
		return trino.Timestamp(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond())
	case Float:
		return trino.Numeric(v.text())
	}
	return bindText(v)
}
