package ctl

import (
	"net/url"
	"strings"

	"github.com/spf13/cobra"
)

// completer is what the shell asks for names.
type completer = func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective)

// names completes the field of a list of the API.
func (a *app) names(path, key string) completer {
	return a.nounNames(&noun{path: path, key: key})
}

// nounNames completes names of things from the server. Who is not logged in,
// or waits for a server that is away, gets none.
func (a *app) nounNames(n *noun) completer {
	return func(cmd *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		const files = cobra.ShellCompDirectiveNoFileComp
		ctx, stop := quick()
		defer stop()
		c := &call{app: a, cmd: cmd, ctx: ctx}
		who, err := a.who()
		if err != nil || who.Token == "" {
			return nil, files
		}
		c.site = who
		if c.Client, err = a.client(who); err != nil {
			return nil, files
		}
		defer c.Close()
		path, err := n.root(c)
		if err != nil {
			return nil, files
		}
		query := url.Values{}
		if n.key != "" && begun != "" {
			query.Set("search", begun)
		}
		rows, _, err := records(c, path, query, 200)
		if err != nil {
			return nil, files
		}
		var found []string
		for _, r := range rows {
			if name := n.nameOf(r); strings.HasPrefix(name, begun) {
				found = append(found, printable(name))
			}
		}
		return found, files
	}
}

// completeFlag completes the values of a flag.
func (a *app) completeFlag(cmd *cobra.Command, flag string, from completer) {
	// It fails only for a flag that does not exist, or that completes already.
	_ = cmd.RegisterFlagCompletionFunc(flag, from)
}
