package e2e

import (
	"context"
	"fmt"
	"testing"

	"github.com/porpoise-scheduler/porpoise/test/client"
)

// TestRestart stops and kills the one process: nothing it knew is forgotten.
func TestRestart(t *testing.T) {
	s := standalone(t)
	s.dirOpen()
	node := s.c.APIs[0]
	done := s.publish("done", client.Shell("a", "echo once said"))
	before := s.ends(s.start(done).ID, client.Success)
	s.ok(node.Stop())
	s.ok(node.Start())
	s.equal("instance after a restart", s.instance(before.ID), before)
	s.logHas(before.ID, "a", "once said")
	s.ends(s.start(done).ID, client.Success) // user, token, project and definition are there too

	s.adopted("killed", node.Kill, node.Start)
	s.adopted("stopped", node.Stop, node.Start)
}

// instance reads an instance.
func (s *story) instance(id int) client.Instance {
	s.Helper()
	i, err := s.p.Instance(s.Context(), id)
	s.ok(err)
	return i
}

// adopted ends a process while tasks run, lets one of them end while nobody
// looks, and expects the true end of both, once.
func (s *story) adopted(name string, end, start func() error) {
	s.Helper()
	away := client.Shell("away", s.append(name, "away-starts")+"\n"+s.until(name+"-1")+"\n"+s.append(name, "away-ends")+"\nexit 5")
	stays := client.Shell("stays", s.append(name, "stays-starts")+"\n"+s.until(name+"-2")+"\n"+s.append(name, "stays-ends"))
	i := s.start(s.publish(name, away, stays, client.Shell("after", s.append(name, "after"), "stays")))
	s.running(i.ID, "away")
	s.running(i.ID, "stays")
	s.wrote(name, 2)
	s.ok(end())
	s.touch(name + "-1")
	s.wrote(name, 3)
	s.ok(start())
	s.touch(name + "-2")
	i = s.ends(i.ID, client.Failure)
	s.equal(name, s.states(i.ID), "map[after:SUCCESS away:FAILURE stays:SUCCESS]")
	s.equal(name, sorted(s.lines(name)), "[after away-ends away-starts stays-ends stays-starts]")
}

// wrote waits until tasks have written n words.
func (s *story) wrote(name string, n int) {
	s.Helper()
	s.ok(client.Poll(s.Context(), patience, func(context.Context) (string, bool, error) {
		words := s.lines(name)
		return fmt.Sprint(words), len(words) >= n, nil
	}))
}
