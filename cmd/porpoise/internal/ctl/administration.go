package ctl

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
)

func environments() *noun {
	return &noun{
		name: "environment", plural: "environments", aliases: []string{"env"}, short: "Named sets of variables for tasks",
		path: "/environments", key: "name", can: canEverything | canEnsure | canFile,
		columns: []column{{head: "ID", at: "id"}, {head: "NAME", at: "name"}, {head: "WORKER GROUPS", at: "workerGroups"}, {head: "DESCRIPTION", at: "description"}},
		fields: []field{
			{flag: "description", key: "description", usage: "what it is for"},
			{flag: "var", key: "variables", kind: pairs, usage: "a variable NAME=value; repeatable"},
			{flag: "worker-groups", key: "workerGroups", kind: texts, usage: "groups whose workers know it, separated by commas"},
		},
		examples: map[string]string{"create": "  porpoise ctl environment create spark3 --var SPARK_HOME=/opt/spark3 --worker-groups default,big"},
	}
}

func (a *app) newEnvironment() *cobra.Command { return environments().command(a) }

func calendars() *noun {
	return &noun{
		name: "calendar", plural: "calendars", short: "Business calendars: weekends, holidays and other days", path: "/calendars", key: "name",
		can:     canEverything | canEnsure | canFile,
		columns: []column{{head: "ID", at: "id"}, {head: "NAME", at: "name"}, {head: "WEEKEND", at: "weekend"}, {head: "DESCRIPTION", at: "description"}},
		fields: []field{
			{flag: "description", key: "description", usage: "what it is for"},
			{flag: "weekend", key: "weekend", kind: numbers, byDefault: "0,6", usage: "days of the week that are off, 0 is Sunday"},
			{flag: "days", key: "days", kind: structure, usage: `other days as JSON: {"2026-10-01": false} is off, true is worked`},
		},
		examples: map[string]string{"create": `  porpoise ctl calendar create china --days '{"2026-10-01": false, "2026-10-10": true}'`},
	}
}

func (a *app) newCalendar() *cobra.Command { return calendars().command(a) }

func workerGroups() *noun {
	return &noun{
		name: "worker-group", plural: "worker groups", aliases: []string{"wg"}, short: "Named sets of workers", path: "/worker-groups", key: "name",
		can: canEverything,
		columns: []column{{head: "ID", at: "id"}, {head: "NAME", at: "name"}, {head: "ADDRESSES", at: "addresses"},
			{head: "LIVE WORKERS", at: "workers"}, {head: "OWN", at: "own"}},
		fields: []field{{flag: "addresses", key: "addresses", kind: texts, usage: "addresses of workers, separated by commas"}},
	}
}

func (a *app) newWorkerGroup() *cobra.Command { return workerGroups().command(a) }

func (a *app) newAudit() *cobra.Command {
	audit := &noun{
		name: "audit", plural: "changes", short: "Who changed what, when and from where", path: "/audit", can: canList,
		columns: []column{{head: "AT", at: "time", show: when}, {head: "USER", at: "user"}, {head: "ACTION", at: "action"},
			{head: "RESOURCE", at: "resource"}, {head: "NAME", at: "name"}, {head: "PROJECT", at: "projectId"}, {head: "FROM", at: "ip"}},
		filters: []filter{{"by", "user", "only changes of the user of this id"}, {"resource", "resource", "only changes of this kind of thing"},
			{"action", "action", "only changes of this kind"}, {"from", "from", "not before this time (RFC 3339)"}, {"to", "to", "before this time (RFC 3339)"}},
		examples: map[string]string{"list": "  porpoise ctl audit list --resource workflow --from 2026-01-01T00:00:00Z"},
	}
	return audit.command(a)
}

func (a *app) newServer() *cobra.Command {
	cmd := group("server", "Masters, workers, API servers, database and etcd", "", "servers")
	cmd.AddCommand(&cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "List live processes", Args: args(0, 0),
		RunE: a.with(func(c *call, _ []string) error {
			var servers client.Record
			if err := c.Get(c.ctx, "/servers", nil, &servers); err != nil {
				return err
			}
			if done, err := c.out.value(servers); done {
				return err
			}
			return c.out.table([]string{"ROLE", "ID", "ADDRESS", "STARTED", "SLOTS", "RUNNING", "VERSION"}, serverRows(servers))
		}),
	})
	return cmd
}

func serverRows(r client.Record) (rows [][]string) {
	for _, role := range []struct{ key, name string }{{"apiservers", "apiserver"}, {"masters", "master"}, {"workers", "worker"}} {
		list, _ := r.Value(role.key).([]any)
		for _, one := range list {
			fields, _ := one.(map[string]any)
			get := func(key string) string {
				if fields[key] == nil {
					return ""
				}
				return fmt.Sprint(fields[key])
			}
			rows = append(rows, []string{role.name, get("id"), get("addr"), when(get("started")), get("slots"), get("running"), get("version")})
		}
	}
	return rows
}

func (a *app) newAlert() *cobra.Command {
	cmd := group("alert", "Alert groups, channels and what was sent", "")
	cmd.AddCommand(alertGroups().command(a), a.newAlertChannel(), alertDeliveries().command(a))
	return cmd
}

func alertGroups() *noun {
	return &noun{
		name: "group", plural: "alert groups", short: "Who is told", path: "/alert-groups", key: "name", can: canEverything | canFile,
		columns: []column{{head: "ID", at: "id"}, {head: "NAME", at: "name"}, {head: "TYPE", at: "type"}, {head: "USERS", at: "userIds"},
			{head: "CHANNELS", at: "channelIds"}, {head: "DESCRIPTION", at: "description"}},
		fields: []field{
			{flag: "type", key: "type", usage: "EMAIL or SMS"},
			{flag: "description", key: "description", usage: "what it is for"},
			{flag: "user-ids", key: "userIds", kind: numbers, usage: "ids of users, separated by commas"},
			{flag: "channel-ids", key: "channelIds", kind: numbers, usage: "ids of channels, separated by commas"},
		},
	}
}

func alertChannels() *noun {
	return &noun{
		name: "channel", plural: "alert channels", short: "Ways to tell", path: "/alert-channels", key: "name", can: canEverything | canFile,
		columns: []column{{head: "ID", at: "id"}, {head: "NAME", at: "name"}, {head: "KIND", at: "kind"}, {head: "ENABLED", at: "enabled"},
			{head: "DESCRIPTION", at: "description"}},
		fields: []field{
			{flag: "kind", key: "kind", usage: "what kind of channel; see the kinds on the console's page"},
			{flag: "description", key: "description", usage: "what it is for"},
			{flag: "enabled", key: "enabled", kind: boolean, byDefault: "true", usage: "is used"},
			{flag: "settings", key: "settings", kind: secretPairs, env: "PORPOISE_CHANNEL_SETTINGS", usage: "the channel's settings as YAML or JSON"},
		},
	}
}

func (a *app) newAlertChannel() *cobra.Command {
	cmd := alertChannels().command(a)
	cmd.AddCommand(&cobra.Command{
		Use: "test NAME", Short: "Send a test message over a channel", Args: args(1, 1),
		ValidArgsFunction: a.nounNames(alertChannels()),
		RunE:              a.with(func(c *call, args []string) error { return c.try(alertChannels(), args[0]) }),
	})
	return cmd
}

// outcome is what the test of a connection answers.
type outcome struct {
	OK      *bool  `json:"ok"`
	Message string `json:"message"`
	Took    int64  `json:"tookMs"`
}

// try tests a thing and fails when the test does.
func (c *call) try(n *noun, name string) error {
	r, err := n.find(c, name)
	if err != nil {
		return err
	}
	var o outcome
	if err := c.Post(c.ctx, n.path+"/"+r.Text("id")+"/test", nil, &o); err != nil {
		return err
	}
	if done, err := c.out.value(o); done && err != nil {
		return err
	}
	if o.OK != nil && !*o.OK {
		return fmt.Errorf("%s %s: %s", n.name, quote(n.nameOf(r)), o.Message)
	}
	c.say("%s %s works (%s)", n.name, quote(n.nameOf(r)), took(max(o.Took, 1)))
	return nil
}

func alertDeliveries() *noun {
	return &noun{
		name: "delivery", plural: "messages sent or waiting", short: "What was sent", path: "/alert-deliveries", can: canList,
		columns: []column{{head: "ID", at: "id"}, {head: "STATE", at: "state"}, {head: "TITLE", at: "title"}, {head: "CREATED", at: "created", show: when},
			{head: "TRIES", at: "attempts"}, {head: "TO", at: "address"}, {head: "ERROR", at: "lastError"}},
		filters: []filter{{"state", "state", "only those of this state"}, {"instance", "instance", "only those about this instance"}},
	}
}
