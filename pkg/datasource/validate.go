package datasource

import (
	"net"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

const (
	maxHosts   = 16
	maxName    = 255  // characters of a user or a database
	maxSecret  = 1024 // characters of a password
	maxOptions = 64
	maxValue   = 512 // characters of an option
)

// invalid says that a field is wrong.
func invalid(field, format string, args ...any) error {
	return workflow.Errorf(workflow.Invalid, "datasource."+field, format, args...).At(field)
}

// prepare checks settings and puts them into the form that families open.
func (s *Sources) prepare(ds workflow.DataSource) (*target, error) {
	if ds.Type == workflow.DB2 {
		return nil, invalid("type", "there is no free driver for DB2")
	}
	f, ok := familyOf(ds.Type)
	if !ok {
		return nil, invalid("type", "%q is no type of data source", ds.Type)
	}
	t := &target{DataSource: ds, family: f, timeout: s.config.ConnectTimeout, root: s.config.SQLiteRoot}
	t.dialer = &dialer{dial: s.config.Dial, timeout: s.config.ConnectTimeout}
	for _, check := range []func() error{t.checkPlace, t.checkLogin, t.checkOptions} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	if f.manyHosts {
		t.dialer.hosts = t.hosts
	}
	if f.check != nil {
		if err := f.check(t); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// checkPlace looks at host, port and database.
func (t *target) checkPlace() error {
	c := t.Connection
	if err := checkText("database", c.Database, maxName); err != nil {
		return err
	}
	if t.family.local {
		return t.checkFile()
	}
	if c.Database == "" && !t.family.optionalDB {
		return invalid("database", "a %s data source names a database", t.Type)
	}
	port := c.Port
	if port == 0 {
		port = t.family.port
	}
	if port < 1 || port > 65535 {
		return invalid("port", "%d is no port", c.Port)
	}
	hosts := strings.Split(c.Host, ",")
	if len(hosts) > 1 && !t.family.manyHosts {
		return invalid("host", "a %s data source has one host", t.Type)
	}
	if len(hosts) > maxHosts {
		return invalid("host", "more than %d hosts", maxHosts)
	}
	for _, host := range hosts {
		address, err := checkHost(strings.TrimSpace(host), port)
		if err != nil {
			return err
		}
		t.hosts = append(t.hosts, address)
	}
	return nil
}

// checkHost takes a name or an address, with a port of its own if it has one.
func checkHost(host string, port int) (string, error) {
	if name, own, err := net.SplitHostPort(host); err == nil {
		p, err := strconv.ParseUint(own, 10, 16)
		if err != nil || p == 0 {
			return "", invalid("host", "%q has no valid port", host)
		}
		host, port = name, int(p)
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if addr, err := netip.ParseAddr(host); err == nil && addr.Zone() == "" {
		return net.JoinHostPort(addr.String(), strconv.Itoa(port)), nil
	}
	if !isHostName(host) {
		return "", invalid("host", "%q is neither a host name nor an address", clip(host))
	}
	return net.JoinHostPort(host, strconv.Itoa(port)), nil
}

func isHostName(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(s, "."), ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		if strings.ContainsFunc(label, func(r rune) bool { return !isWord(r) && r != '-' }) {
			return false
		}
	}
	return true
}

// isWord says that r may be part of a bare name.
func isWord(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// checkLogin looks at who connects.
func (t *target) checkLogin() error {
	c := t.Connection
	if err := checkText("user", c.User, maxName); err != nil {
		return err
	}
	if err := checkText("password", t.Password, maxSecret); err != nil {
		return err
	}
	if c.User == "" && !t.family.optionalUse && !t.family.local {
		return invalid("user", "a %s data source names a user", t.Type)
	}
	if c.Principal != "" {
		return invalid("principal", "logging in with Kerberos is not configured here")
	}
	if c.ConnectType != "" && t.Type != workflow.Oracle {
		return invalid("connectType", "only ORACLE data sources have a connect type")
	}
	return nil
}

// checkText refuses what no field of a wire protocol should carry. The text
// itself is not shown: it may be a password.
func checkText(field, text string, limit int) error {
	switch {
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return invalid(field, "the %s holds a control character", field)
	case utf8.RuneCountInString(text) > limit:
		return invalid(field, "the %s is longer than %d characters", field, limit)
	}
	return nil
}

// checkFile looks at the path of a file below the root.
func (t *target) checkFile() error {
	path := t.Connection.Database
	switch {
	case t.root == "":
		return invalid("type", "SQLITE data sources are not enabled here: the operator has set no folder for them")
	case t.Connection.Host != "" || t.Connection.Port != 0:
		return invalid("host", "a SQLITE data source is a file and has no host")
	case path == "":
		return invalid("database", "a SQLITE data source names a file below the configured folder")
	case !filepath.IsLocal(path) || strings.ContainsAny(path, `?#%\:`):
		return invalid("database", "%q is no plain path below the configured folder", clip(path))
	}
	return nil
}

// clip shortens what is shown of an input.
func clip(s string) string {
	if len(s) <= 80 {
		return s
	}
	return s[:80] + "..."
}
