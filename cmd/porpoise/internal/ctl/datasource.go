package ctl

import (
	"net/url"

	"github.com/spf13/cobra"
)

func dataSources() *noun {
	return &noun{
		name: "datasource", plural: "data sources", aliases: []string{"ds"}, short: "Connections to databases", path: "/data-sources", key: "name",
		can: canEverything | canEnsure | canFile,
		columns: []column{{head: "ID", at: "id"}, {head: "NAME", at: "name"}, {head: "TYPE", at: "type"}, {head: "HOST", at: "connection.host"},
			{head: "PORT", at: "connection.port"}, {head: "DATABASE", at: "connection.database"}, {head: "OWNER", at: "owner"}, {head: "NOTE", at: "note"}},
		fields: []field{
			{flag: "type", key: "type", required: true, usage: "MYSQL, POSTGRESQL, HIVE, ..."},
			{flag: "note", key: "note", usage: "what it is for"},
			{flag: "host", key: "connection.host", usage: "host name or address"},
			{flag: "port", key: "connection.port", kind: number, usage: "its port"},
			{flag: "database", key: "connection.database", usage: "name of the database"},
			{flag: "as", key: "connection.user", usage: "the database's user"},
			{flag: "principal", key: "connection.principal", usage: "Kerberos principal"},
			{flag: "options", key: "connection.options", kind: pairs, usage: "a connection option key=value; repeatable"},
			{flag: "datasource-password", key: "password", kind: secret, env: "PORPOISE_DATASOURCE_PASSWORD", usage: "the database user's password"},
		},
		examples: map[string]string{
			"create": `  PORPOISE_DATASOURCE_PASSWORD=... porpoise ctl datasource create shop --type MYSQL --host db --port 3306 --database shop --as reader`,
		},
	}
}

func (a *app) newDataSource() *cobra.Command {
	cmd := dataSources().command(a)
	cmd.AddCommand(
		&cobra.Command{
			Use: "test NAME", Short: "Connect to a data source's database", Args: args(1, 1),
			ValidArgsFunction: a.nounNames(dataSources()),
			RunE:              a.with(func(c *call, args []string) error { return c.try(dataSources(), args[0]) }),
		},
		a.dataSourceTables(),
	)
	return cmd
}

func (a *app) dataSourceTables() *cobra.Command {
	var database string
	cmd := &cobra.Command{
		Use: "tables NAME", Short: "List the tables of a data source", Args: args(1, 1),
		ValidArgsFunction: a.nounNames(dataSources()),
		RunE: a.with(func(c *call, args []string) error {
			r, err := dataSources().find(c, args[0])
			if err != nil {
				return err
			}
			query := url.Values{}
			if database != "" {
				query.Set("database", database)
			}
			var found struct {
				Items []any `json:"items"`
			}
			if err := c.Get(c.ctx, "/data-sources/"+r.Text("id")+"/tables", query, &found); err != nil {
				return err
			}
			names := make([]string, len(found.Items))
			for i, item := range found.Items {
				names[i] = tableName(item)
			}
			if done, err := c.out.value(found.Items, names...); done {
				return err
			}
			for _, name := range names {
				if err := c.print(printable(name)); err != nil {
					return err
				}
			}
			return nil
		}),
	}
	cmd.Flags().StringVar(&database, "database", "", "another database of the same server")
	return cmd
}

func tableName(item any) string {
	switch item := item.(type) {
	case string:
		return item
	case map[string]any:
		name, _ := item["name"].(string)
		return name
	}
	return ""
}
