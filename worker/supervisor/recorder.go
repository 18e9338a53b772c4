package supervisor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"google.golang.org/protobuf/proto"

	"github.com/porpoise-scheduler/porpoise/proto/supervisorpb"
	"github.com/porpoise-scheduler/porpoise/worker/internal/journal"
)

// Kinds of records in the exits journal.
const (
	exitRecord   byte = 1 // a supervisorpb.Process
	forgetRecord byte = 2 // a supervisorpb.Forget
)

// recorder makes ends durable, many in one write and sync: a batch is whatever
// gathered during the last one. An end may be told once it is written, which
// outlives this process. Who is told writes it elsewhere as a rule before the
// sync is over; only both together losing it would be a loss, and a host that
// crashes in that moment loses what runs as well.
type recorder struct {
	out chan<- []uint64 // seqs of what was recorded
	log *slog.Logger

	mu      sync.Mutex
	exits   []exit
	forgets []int64
	wake    chan struct{}

	file *journal.Log
	live map[int64][]byte // records not forgotten
}

type exit struct {
	seq     uint64
	process *supervisorpb.Process
	cap     *logCap
}

// openRecorder reads the ends that were not forgotten, in order of attempts.
func openRecorder(dir string, out chan<- []uint64, log *slog.Logger) (*recorder, []*supervisorpb.Process, error) {
	r := &recorder{out: out, log: log, wake: make(chan struct{}, 1), live: map[int64][]byte{}}
	if err := os.MkdirAll(filepath.Join(dir, "exits"), 0o700); err != nil {
		return nil, nil, err
	}
	f, err := journal.Open(filepath.Join(dir, "exits", "journal"), r.replay)
	if err != nil {
		return nil, nil, err
	}
	r.file = f
	list, err := r.restored()
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return r, list, nil
}

func (r *recorder) replay(kind byte, payload []byte) error {
	switch kind {
	case exitRecord:
		p := &supervisorpb.Process{}
		if err := proto.Unmarshal(payload, p); err != nil {
			return fmt.Errorf("exit record: %w", err)
		}
		r.live[p.GetAttemptId()] = slices.Clone(payload)
	case forgetRecord:
		f := &supervisorpb.Forget{}
		if err := proto.Unmarshal(payload, f); err != nil {
			return fmt.Errorf("forget record: %w", err)
		}
		for _, id := range f.GetAttemptIds() {
			delete(r.live, id)
		}
	}
	return nil
}

func (r *recorder) restored() ([]*supervisorpb.Process, error) {
	list := make([]*supervisorpb.Process, 0, len(r.live))
	for _, payload := range r.live {
		p := &supervisorpb.Process{}
		if err := proto.Unmarshal(payload, p); err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b *supervisorpb.Process) int {
		return int(min(1, max(-1, a.GetAttemptId()-b.GetAttemptId())))
	})
	return list, nil
}

// record queues an end.
func (r *recorder) record(e exit) {
	r.mu.Lock()
	r.exits = append(r.exits, e)
	r.mu.Unlock()
	r.rouse()
}

// forget drops records. It is not made durable at once: an end told twice is
// harmless.
func (r *recorder) forget(ids []int64) {
	r.mu.Lock()
	r.forgets = append(r.forgets, ids...)
	r.mu.Unlock()
	r.rouse()
}

func (r *recorder) rouse() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

func (r *recorder) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			r.close()
			return
		case <-r.wake:
		}
		exits := r.write()
		if len(exits) == 0 {
			continue
		}
		seqs := make([]uint64, len(exits))
		for i, e := range exits {
			seqs[i] = e.seq
		}
		select {
		case r.out <- seqs:
		case <-ctx.Done():
		}
		r.settle(len(exits))
	}
}

func (r *recorder) close() {
	r.settle(len(r.write()))
	if err := r.file.Close(); err != nil {
		r.log.Error("closing the exit records", "error", err)
	}
}

// write stores what gathered. When the disk refuses, the ends are told all the
// same: the supervisor still holds them in memory.
func (r *recorder) write() []exit {
	r.mu.Lock()
	exits, forgets := r.exits, r.forgets
	r.exits, r.forgets = nil, nil
	r.mu.Unlock()

	for _, e := range exits {
		e.cap.finish(r.log)
		if payload := r.add(exitRecord, e.process); payload != nil {
			r.live[e.process.GetAttemptId()] = payload
		}
	}
	if len(forgets) > 0 {
		r.add(forgetRecord, &supervisorpb.Forget{AttemptIds: forgets})
		for _, id := range forgets {
			delete(r.live, id)
		}
	}
	if err := r.file.Flush(false); err != nil {
		r.log.Error("exit records are not written", "ends", len(exits), "error", err)
	}
	return exits
}

// settle makes what was written survive a crash of the host, if there are ends
// among it.
func (r *recorder) settle(ends int) {
	if ends > 0 {
		if err := r.file.Sync(); err != nil {
			r.log.Error("exit records are not durable", "ends", ends, "error", err)
		}
	}
	if r.file.Crowded() {
		r.compact()
	}
}

func (r *recorder) add(kind byte, m proto.Message) []byte {
	payload, err := proto.Marshal(m)
	if err != nil {
		r.log.Error("encoding an exit record", "error", err)
		return nil
	}
	r.file.Add(kind, payload)
	return payload
}

func (r *recorder) compact() {
	err := r.file.Compact(func(add func(byte, []byte)) {
		for _, payload := range r.live {
			add(exitRecord, payload)
		}
	})
	if err != nil {
		r.log.Error("compacting exit records", "error", err)
	}
}
