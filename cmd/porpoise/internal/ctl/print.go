package ctl

import "fmt"

// print writes a line of result.
func (c *call) print(line string) error {
	_, err := fmt.Fprintln(c.out.w, line)
	return err
}
