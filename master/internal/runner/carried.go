package runner

import (
	"context"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// onCarried obeys commands that came along with the word that they wait, which
// spares reading them. A command must not be obeyed again when it is obeyed and
// deleted already, which nobody remembers: not by an owner before this one, who
// can only have done it if the epoch is not the one from before the command was
// stored; nor by this one after it was read. When in doubt it is read, if it is
// still there. In a burst what is read is on its way here as well: that is no
// doubt, else one read would lead to the next.
func (s *Shard) onCarried(ctx context.Context, m carried) error {
	current := map[int64]int{} // versions by workflow
	doubt := m.epoch != s.fence.Epoch
	for i := range m.commands {
		c := &m.commands[i]
		if s.taken[c.ID] || s.read.has(c.ID) {
			continue
		}
		if doubt || c.ID <= s.seenTo {
			doubt = true
			continue
		}
		if c.Type == workflow.CmdStart && c.Start.Version == 0 {
			if current[c.DefinitionID] == 0 {
				v, err := s.deps.Definitions.Plan(ctx, c.DefinitionID, 0)
				if err != nil {
					doubt = true
					continue
				}
				current[c.DefinitionID] = v.Def.Version
			}
			c.Current = current[c.DefinitionID]
		}
		s.taken[c.ID] = true
		if err := s.obey(ctx, c); err != nil {
			return err
		}
	}
	if !doubt {
		return nil
	}
	return s.readCommands(ctx)
}

// recently remembers the last ids that were added.
type recently struct {
	ids  map[int64]bool
	ring []int64
	at   int
}

// recentlyRead is how many commands that were read are remembered: as many as
// may be on their way here at the same time.
const recentlyRead = 1024

func (r *recently) has(id int64) bool { return r.ids[id] }

func (r *recently) add(id int64) {
	switch {
	case r.ids[id]:
		return
	case r.ids == nil:
		r.ids = map[int64]bool{}
	}
	if len(r.ring) < recentlyRead {
		r.ring = append(r.ring, id)
	} else {
		delete(r.ids, r.ring[r.at])
		r.ring[r.at] = id
		r.at = (r.at + 1) % recentlyRead
	}
	r.ids[id] = true
}
