package etcd

import (
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/porpoise-scheduler/porpoise/pkg/coord"
)

// row is a member as it is written to etcd.
type row struct {
	ID          string    `json:"id"`
	Incarnation string    `json:"incarnation"`
	Role        string    `json:"role"`
	Addr        string    `json:"addr"`
	Groups      []string  `json:"groups,omitempty"`
	Slots       int       `json:"slots,omitempty"`
	Version     string    `json:"version,omitempty"`
	StartTime   time.Time `json:"start_time"`
	Load        *loadRow  `json:"load,omitempty"`
}

type loadRow struct {
	CPU       float64   `json:"cpu"`
	Memory    float64   `json:"memory"`
	LoadAvg   float64   `json:"load_avg"`
	FreeBytes uint64    `json:"free_bytes"`
	Running   int       `json:"running"`
	Time      time.Time `json:"time"`
}

func (c *Coordinator) rolePrefix(role coord.Role) string {
	return c.prefix + "/members/" + string(role) + "/"
}

func (c *Coordinator) key(m coord.Member) string {
	return c.rolePrefix(m.Role) + url.PathEscape(m.ID)
}

func encode(m coord.Member) (string, error) {
	r := row{
		ID: m.ID, Incarnation: m.Incarnation, Role: string(m.Role), Addr: m.Addr,
		Groups: m.Groups, Slots: m.Slots, Version: m.Version, StartTime: m.StartTime.UTC(),
	}
	if m.Load != (coord.Load{}) {
		l := loadRow(m.Load)
		l.Time = l.Time.UTC()
		r.Load = &l
	}
	data, err := json.Marshal(r)
	if err != nil {
		return "", fmt.Errorf("member %s: %w", m.ID, err)
	}
	return string(data), nil
}

func decode(data []byte) (coord.Member, error) {
	var r row
	if err := json.Unmarshal(data, &r); err != nil {
		return coord.Member{}, fmt.Errorf("member value: %w", err)
	}
	m := coord.Member{
		ID: r.ID, Incarnation: r.Incarnation, Role: coord.Role(r.Role), Addr: r.Addr,
		Groups: r.Groups, Slots: r.Slots, Version: r.Version, StartTime: r.StartTime,
	}
	if r.Load != nil {
		m.Load = coord.Load(*r.Load)
	}
	return m, nil
}
