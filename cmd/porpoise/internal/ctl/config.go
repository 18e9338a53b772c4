package ctl

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/goccy/go-yaml"
)

// settings is what ctl.yaml holds: servers and who we are there.
type settings struct {
	Current  string `yaml:"current,omitempty"`
	Contexts []site `yaml:"contexts,omitempty"`
}

// site is one server and a login to it.
type site struct {
	Name    string `yaml:"name"`
	Server  string `yaml:"server"`
	User    string `yaml:"user,omitempty"`
	Token   string `yaml:"token,omitempty"`
	TokenID int64  `yaml:"tokenId,omitempty"` // one that login made, and logout takes back
	Project string `yaml:"project,omitempty"`
}

// settingsFile is where they are kept.
func settingsFile(getenv func(string) string) (string, error) {
	if file := getenv("PORPOISE_CTL_CONFIG"); file != "" {
		return file, nil
	}
	if dir := getenv("XDG_CONFIG_HOME"); dir != "" {
		return filepath.Join(dir, "porpoise", "ctl.yaml"), nil
	}
	home := getenv("HOME")
	if home == "" {
		return "", errors.New("where to keep logins is not known: set HOME or PORPOISE_CTL_CONFIG")
	}
	return filepath.Join(home, ".config", "porpoise", "ctl.yaml"), nil
}

// loadSettings gives empty settings when there is no file. One that others
// can read is refused: it holds tokens.
func loadSettings(file string) (s settings, err error) {
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("reading logins: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return s, fmt.Errorf("%s holds tokens and others may read it: chmod 600 %s", file, file)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return s, fmt.Errorf("reading logins: %w", err)
	}
	if err := yaml.UnmarshalWithOptions(data, &s, yaml.DisallowUnknownField()); err != nil {
		return s, fmt.Errorf("reading %s: %w", file, err)
	}
	return s, nil
}

// save replaces the file as a whole.
func (s settings) save(file string) (err error) {
	data, err := yaml.Marshal(s)
	if err != nil {
		return fmt.Errorf("writing logins: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fmt.Errorf("writing logins: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".ctl-*") // of mode 0600
	if err != nil {
		return fmt.Errorf("writing logins: %w", err)
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("writing logins: %w", err), os.Remove(f.Name()))
	}
	return nil
}

// find gives a context by name, the current one for "".
func (s *settings) find(name string) *site {
	if name == "" {
		name = s.Current
	}
	i := slices.IndexFunc(s.Contexts, func(c site) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return &s.Contexts[i]
}

// put adds or replaces a context and makes it the current one.
func (s *settings) put(c site) {
	s.Current = c.Name
	if at := s.find(c.Name); at != nil {
		*at = c
		return
	}
	s.Contexts = append(s.Contexts, c)
}

func (s *settings) remove(name string) {
	s.Contexts = slices.DeleteFunc(s.Contexts, func(c site) bool { return c.Name == name })
	if s.Current == name {
		s.Current = ""
	}
}
