package sqlstore

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

// target is a parsed database URL: one of its two parts is set.
type target struct {
	mysql    *mysql.Config
	maxConns int    // of the MySQL pool
	path     string // of the SQLite file; memoryPath for none
}

const (
	memoryPath      = ":memory:"
	defaultMaxConns = 32
)

// parseURL reads a database URL. MySQL settings are filled into the driver's
// struct from an allow-list, so that no part of a URL can smuggle in another
// option of the driver.
func parseURL(raw string) (target, error) {
	if path, ok := strings.CutPrefix(raw, "sqlite://"); ok {
		return parseSQLite(path)
	}
	if strings.HasPrefix(raw, "mysql://") {
		return parseMySQL(raw)
	}
	scheme, _, _ := strings.Cut(raw, ":")
	return target{}, fmt.Errorf("database URL begins with %q: want mysql://user:password@host:port/name or sqlite:///path", scheme)
}

func parseSQLite(path string) (target, error) {
	path, options, _ := strings.Cut(path, "?")
	if options != "" {
		return target{}, fmt.Errorf("sqlite database URL has options %q: none are known", options)
	}
	if path == "" {
		return target{}, fmt.Errorf("sqlite database URL names no file")
	}
	path, err := url.PathUnescape(path)
	if err != nil {
		return target{}, fmt.Errorf("sqlite database URL: %w", err)
	}
	return target{path: path}, nil
}

func parseMySQL(raw string) (target, error) {
	u, err := url.Parse(raw)
	if err != nil {
		// The error of net/url repeats the URL and with it the password.
		return target{}, fmt.Errorf("mysql database URL cannot be read: want mysql://user:password@host:port/name")
	}
	cfg := mysql.NewConfig()
	cfg.User = u.User.Username()
	cfg.Passwd, _ = u.User.Password()
	cfg.Net, cfg.Addr = "tcp", u.Host
	if u.Port() == "" {
		cfg.Addr = net.JoinHostPort(u.Hostname(), "3306")
	}
	cfg.DBName = strings.TrimPrefix(u.Path, "/")
	if cfg.User == "" || u.Hostname() == "" || cfg.DBName == "" || strings.Contains(cfg.DBName, "/") {
		return target{}, fmt.Errorf("mysql database URL is incomplete: want mysql://user:password@host:port/name")
	}
	cfg.ParseTime, cfg.Loc = true, time.UTC
	cfg.ClientFoundRows = true // a row set to the values it has counts as found
	cfg.InterpolateParams = true
	cfg.Collation = "utf8mb4_general_ci"
	cfg.Timeout, cfg.ReadTimeout, cfg.WriteTimeout = 5*time.Second, 60*time.Second, 30*time.Second
	cfg.Logger = &mysql.NopLogger{}
	t := target{mysql: cfg, maxConns: defaultMaxConns}
	for name, values := range u.Query() {
		if err := t.option(name, values[len(values)-1]); err != nil {
			return target{}, fmt.Errorf("mysql database URL, option %s: %w", name, err)
		}
	}
	if cfg.TLS != nil && cfg.TLS.ServerName == "" {
		cfg.TLS.ServerName = u.Hostname()
	}
	return t, nil
}

// option sets one allowed option of a MySQL URL.
func (t *target) option(name, value string) (err error) {
	switch name {
	case "timeout":
		t.mysql.Timeout, err = time.ParseDuration(value)
	case "readTimeout":
		t.mysql.ReadTimeout, err = time.ParseDuration(value)
	case "writeTimeout":
		t.mysql.WriteTimeout, err = time.ParseDuration(value)
	case "maxConns":
		if t.maxConns, err = strconv.Atoi(value); err == nil && t.maxConns < 2 {
			err = fmt.Errorf("at least 2 connections are needed")
		}
	case "socket":
		t.mysql.Net, t.mysql.Addr = "unix", value
	case "tls":
		var on bool
		if on, err = strconv.ParseBool(value); err == nil && on && t.mysql.TLS == nil {
			t.mysql.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
		}
	case "tlsCA":
		t.mysql.TLS, err = trusting(value)
	default:
		err = fmt.Errorf("not known; known are timeout, readTimeout, writeTimeout, maxConns, socket, tls, tlsCA")
	}
	return err
}

// trusting makes a TLS configuration that accepts only certificates of the
// authorities in a PEM file.
func trusting(file string) (*tls.Config, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate", file)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool}, nil
}
