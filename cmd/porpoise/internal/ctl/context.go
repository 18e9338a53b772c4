package ctl

import (
	"strings"

	"github.com/spf13/cobra"
)

func (a *app) newContext() *cobra.Command {
	cmd := group("context", "Kept logins: list them, pick one, set its project", "")
	cmd.AddCommand(a.listContexts(), a.useContext(), a.setContext())
	return cmd
}

// shownSite is a login without its token.
type shownSite struct {
	Name    string `json:"name"`
	Server  string `json:"server"`
	User    string `json:"user"`
	Project string `json:"project,omitempty"`
	Current bool   `json:"current"`
}

func (a *app) listContexts() *cobra.Command {
	return &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "List kept logins", Args: args(0, 0),
		RunE: a.local(func(c *call, _ []string) error {
			return c.readSettings(func(kept *settings) error {
				shown := make([]shownSite, len(kept.Contexts))
				names := make([]string, len(kept.Contexts))
				rows := make([][]string, len(kept.Contexts))
				for i, s := range kept.Contexts {
					shown[i] = shownSite{s.Name, s.Server, s.User, s.Project, s.Name == kept.Current}
					names[i] = s.Name
					mark := ""
					if shown[i].Current {
						mark = "*"
					}
					rows[i] = []string{mark, s.Name, s.Server, s.User, s.Project}
				}
				if done, err := c.out.value(shown, names...); done {
					return err
				}
				return c.out.table([]string{"CURRENT", "NAME", "SERVER", "USER", "PROJECT"}, rows)
			})
		}),
	}
}

// readSettings hands out the logins and changes nothing.
func (a *app) readSettings(read func(*settings) error) error {
	file, err := settingsFile(a.Getenv)
	if err != nil {
		return err
	}
	kept, err := loadSettings(file)
	if err != nil {
		return err
	}
	return read(&kept)
}

func (a *app) useContext() *cobra.Command {
	return &cobra.Command{
		Use: "use NAME", Short: "Make a kept login the one that commands use", Args: args(1, 1),
		ValidArgsFunction: a.logins,
		RunE: a.local(func(c *call, args []string) error {
			return c.editSettings(func(kept *settings) error {
				if kept.find(args[0]) == nil {
					return wrong("there is no login %s; see: porpoise ctl context list", quote(args[0]))
				}
				kept.Current = args[0]
				return nil
			})
		}),
	}
}

func (a *app) setContext() *cobra.Command {
	return &cobra.Command{
		Use: "set", Short: "Set the project that commands of a login work in, by --project", Args: args(0, 0),
		Example: "  porpoise ctl context set --project sales",
		RunE: a.local(func(c *call, _ []string) error {
			return c.editSettings(func(kept *settings) error {
				at := kept.find(c.flags.context)
				if at == nil {
					return wrong("there is no such login; run: porpoise ctl login")
				}
				at.Project = c.flags.project
				return nil
			})
		}),
	}
}

// logins completes names of kept logins.
func (a *app) logins(_ *cobra.Command, _ []string, begun string) (names []string, _ cobra.ShellCompDirective) {
	err := a.readSettings(func(kept *settings) error {
		for _, s := range kept.Contexts {
			if strings.HasPrefix(s.Name, begun) {
				names = append(names, s.Name)
			}
		}
		return nil
	})
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
