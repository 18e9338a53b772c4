package netguard

import (
	"fmt"
	"net/netip"
	"slices"
)

// class says what an address is for.
type class string

const (
	public    class = "public"
	loopback  class = "loopback"
	private   class = "private"
	metadata  class = "metadata service"
	linkLocal class = "link-local"
	reserved  class = "reserved"
)

// RefusedError says that an address must not be dialled.
type RefusedError struct {
	Addr  netip.Addr
	Class string
}

// Error names the address and why it is refused.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("address %s is %s and not allowed", e.Addr, e.Class)
}

// ranges of one class.
type ranges struct {
	class    class
	prefixes []netip.Prefix
}

// table lists the addresses that are not public, first match first. Addresses
// of metadata services come before the ranges they lie in, because they stay
// refused when private addresses are allowed.
func table() []ranges {
	return []ranges{
		{metadata, prefixes("169.254.169.254/32", "169.254.170.2/32", "169.254.170.23/32", "100.100.100.200/32",
			"192.0.0.192/32", "168.63.129.16/32", "fd00:ec2::254/128", "fd00:ec2::23/128", "fd20:ce::254/128")},
		{loopback, prefixes("127.0.0.0/8", "::1/128")},
		{linkLocal, prefixes("169.254.0.0/16", "fe80::/10")},
		{private, prefixes("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")},
		{reserved, prefixes(
			"0.0.0.0/8", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
			"203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
			// Of IPv6 only 2000::/3 is assigned, with these exceptions.
			"::/3", "4000::/2", "8000::/1", "2001::/23", "2001:db8::/32", "3fff::/20")},
	}
}

func prefixes(texts ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, text := range texts {
		out = append(out, netip.MustParsePrefix(text))
	}
	return out
}

// ParsePrefixes reads address ranges such as 10.1.0.0/16; a bare address means
// itself.
func ParsePrefixes(texts []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, text := range texts {
		if addr, err := netip.ParseAddr(text); err == nil {
			out = append(out, netip.PrefixFrom(addr, addr.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("reading address range %q: %w", text, err)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

// Check refuses an address that the configuration does not allow with a
// *RefusedError. An address that carries an IPv4 address inside is judged by
// that one.
func (g *Guard) Check(addr netip.Addr) error {
	addr = carried(addr.Unmap().WithZone(""))
	if slices.ContainsFunc(g.config.AllowCIDRs, func(p netip.Prefix) bool { return p.Contains(addr) }) {
		return nil
	}
	switch c := g.classify(addr); c {
	case public:
		return nil
	case loopback:
		if g.config.AllowLoopback {
			return nil
		}
		return &RefusedError{addr, string(c)}
	case private:
		if g.config.AllowPrivate {
			return nil
		}
		return &RefusedError{addr, string(c)}
	default:
		return &RefusedError{addr, string(c)}
	}
}

func (g *Guard) classify(addr netip.Addr) class {
	if !addr.IsValid() {
		return reserved
	}
	for _, r := range g.table {
		for _, p := range r.prefixes {
			if p.Contains(addr) {
				return r.class
			}
		}
	}
	return public
}

// carried gives the IPv4 address that a translator (NAT64) or a tunnel (6to4)
// would forward to, or addr itself.
func carried(addr netip.Addr) netip.Addr {
	if !addr.Is6() {
		return addr
	}
	b := addr.As16()
	switch {
	case netip.MustParsePrefix("64:ff9b::/96").Contains(addr):
		return netip.AddrFrom4([4]byte(b[12:16]))
	case netip.MustParsePrefix("2002::/16").Contains(addr):
		return netip.AddrFrom4([4]byte(b[2:6]))
	}
	return addr
}
