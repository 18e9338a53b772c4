package ctl

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
)

func queues() *noun {
	return &noun{
		name: "queue", plural: "queues", short: "Queues that tenants' tasks go to", path: "/queues", key: "name",
		can:     canEverything | canEnsure,
		columns: []column{{head: "ID", at: "id"}, {head: "NAME", at: "name"}, {head: "VALUE", at: "value"}},
		fields:  []field{{flag: "value", key: "value", usage: "what YARN calls it", required: true}},
		examples: map[string]string{
			"create": "  porpoise ctl queue create night --value root.night",
			"ensure": "  porpoise ctl queue ensure night --value root.night   # the same again changes nothing",
		},
	}
}

func (a *app) newQueue() *cobra.Command { return queues().command(a) }

func tenants() *noun {
	return &noun{
		name: "tenant", plural: "tenants", short: "Tenants: the OS users that tasks run as", path: "/tenants", key: "code",
		can: canEverything | canEnsure,
		columns: []column{{head: "ID", at: "id"}, {head: "CODE", at: "code"}, {head: "NAME", at: "name"},
			{head: "QUEUE", at: "queue"}, {head: "DESCRIPTION", at: "description"}},
		fields: []field{
			{flag: "name", key: "name", usage: "shown in lists"},
			{flag: "queue", key: "queueId", kind: reference, of: queues(), byDefault: "default", usage: "name of its queue"},
			{flag: "description", key: "description", usage: "what it is for"},
		},
		examples: map[string]string{"create": `  porpoise ctl tenant create etl --queue night --description "nightly loads"`},
	}
}

func (a *app) newTenant() *cobra.Command { return tenants().command(a) }

func users() *noun {
	return &noun{
		name: "user", plural: "users", short: "People and programs that may log in", path: "/users", key: "name",
		can: canEverything | canEnsure,
		columns: []column{{head: "ID", at: "id"}, {head: "NAME", at: "name"}, {head: "EMAIL", at: "email"}, {head: "ADMIN", at: "admin"},
			{head: "TENANT", at: "tenant"}, {head: "DISABLED", at: "disabled"}, {head: "CREATED", at: "created", show: when}},
		fields: []field{
			{flag: "email", key: "email", usage: "mail address"},
			{flag: "phone", key: "phone", usage: "phone number"},
			{flag: "tenant", key: "tenantId", kind: reference, of: tenants(), required: true, usage: "code of the tenant his tasks run as"},
			{flag: "queue", key: "queue", usage: "value used instead of the tenant's queue"},
			{flag: "admin", key: "admin", kind: boolean, usage: "may do everything"},
			{flag: "disabled", key: "disabled", kind: boolean, usage: "may not log in"},
			{flag: "new-password", key: "password", kind: secret, env: "PORPOISE_NEW_PASSWORD", required: true, usage: "the user's password"},
		},
		examples: map[string]string{
			"create": `  PORPOISE_NEW_PASSWORD=... porpoise ctl user create alice --email alice@example.org --tenant etl`,
			"update": "  porpoise ctl user update alice --disabled",
		},
	}
}

func (a *app) newUser() *cobra.Command { return users().command(a) }

func tokens() *noun {
	return &noun{
		name: "token", plural: "access tokens", short: "Access tokens of programs", path: "/tokens",
		can: canList | canDelete,
		columns: []column{{head: "ID", at: "id"}, {head: "USER", at: "user"}, {head: "EXPIRES", at: "expires", show: when},
			{head: "CREATED", at: "created", show: when}},
	}
}

func (a *app) newToken() *cobra.Command {
	cmd := tokens().command(a)
	cmd.AddCommand(a.createToken())
	return cmd
}

func (a *app) createToken() *cobra.Command {
	var holder string
	var days int
	cmd := &cobra.Command{
		Use: "create", Short: "Make an access token and print it: it is not shown again", Args: args(0, 0),
		Example: "  porpoise ctl token create --for alice --days 90 > token.txt",
		RunE: a.with(func(c *call, _ []string) error {
			if days < 1 {
				return wrong("--days %d: a token is valid for a day at least", days)
			}
			id, name, err := c.holder(holder)
			if err != nil {
				return err
			}
			made, err := makeToken(c, c.Client, id, days)
			if err != nil {
				return err
			}
			c.say("token %d of user '%s' created, valid until %s", made.ID, name, clock(&made.Expires))
			if done, err := c.out.value(made, made.Value); done {
				return err
			}
			return c.print(made.Value)
		}),
	}
	cmd.Flags().StringVar(&holder, "for", "", "whose token (default one's own)")
	cmd.Flags().IntVar(&days, "days", 365, "how long it is valid")
	a.completeFlag(cmd, "for", a.nounNames(users()))
	return cmd
}

// holder finds a user: oneself without asking for the list, which only admins
// may read.
func (c *call) holder(name string) (int64, string, error) {
	self, err := c.Whoami(c.ctx)
	if err != nil {
		return 0, "", err
	}
	if name == "" || name == self.User.Name || name == strconv.FormatInt(self.User.ID, 10) {
		return self.User.ID, self.User.Name, nil
	}
	r, err := users().find(c, name)
	return r.ID(), r.Text("name"), err
}

func projects() *noun {
	return &noun{
		name: "project", plural: "projects", short: "Projects and who may do what in them", path: "/projects", key: "name",
		can: canEverything | canEnsure,
		columns: []column{{head: "ID", at: "id"}, {head: "NAME", at: "name"}, {head: "OWNER", at: "owner"}, {head: "ROLE", at: "role"},
			{head: "WORKFLOWS", at: "workflows"}, {head: "RUNNING", at: "running"}, {head: "DESCRIPTION", at: "description"}},
		fields:   []field{{flag: "description", key: "description", usage: "what it is for"}},
		examples: map[string]string{"create": `  porpoise ctl project create sales --description "orders and customers"`},
	}
}

func (a *app) newProject() *cobra.Command {
	cmd := projects().command(a)
	cmd.AddCommand(a.listMembers(), a.grant(), a.revoke())
	return cmd
}

func (a *app) listMembers() *cobra.Command {
	return &cobra.Command{
		Use: "members [PROJECT]", Short: "List who may do what in a project", Args: args(0, 1),
		ValidArgsFunction: a.nounNames(projects()),
		RunE: a.with(func(c *call, args []string) error {
			if len(args) > 0 {
				c.site.Project = args[0]
			}
			path, err := c.needProject()
			if err != nil {
				return err
			}
			rows, err := c.whole(path+"/members", nil)
			if err != nil {
				return err
			}
			members := &noun{key: "userName", columns: []column{{head: "USER", at: "userName"}, {head: "ROLE", at: "role"}}}
			return members.show(c, rows, len(rows))
		}),
	}
}

func (a *app) grant() *cobra.Command {
	return &cobra.Command{
		Use: "grant PROJECT USER viewer|operator|developer|admin", Short: "Let a user do something in a project", Args: args(3, 3),
		Example: "  porpoise ctl project grant sales alice developer",
		RunE: a.with(func(c *call, args []string) error {
			role, ok := roles[args[2]]
			if !ok {
				return wrong("%s is none of the roles viewer, operator, developer, admin", quote(args[2]))
			}
			path, err := c.member(args[0], args[1])
			if err != nil {
				return err
			}
			if err := c.Put(c.ctx, path, map[string]string{"role": role}, nil); err != nil {
				return err
			}
			c.say("user '%s' is %s of project '%s'", args[1], args[2], args[0])
			return nil
		}),
	}
}

var roles = map[string]string{"viewer": "VIEWER", "operator": "OPERATOR", "developer": "DEVELOPER", "admin": "ADMIN"}

func (a *app) revoke() *cobra.Command {
	return &cobra.Command{
		Use: "revoke PROJECT USER", Short: "Take a user's role in a project away", Args: args(2, 2),
		RunE: a.with(func(c *call, args []string) error {
			path, err := c.member(args[0], args[1])
			if err != nil {
				return err
			}
			if err := c.Delete(c.ctx, path); err != nil {
				return err
			}
			c.say("user '%s' has no role in project '%s' any more", args[1], args[0])
			return nil
		}),
	}
}

func (c *call) member(project, user string) (string, error) {
	id, _, err := c.holder(user)
	return fmt.Sprintf("%s/members/%d", client.Project(project), id), err
}
