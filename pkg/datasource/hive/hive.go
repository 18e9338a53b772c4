// Package hive is a database/sql driver for HiveServer2 and for Spark's Thrift
// server. Its protocol has no bound values: they are written into the
// statement as literals that need no escapes.
//
// A statement whose context ends is cancelled on the server.
package hive

import (
	"context"
	"crypto/tls"
	"database/sql/driver"
	"errors"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"

	"github.com/apache/thrift/lib/go/thrift"
	"github.com/beltran/gohive"
	"github.com/beltran/gohive/hiveserver"
)

// Auth is how a session says who it is.
type Auth string

// Ways to log in.
const (
	SASL  Auth = "sasl"  // name and password, for NONE, LDAP and CUSTOM
	Plain Auth = "plain" // NOSASL: the server takes the name as it comes
)

// Config says how a server is reached.
type Config struct {
	Address  string // host:port
	Dial     func(ctx context.Context, network, address string) (net.Conn, error)
	TLS      *tls.Config // nil for plain text
	Auth     Auth
	User     string
	Password string
	Database string
	HTTPPath string            // not empty: the server is reached over HTTP
	Settings map[string]string // of the session, such as hive.execution.engine
}

// maxMessage bounds what a server sends at once.
const maxMessage = 256 << 20

// Connector connects by a configuration.
type Connector struct{ config Config }

// NewConnector makes a connector for sql.OpenDB.
func NewConnector(config Config) *Connector { return &Connector{config} }

// Driver satisfies driver.Connector.
func (c *Connector) Driver() driver.Driver { return noDriver{} }

// noDriver refuses connection strings.
type noDriver struct{}

func (noDriver) Open(string) (driver.Conn, error) {
	return nil, errors.New("hive: connection strings are not taken")
}

// Connect opens a session.
func (c *Connector) Connect(ctx context.Context) (driver.Conn, error) {
	transport, err := c.transport(ctx)
	if err != nil {
		return nil, err
	}
	settings := &thrift.TConfiguration{MaxMessageSize: maxMessage, MaxFrameSize: maxMessage}
	protocol := thrift.NewTBinaryProtocolFactoryConf(settings)
	s := &session{
		transport: transport,
		client:    hiveserver.NewTCLIServiceClientFactory(transport, protocol),
	}
	if err := s.open(ctx, c.config); err != nil {
		return nil, errors.Join(err, transport.Close())
	}
	return s, nil
}

func (c *Connector) transport(ctx context.Context) (thrift.TTransport, error) {
	if c.config.HTTPPath != "" {
		return c.http()
	}
	conn, err := c.dial(ctx)
	if err != nil {
		return nil, err
	}
	socket := thrift.NewTSocketFromConnConf(conn, &thrift.TConfiguration{})
	if c.config.Auth == Plain {
		return thrift.NewTBufferedTransport(socket, 64<<10), nil
	}
	host, _, _ := net.SplitHostPort(c.config.Address)
	login := map[string]string{"username": c.config.User, "password": c.config.Password}
	transport, err := gohive.NewTSaslTransport(socket, host, "PLAIN", login, maxMessage)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if err := transport.Open(); err != nil {
		return nil, errors.Join(cause(ctx, err), conn.Close())
	}
	return transport, nil
}

func (c *Connector) dial(ctx context.Context) (net.Conn, error) {
	conn, err := c.config.Dial(ctx, "tcp", c.config.Address)
	if err != nil || c.config.TLS == nil {
		return conn, err
	}
	secure := tls.Client(conn, c.config.TLS)
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return secure, nil
}

// http makes a transport for servers behind HTTP. A cookie keeps the login.
func (c *Connector) http() (thrift.TTransport, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	place := url.URL{Scheme: "http", Host: c.config.Address, Path: "/" + c.config.HTTPPath}
	if c.config.TLS != nil {
		place.Scheme = "https"
	}
	client := &http.Client{Jar: jar, Transport: &http.Transport{
		DialContext: c.config.Dial, TLSClientConfig: c.config.TLS, MaxIdleConnsPerHost: 1,
	}}
	transport, err := thrift.NewTHttpClientWithOptions(place.String(), thrift.THttpClientOptions{Client: client})
	if err != nil {
		return nil, err
	}
	request := http.Request{Header: http.Header{}}
	request.SetBasicAuth(c.config.User, c.config.Password)
	transport.(*thrift.THttpClient).SetHeader("Authorization", request.Header.Get("Authorization"))
	return &closingHTTP{TTransport: transport, client: client}, nil
}

// closingHTTP hangs up when it is closed.
type closingHTTP struct {
	thrift.TTransport
	client *http.Client
}

func (c *closingHTTP) Close() error {
	err := c.TTransport.Close()
	c.client.CloseIdleConnections()
	return err
}

// cause prefers why a context ended over what that looked like to the network.
func cause(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
