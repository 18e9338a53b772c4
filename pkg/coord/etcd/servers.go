package etcd

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"go.etcd.io/etcd/api/v3/etcdserverpb"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/porpoise-scheduler/porpoise/pkg/coord"
)

// statusTimeout bounds one question to one server, so that a dead one is told
// as such soon.
const statusTimeout = 3 * time.Second

// known is the cluster's list of its members.
type known struct {
	mu   sync.Mutex
	list []*etcdserverpb.Member
}

// replace keeps a list for when etcd is away.
func (k *known) replace(list []*etcdserverpb.Member) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.list = list
}

func (k *known) last() []*etcdserverpb.Member {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.list
}

// Servers implements coord.Coordinator. All servers are asked at once.
func (c *Coordinator) Servers(ctx context.Context) []coord.Server {
	members := c.cluster(ctx)
	out := make([]coord.Server, len(members))
	var asked sync.WaitGroup
	for i, m := range members {
		asked.Go(func() { out[i] = c.look(ctx, m) })
	}
	asked.Wait()
	slices.SortStableFunc(out, func(a, b coord.Server) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Addr, b.Addr))
	})
	return out
}

// cluster gives the members of the cluster: as it tells them now, else as it
// told them last, else what was configured. The list needs no quorum, so that
// what is left of a broken cluster still tells all of it.
func (c *Coordinator) cluster(ctx context.Context) []*etcdserverpb.Member {
	ctx, cancel := context.WithTimeout(ctx, statusTimeout)
	defer cancel()
	response, err := c.client.MemberList(ctx, clientv3.WithSerializable())
	if err == nil {
		c.servers.replace(response.Members)
		return response.Members
	}
	if last := c.servers.last(); last != nil {
		return last
	}
	configured := []*etcdserverpb.Member{}
	for _, endpoint := range c.client.Endpoints() {
		configured = append(configured, &etcdserverpb.Member{ClientURLs: []string{endpoint}})
	}
	return configured
}

// look asks one member how it does.
func (c *Coordinator) look(ctx context.Context, m *etcdserverpb.Member) coord.Server {
	s := coord.Server{Name: m.Name, Addr: address(m)}
	urls := m.ClientURLs
	if len(urls) == 0 {
		if len(c.client.Endpoints()) > 0 {
			s.Problem = "it has joined the cluster but never started"
			return s
		}
		urls = []string{""} // inside this process, where the client goes without an address
	}
	ctx, cancel := context.WithTimeout(ctx, statusTimeout)
	defer cancel()
	for _, u := range urls {
		began := time.Now()
		status, err := c.client.Status(ctx, u)
		if err != nil {
			s.Problem = fmt.Sprintf("it does not answer: %v", err)
			continue
		}
		if m.ID != 0 && status.Header.GetMemberId() != m.ID {
			s.Problem = fmt.Sprintf("another server answers at %s: check its advertise-client-urls", u)
			continue
		}
		s.Up, s.RoundTrip = true, time.Since(began)
		s.Mode, s.Version, s.SizeBytes, s.Problem = mode(status), status.Version, status.DbSize, strings.Join(status.Errors, "; ")
		return s
	}
	return s
}

func mode(status *clientv3.StatusResponse) coord.ServerMode {
	switch {
	case status.Leader == 0:
		return ""
	case status.Leader == status.Header.GetMemberId():
		return coord.Leader
	case status.IsLearner:
		return coord.Learner
	default:
		return coord.Follower
	}
}

// address gives host and port of a member's first URL.
func address(m *etcdserverpb.Member) string {
	if len(m.ClientURLs) == 0 {
		return ""
	}
	if u, err := url.Parse(m.ClientURLs[0]); err == nil && u.Host != "" {
		return u.Host
	}
	return m.ClientURLs[0] // an endpoint may be given without a scheme
}
