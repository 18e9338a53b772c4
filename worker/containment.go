package worker

import (
	"errors"
	"fmt"
	"os"

	"github.com/porpoise-scheduler/porpoise/worker/internal/contain"
)

// Containment tells which way of ending all processes of an attempt this host
// allows this user, and why no better one: cgroup is better than namespace,
// which is better than group. It leaves nothing behind. An empty mode asks for
// the best, another whether that one is possible.
func Containment(mode string) (found string, missing error, err error) {
	modes := []contain.Mode{contain.Cgroup, contain.Namespace, contain.Group}
	if mode != "" {
		modes = []contain.Mode{contain.Mode(mode)}
	}
	for _, m := range modes {
		if err = tryContainment(m); err == nil {
			return string(m), missing, nil
		}
		missing = errors.Join(missing, err)
	}
	return "", missing, err
}

func tryContainment(m contain.Mode) (err error) {
	dir, err := os.MkdirTemp("", "porpoise-containment-")
	if err != nil {
		return fmt.Errorf("trying containment: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	host, err := contain.Detect(contain.Owner{DataDir: dir, WorkRoot: dir, Incarnation: "trial"}, m)
	if err != nil {
		return err
	}
	return host.Close()
}
