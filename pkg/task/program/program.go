// Package program is what the kinds share that start a program of the host
// with an argument vector: spark-submit, flink, hadoop and the like.
package program

import (
	"fmt"
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/task"
)

// Program is found in bin below the folder that the first set one of its
// variables names, or else in the PATH.
type Program struct {
	Name  string
	Homes []string // names of variables
}

// Command runs the program with arguments. It is looked up by the process
// itself, because only there is the whole environment known, by a fixed script
// that the arguments are no part of; the program then takes its place.
func (p Program) Command(args []string) task.Command {
	return task.Command{Path: "/bin/sh", Args: append([]string{"-c", p.lookup(), p.Name}, args...), ScanOutput: true}
}

// Arguments gives those of a Command that it hands to the program.
func Arguments(c task.Command) []string { return c.Args[3:] }

func (p Program) lookup() string {
	var b strings.Builder
	for _, home := range p.Homes {
		fmt.Fprintf(&b, "if [ -n \"${%s:-}\" ]; then exec \"$%s/bin/%s\" \"$@\"; fi\n", home, home, p.Name)
	}
	missing := p.Name + " is not in the PATH of the task"
	if len(p.Homes) > 0 {
		missing += " and " + strings.Join(p.Homes, ", ") + " is not set in its environment"
	}
	fmt.Fprintf(&b, "if command -v %s >/dev/null 2>&1; then exec %s \"$@\"; fi\n", p.Name, p.Name)
	fmt.Fprintf(&b, "echo '%s' >&2\nexit 127", missing)
	return b.String()
}
