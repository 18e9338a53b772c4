package datasource

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
)

// option is one that a type allows.
type option struct {
	name  string
	check func(value string) error
}

// options are those of a data source, checked, by name in lower case.
type options map[string]string

// checkOptions takes what the type allows and refuses everything else.
func (t *target) checkOptions() error {
	given := t.Connection.Options
	if len(given) > maxOptions {
		return invalid("options", "more than %d options", maxOptions)
	}
	t.options = options{}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if err := t.take(name, given[name]); err != nil {
			return err
		}
	}
	return nil
}

func (t *target) take(name, value string) error {
	if err := checkText("options", value, maxValue); err != nil {
		return err
	}
	i := slices.IndexFunc(t.family.options, func(o option) bool { return strings.EqualFold(o.name, name) })
	if i < 0 {
		return invalid("options", "option %q is not allowed for %s", clip(name), t.Type)
	}
	key := strings.ToLower(name)
	if _, twice := t.options[key]; twice {
		return invalid("options", "option %s is given twice", t.family.options[i].name)
	}
	if err := t.family.options[i].check(value); err != nil {
		return invalid("options", "option %s: %v", t.family.options[i].name, err)
	}
	t.options[key] = value
	return nil
}

// first gives the value of the first of some names that is set.
func (o options) first(names ...string) (string, bool) {
	for _, name := range names {
		if v, ok := o[strings.ToLower(name)]; ok {
			return v, true
		}
	}
	return "", false
}

func (o options) get(name, byDefault string) string {
	if v, ok := o.first(name); ok {
		return v
	}
	return byDefault
}

func (o options) bool(name string, byDefault bool) bool {
	if v, ok := o.first(name); ok {
		return isTrue(v)
	}
	return byDefault
}

// duration reads a whole number of units.
func (o options) duration(unit, byDefault time.Duration, names ...string) time.Duration {
	v, ok := o.first(names...)
	if !ok {
		return byDefault
	}
	n, err := strconv.Atoi(v)
	if err != nil || n == 0 {
		return byDefault
	}
	return time.Duration(n) * unit
}

func isTrue(v string) bool { return strings.EqualFold(v, "true") || v == "1" }

// What options may hold.

func aBool(v string) error {
	switch strings.ToLower(v) {
	case "true", "false", "0", "1":
		return nil
	}
	return errors.New("it is true or false")
}

func aNumber(most int) func(string) error {
	return func(v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 || n > most {
			return errors.New("it is a number from 0 to " + strconv.Itoa(most))
		}
		return nil
	}
}

// aDay bounds waiting, in seconds.
const aDay = 86400

func seconds(v string) error      { return aNumber(aDay)(v) }
func milliseconds(v string) error { return aNumber(aDay * 1000)(v) }

func oneOf(values ...string) func(string) error {
	return func(v string) error {
		if slices.ContainsFunc(values, func(w string) bool { return strings.EqualFold(v, w) }) {
			return nil
		}
		return errors.New("it is one of " + strings.Join(values, ", "))
	}
}

// aWord allows names of character sets, queues and the like.
func aWord(v string) error {
	if v == "" || strings.ContainsFunc(v, func(r rune) bool { return !isWord(r) && !strings.ContainsRune("-.:@ ", r) }) {
		return errors.New("it is made of letters, digits and -_.:@")
	}
	return nil
}

func aZone(v string) error {
	_, err := loadZone(v)
	return err
}

// loadZone takes names of zones and, as other drivers do, fixed offsets such
// as GMT+8 and +08:00.
func loadZone(v string) (*time.Location, error) {
	if v == "" || v == "Local" {
		return nil, errors.New("it is the name of a time zone")
	}
	offset := strings.TrimPrefix(strings.TrimPrefix(v, "GMT"), "UTC")
	for _, layout := range []string{"-07:00", "-0700", "-07", "-7"} {
		if t, err := time.Parse(layout, offset); err == nil {
			_, seconds := t.Zone()
			return time.FixedZone(v, seconds), nil
		}
	}
	if len(offset) == 2 && (offset[0] == '+' || offset[0] == '-') && offset[1] >= '0' && offset[1] <= '9' {
		return loadZone(offset[:1] + "0" + offset[1:])
	}
	zone, err := time.LoadLocation(v)
	if err != nil {
		return nil, errors.New("it is the name of a time zone")
	}
	return zone, nil
}

// Options that other drivers have, that people's settings name, and that
// change nothing here.
func without(names ...string) []option {
	var out []option
	for _, name := range names {
		out = append(out, option{name, aWord})
	}
	return out
}

// encryption is how far TLS goes.
type encryption int

const (
	plain   encryption = iota
	trustA             // encrypted, whoever answers
	chain              // signed by a CA this host trusts
	checked            // and made out to the host
)

// tlsConfig gives what a driver needs; nil for plain text.
func (t *target) tlsConfig(e encryption) *tls.Config {
	if e == plain {
		return nil
	}
	host, _, _ := net.SplitHostPort(t.hosts[0])
	config := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	switch e {
	case trustA:
		config.InsecureSkipVerify = true
	case chain:
		config.InsecureSkipVerify = true // the name only: the chain is checked below
		config.VerifyConnection = verifyChain
	}
	return config
}

// verifyChain checks who signed a certificate, not whom it was made out to.
func verifyChain(state tls.ConnectionState) error {
	o := x509.VerifyOptions{Intermediates: x509.NewCertPool()}
	for _, c := range state.PeerCertificates[1:] {
		o.Intermediates.AddCert(c)
	}
	_, err := state.PeerCertificates[0].Verify(o)
	return err
}
