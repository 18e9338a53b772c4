package client

import (
	"context"
	"net/url"
	"strconv"
)

// DataSource is a database that tasks work on.
type DataSource struct {
	Name, Type, Host string
	Port             int
	Database         string
	User, Password   string
	Other            string // options, JSON
}

func (d DataSource) form() url.Values {
	return url.Values{
		"name": {d.Name}, "type": {d.Type}, "note": {""}, "host": {d.Host}, "port": {strconv.Itoa(d.Port)}, "database": {d.Database},
		"principal": {""}, "userName": {d.User}, "password": {d.Password}, "connectType": {"ORACLE_SERVICE_NAME"}, "other": {d.Other},
	}
}

// CreateDataSource makes a data source and gives its id.
func (c *Client) CreateDataSource(ctx context.Context, d DataSource) (int, error) {
	if err := c.Post(ctx, "/datasources/create", d.form(), nil); err != nil {
		return 0, err
	}
	return c.find(ctx, "/datasources/list-paging", d.Name, func(n Named) string { return n.Name })
}

// TestDataSource asks the server to connect to a data source.
func (c *Client) TestDataSource(ctx context.Context, id int) error {
	return c.Get(ctx, "/datasources/connect-by-id", url.Values{"id": {strconv.Itoa(id)}}, nil)
}
