package ctl

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
)

// who puts together what flags, environment and kept logins say, in this
// order of weight. A kept token goes to its own server only.
func (a *app) who() (site, error) {
	file, err := settingsFile(a.Getenv)
	if err != nil {
		return site{}, err
	}
	kept, err := loadSettings(file)
	if err != nil {
		return site{}, err
	}
	name := cmp.Or(a.flags.context, a.Getenv("PORPOISE_CONTEXT"))
	var c site
	if at := kept.find(name); at != nil {
		c = *at
	} else if name != "" {
		return site{}, wrong("there is no login %s; see: porpoise ctl context list", quote(name))
	}
	if server := cmp.Or(a.flags.server, a.Getenv("PORPOISE_SERVER")); server != "" && !sameServer(server, c.Server) {
		c = site{Server: server, Project: c.Project}
	}
	if token := a.Getenv("PORPOISE_TOKEN"); token != "" {
		c.Token, c.User = token, ""
	}
	c.Server = cmp.Or(c.Server, defaultServer)
	c.Project = cmp.Or(a.flags.project, a.Getenv("PORPOISE_PROJECT"), c.Project)
	return c, nil
}

func sameServer(a, b string) bool {
	x, errX := client.New(client.Config{Server: a})
	y, errY := client.New(client.Config{Server: b})
	return errX == nil && errY == nil && x.Server() == y.Server()
}

// client makes one for a context.
func (a *app) client(c site) (*client.Client, error) {
	made, err := client.New(client.Config{Server: c.Server, Token: c.Token, UserAgent: "porpoise-ctl/" + a.Version})
	if err != nil {
		return nil, coded{err, ExitUsage}
	}
	return made, nil
}

// connect makes the call's client, and signs in when that was asked for.
func (c *call) connect() (err error) {
	if c.site, err = c.who(); err != nil {
		return err
	}
	user := c.flags.user
	if user == "" && c.site.Token == "" {
		user = c.Getenv("PORPOISE_USER")
	}
	if user == "" && c.site.Token == "" {
		return coded{fmt.Errorf("not logged in at %s; run: porpoise ctl login, or set PORPOISE_TOKEN", c.site.Server), ExitUnreachable}
	}
	if user != "" {
		c.site.Token, c.site.User = "", user
	}
	if c.Client, err = c.client(c.site); err != nil || user == "" {
		return err
	}
	password, err := c.givenPassword(c.flags.passwordFile)
	if err != nil {
		return err
	}
	if password == "" {
		return wrong("give the password of %s in PORPOISE_PASSWORD or --password-file", user)
	}
	_, err = c.Login(c.ctx, user, password)
	return err
}

// givenPassword is the one in a file or the environment; "" when there is none.
func (a *app) givenPassword(file string) (string, error) {
	if file == "" {
		return a.Getenv("PORPOISE_PASSWORD"), nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return "", wrong("reading the password: %w", err)
	}
	return string(bytes.TrimRight(data, "\r\n")), nil
}

// needProject is the escaped path of the project that was named.
func (c *call) needProject() (string, error) {
	if c.site.Project == "" {
		return "", wrong("which project? give -p NAME, set PORPOISE_PROJECT, or: porpoise ctl context set --project NAME")
	}
	return client.Project(c.site.Project), nil
}

// say tells a person something on the error output.
func (c *call) say(format string, args ...any) {
	if !c.flags.quiet {
		fmt.Fprintf(c.cmd.ErrOrStderr(), format+"\n", args...)
	}
}

// lost tells that a stream broke.
func (c *call) lost(err error) {
	c.say("%s; connecting again", strings.TrimSpace(err.Error()))
}

// quick bounds what completion asks for.
func quick() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), 2*time.Second)
}
