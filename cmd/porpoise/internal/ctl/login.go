package ctl

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
)

// loginOptions are the flags of login.
type loginOptions struct {
	name  string
	token bool
	days  int
}

func (a *app) newLogin() *cobra.Command {
	var o loginOptions
	cmd := &cobra.Command{
		Use: "login [SERVER]", Short: "Keep a login to a server", Args: args(0, 1),
		Long: `Log in at a server and keep the login in ~/.config/porpoise/ctl.yaml, which
nobody else can read. With a password a token of this machine is made, and the
password is forgotten; with --token an own token is read from the input.`,
		Example: `  porpoise ctl login http://scheduler:12345 --user alice
  porpoise ctl login https://prod.example.org --name prod --token < token.txt
  porpoise ctl context use prod`,
		RunE: a.local(func(c *call, args []string) error {
			if len(args) > 0 {
				c.flags.server = args[0]
			}
			return o.login(c)
		}),
	}
	f := cmd.Flags()
	f.StringVar(&o.name, "name", "", "what to call the login (default the server's host)")
	f.BoolVar(&o.token, "token", false, "read a token from the input, or use PORPOISE_TOKEN, instead of a password")
	f.IntVar(&o.days, "days", 30, "how long the token that is made is valid")
	return cmd
}

func (o *loginOptions) login(c *call) error {
	server := cmp.Or(c.flags.server, c.Getenv("PORPOISE_SERVER"), defaultServer)
	at, err := c.client(site{Server: server})
	if err != nil {
		return err
	}
	defer at.Close()
	kept := site{Server: at.Server(), Project: c.flags.project}
	if o.token {
		err = o.withToken(c, &kept)
	} else {
		err = o.withPassword(c, at, &kept)
	}
	if err != nil {
		return err
	}
	kept.Name = cmp.Or(o.name, hostOf(kept.Server))
	if err := keep(c, kept); err != nil {
		return err
	}
	c.say("logged in at %s as %s; this login is called %s", kept.Server, kept.User, quote(kept.Name))
	return nil
}

func (o *loginOptions) withToken(c *call, kept *site) error {
	kept.Token = c.Getenv("PORPOISE_TOKEN")
	if kept.Token == "" {
		data, err := io.ReadAll(io.LimitReader(c.cmd.InOrStdin(), 4096))
		if err != nil {
			return fmt.Errorf("reading the token: %w", err)
		}
		kept.Token = strings.TrimSpace(string(data))
	}
	if kept.Token == "" {
		return wrong("no token was given: pipe it in, or set PORPOISE_TOKEN")
	}
	mine, err := c.client(*kept)
	if err != nil {
		return err
	}
	defer mine.Close()
	s, err := mine.Whoami(c.ctx)
	kept.User = s.User.Name
	return err
}

func (o *loginOptions) withPassword(c *call, at *client.Client, kept *site) (err error) {
	if o.days < 1 {
		return wrong("--days %d: a token is valid for a day at least", o.days)
	}
	kept.User = cmp.Or(c.flags.user, c.Getenv("PORPOISE_USER"), "admin")
	password, err := c.givenPassword(c.flags.passwordFile)
	if err == nil && password == "" {
		password, err = c.askPassword(fmt.Sprintf("password of %s at %s: ", kept.User, at.Server()))
	}
	if err != nil {
		return err
	}
	s, err := at.Login(c.ctx, kept.User, password)
	if err != nil {
		return err
	}
	defer func() {
		// The token is what counts; the session runs out by itself.
		_ = at.Logout(context.WithoutCancel(c.ctx))
	}()
	made, err := makeToken(c, at, s.User.ID, o.days)
	kept.Token, kept.TokenID = made.Value, made.ID
	return err
}

// token is an access token; its value is told once.
type token struct {
	ID      int64     `json:"id"`
	Value   string    `json:"value"`
	Expires time.Time `json:"expires"`
}

func makeToken(c *call, at *client.Client, user int64, days int) (made token, err error) {
	err = at.Post(c.ctx, "/tokens", map[string]any{
		"userId": user, "expires": time.Now().AddDate(0, 0, days).UTC().Truncate(time.Second),
	}, &made)
	if err == nil && made.Value == "" {
		err = fmt.Errorf("the server made a token and did not tell it")
	}
	return made, err
}

func hostOf(server string) string {
	u, err := url.Parse(server)
	if err != nil {
		return server
	}
	return u.Host
}

func keep(c *call, s site) error {
	return c.editSettings(func(kept *settings) error {
		if old := kept.find(s.Name); old != nil && s.Name != "" && s.Project == "" {
			s.Project = old.Project
		}
		kept.put(s)
		return nil
	})
}

// editSettings changes the file of logins.
func (a *app) editSettings(change func(*settings) error) error {
	file, err := settingsFile(a.Getenv)
	if err != nil {
		return err
	}
	kept, err := loadSettings(file)
	if err != nil {
		return err
	}
	if err := change(&kept); err != nil {
		return err
	}
	return kept.save(file)
}

// askPassword asks a person, without showing what is typed.
func (c *call) askPassword(prompt string) (string, error) {
	in, ok := c.cmd.InOrStdin().(*os.File)
	if !ok || !isTerminal(in) {
		return "", wrong("give the password in PORPOISE_PASSWORD or --password-file: the input is no terminal")
	}
	fmt.Fprint(c.cmd.ErrOrStderr(), prompt)
	password, err := readHidden(c.ctx, in)
	fmt.Fprintln(c.cmd.ErrOrStderr())
	if err == nil && password == "" {
		err = wrong("no password was given")
	}
	return password, err
}

func (a *app) newLogout() *cobra.Command {
	return &cobra.Command{
		Use: "logout [NAME]", Short: "Forget a login, and take back the token that it made", Args: args(0, 1),
		ValidArgsFunction: a.logins,
		RunE: a.local(func(c *call, args []string) error {
			name := c.flags.context
			if len(args) > 0 {
				name = args[0]
			}
			return c.editSettings(func(kept *settings) error {
				at := kept.find(name)
				if at == nil {
					return wrong("there is no login %s", quote(name))
				}
				if err := takeBack(c, *at); err != nil {
					c.say("the token stays valid on the server: %v", err)
				}
				c.say("login %s is forgotten", quote(at.Name))
				kept.remove(at.Name)
				return nil
			})
		}),
	}
}

// takeBack deletes the token that a login made.
func takeBack(c *call, s site) error {
	if s.TokenID == 0 {
		return nil
	}
	mine, err := c.client(s)
	if err != nil {
		return err
	}
	defer mine.Close()
	return mine.Delete(c.ctx, "/tokens/"+strconv.FormatInt(s.TokenID, 10))
}

func (a *app) newWhoami() *cobra.Command {
	return &cobra.Command{
		Use: "whoami", Short: "Say where and as whom commands work", Args: args(0, 0),
		RunE: a.with(func(c *call, _ []string) error {
			s, err := c.Whoami(c.ctx)
			if err != nil {
				return err
			}
			if done, err := c.out.value(s.User, s.User.Name); done {
				return err
			}
			return c.out.details([][2]string{
				{"server", c.Server()}, {"user", s.User.Name}, {"id", strconv.FormatInt(s.User.ID, 10)},
				{"email", s.User.Email}, {"admin", yesNo(s.User.Admin)}, {"project", c.site.Project},
			})
		}),
	}
}
