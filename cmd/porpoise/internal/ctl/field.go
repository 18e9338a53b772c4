package ctl

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/spf13/pflag"
)

// fieldKind says how a field is given.
type fieldKind int

const (
	textual     fieldKind = iota
	number                // an integer
	boolean               // --flag or --flag=false
	texts                 // separated by commas
	numbers               // ids separated by commas
	pairs                 // k=v, repeatable
	reference             // the name of another thing, sent as its id
	secret                // from a file or the environment, never a flag; only written
	secretPairs           // a secret that is a YAML or JSON object
	structure             // JSON
)

// field is something people say of a noun. Key is its path in the body.
type field struct {
	flag, key, usage string
	kind             fieldKind
	of               *noun  // of a reference
	env              string // of a secret
	byDefault        string // when creating
	required         bool   // when creating
	noUpdate         bool   // set once
}

// add declares the flag.
func (f field) add(flags *pflag.FlagSet) {
	switch f.kind {
	case boolean:
		flags.Bool(f.flag, f.byDefault == "true", f.usage)
	case pairs:
		flags.StringArray(f.flag, nil, f.usage)
	case secret, secretPairs:
		flags.String(f.flag+"-file", "", f.usage+", in this file ["+f.env+"]")
	default:
		usage := f.usage
		if f.byDefault != "" {
			usage += " (default " + f.byDefault + ")"
		}
		flags.String(f.flag, "", usage)
	}
}

// given says whether the command line has the field.
func (f field) given(c *call) bool {
	if f.hidden() {
		return c.cmd.Flags().Changed(f.flag+"-file") || c.Getenv(f.env) != ""
	}
	return c.cmd.Flags().Changed(f.flag)
}

// read gives the field's value as the body has it.
func (f field) read(c *call) (any, error) {
	if f.kind == secret {
		return f.readSecret(c)
	}
	if f.kind == secretPairs {
		return f.readPairs(c)
	}
	if f.kind == pairs {
		list, err := c.cmd.Flags().GetStringArray(f.flag)
		if err != nil {
			return nil, err
		}
		return keyValues(f.flag, list)
	}
	flag := c.cmd.Flags().Lookup(f.flag)
	if flag.Changed || f.kind == boolean {
		return f.parse(c, flag.Value.String())
	}
	return f.parse(c, f.byDefault)
}

func (f field) parse(c *call, text string) (any, error) {
	switch f.kind {
	case boolean:
		return strconv.ParseBool(text)
	case number:
		return f.integer(text)
	case texts:
		return split(text), nil
	case numbers:
		ids := []int64{}
		for _, part := range split(text) {
			id, err := f.integer(part)
			if err != nil {
				return nil, err
			}
			ids = append(ids, id)
		}
		return ids, nil
	case reference:
		if text == "" {
			return int64(0), nil
		}
		r, err := f.of.find(c, text)
		return r.ID(), err
	case structure:
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			return nil, wrong("--%s is no JSON: %w", f.flag, err)
		}
		return v, nil
	}
	return text, nil
}

func (f field) integer(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, wrong("--%s: %s is no whole number", f.flag, quote(text))
	}
	return n, nil
}

func (f field) readSecret(c *call) (string, error) {
	file, err := c.cmd.Flags().GetString(f.flag + "-file")
	if err != nil {
		return "", err
	}
	if file == "" {
		return c.Getenv(f.env), nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return "", wrong("reading --%s-file: %w", f.flag, err)
	}
	return strings.TrimRight(string(data), "\r\n"), nil
}

func (f field) readPairs(c *call) (pairs map[string]string, err error) {
	text, err := f.readSecret(c)
	if err != nil {
		return nil, err
	}
	if err := yaml.Unmarshal([]byte(text), &pairs); err != nil {
		// The parser's own words would show what is in it.
		return nil, wrong("%s: a YAML or JSON object of texts is wanted", f.flag)
	}
	return pairs, nil
}

// hidden fields come from files, and are not shown as they are.
func (f field) hidden() bool { return f.kind == secret || f.kind == secretPairs }

func split(text string) []string {
	parts := []string{}
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// keyValues reads k=v arguments.
func keyValues(flag string, list []string) (map[string]string, error) {
	out := map[string]string{}
	for _, pair := range list {
		k, v, ok := strings.Cut(pair, "=")
		if !ok || k == "" {
			return nil, wrong("--%s %s is not of the form key=value", flag, quote(pair))
		}
		out[k] = v
	}
	return out, nil
}
