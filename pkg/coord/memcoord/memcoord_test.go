package memcoord_test

import (
	"testing"

	"github.com/porpoise-scheduler/porpoise/pkg/coord"
	"github.com/porpoise-scheduler/porpoise/pkg/coord/coordtest"
	"github.com/porpoise-scheduler/porpoise/pkg/coord/memcoord"
)

type backend struct{ *memcoord.Registry }

func (b backend) Coordinator(t *testing.T) coord.Coordinator {
	c := b.Registry.Coordinator()
	t.Cleanup(func() { c.Close() })
	return c
}

func (b backend) Expire(_ *testing.T, role coord.Role, id string) { b.Registry.Expire(role, id) }
func (b backend) Cut(*testing.T)                                  { b.Registry.Cut() }
func (b backend) Heal(*testing.T)                                 { b.Registry.Heal() }

func TestSuite(t *testing.T) {
	coordtest.Run(t, func(*testing.T) coordtest.Backend { return backend{memcoord.New()} })
}
