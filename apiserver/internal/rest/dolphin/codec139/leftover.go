package codec139

import "encoding/json"

// leftover is the difference between an object as a client sent it and as we
// would write it.
type leftover struct {
	Set fields   `json:"set,omitempty"` // sent otherwise, or unknown to us
	Del []string `json:"del,omitempty"` // not sent
}

// leftovers compares our form with what was sent; nil when they are the same.
// Keys in skip are not compared.
func leftovers(ours, sent fields, skip ...string) json.RawMessage {
	var l leftover
	ignored := map[string]bool{}
	for _, k := range skip {
		ignored[k] = true
	}
	for k, raw := range sent {
		if mine, ok := ours[k]; ignored[k] || ok && same(mine, raw) {
			continue
		}
		if l.Set == nil {
			l.Set = fields{}
		}
		l.Set[k] = raw
	}
	for k := range ours {
		if _, ok := sent[k]; !ok && !ignored[k] {
			l.Del = append(l.Del, k)
		}
	}
	if l.Set == nil && l.Del == nil {
		return nil
	}
	return encode(l)
}

// restore gives the object back as it was sent. If that no longer means the
// same, because the core's values changed since, only what is unknown to us is
// given back. ours may be changed.
func restore(ours fields, raw json.RawMessage, means func(fields) bool) fields {
	if raw == nil {
		return ours
	}
	var l leftover
	if json.Unmarshal(raw, &l) != nil {
		return ours
	}
	asSent := make(fields, len(ours)+len(l.Set))
	for k, v := range ours {
		asSent[k] = v
	}
	for k, v := range l.Set {
		asSent[k] = v
	}
	for _, k := range l.Del {
		delete(asSent, k)
	}
	if means(asSent) {
		return asSent
	}
	for k, v := range l.Set {
		if _, ok := ours[k]; !ok {
			ours[k] = v
		}
	}
	return ours
}
