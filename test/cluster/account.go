package cluster

import (
	"context"
	"fmt"
	"os"
	"os/user"
	"time"

	"github.com/porpoise-scheduler/porpoise/test/client"
)

// Tenant is the OS user that tests run tasks as: an unprivileged one where the
// worker may choose, else the one it runs as itself.
func Tenant() (string, error) {
	if os.Geteuid() == 0 {
		return "nobody", nil
	}
	u, err := user.Current()
	if err != nil {
		return "", err
	}
	return u.Username, nil
}

// Project makes an ordinary user with a tenant, a token and a project of the
// name, and gives the project as seen by that user.
func (c *Cluster) Project(ctx context.Context, name string) (client.Project, error) {
	var none client.Project
	admin, err := c.Client().Login(ctx, "admin", AdminPassword)
	if err != nil {
		return none, fmt.Errorf("signing in: %w", err)
	}
	tenant, err := Tenant()
	if err != nil {
		return none, err
	}
	queue, err := admin.CreateQueue(ctx, name+"-queue")
	if err != nil {
		return none, err
	}
	tenantID, err := admin.CreateTenant(ctx, tenant, queue)
	if err != nil {
		return none, err
	}
	userID, err := admin.CreateUser(ctx, name+"user", "a user 1 of tests", tenantID)
	if err != nil {
		return none, err
	}
	token, err := admin.CreateToken(ctx, userID, time.Now().Add(24*time.Hour))
	if err != nil {
		return none, err
	}
	p := c.Client().WithToken(token).Project(name)
	return p, p.CreateProject(ctx, name)
}

// Admin gives the first user, with a token, so that it may call both APIs.
func (c *Cluster) Admin(ctx context.Context) (*client.Client, error) {
	admin, err := c.Client().Login(ctx, "admin", AdminPassword)
	if err != nil {
		return nil, fmt.Errorf("signing in: %w", err)
	}
	token, err := admin.CreateToken(ctx, 1, time.Now().Add(24*time.Hour))
	if err != nil {
		return nil, err
	}
	return c.Client().WithToken(token), nil
}
