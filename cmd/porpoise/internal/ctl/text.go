package ctl

import (
	"io"

	"github.com/porpoise-scheduler/porpoise/cmd/porpoise/internal/client"
)

// text reads an answer that is no JSON.
func (c *call) text(r client.Request, into *[]byte) error {
	response, err := c.Open(c.ctx, r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	*into, err = io.ReadAll(response.Body)
	if err != nil {
		err = &client.Unreachable{Server: c.Server(), Err: err}
	}
	return err
}
