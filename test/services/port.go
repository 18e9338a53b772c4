package services

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// portTries bounds the search: of thousands of ports few are taken.
const portTries = 200

// FreePort gives a loopback port on which nobody listens and which no other
// call gives away, in any program of this host, for as long as this program
// lives: a server may come and go on it. The kernel does not give it away
// either, since it lies below the ports that those get who do not care.
func FreePort() (int, error) {
	low, high, err := portsToChoose()
	if err != nil {
		return 0, err
	}
	for range portTries {
		port := low + rand.IntN(high-low)
		if reservePort(port) && portIsFree(port) {
			return port, nil
		}
	}
	return 0, fmt.Errorf("found no free port from %d to %d in %d tries", low, high, portTries)
}

// portsToChoose gives the ports from low to below high that need no right and
// that the kernel gives to nobody by itself.
func portsToChoose() (low, high int, err error) {
	const path, unprivileged, wanted = "/proc/sys/net/ipv4/ip_local_port_range", 1024, 10_000
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, 0, err
	}
	if _, err := fmt.Sscan(string(text), &high); err != nil {
		return 0, 0, fmt.Errorf("reading %s: %w", path, err)
	}
	low = max(unprivileged, high-wanted)
	if high <= low {
		return 0, 0, fmt.Errorf("%s leaves no ports below it: %s", path, text)
	}
	return low, high, nil
}

// reservePort takes the port's name among the abstract sockets of the network
// namespace. The socket is left open: the end of this program closes it.
func reservePort(port int) bool {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return false
	}
	if unix.Bind(fd, &unix.SockaddrUnix{Name: "@porpoise-test-port-" + strconv.Itoa(port)}) != nil {
		_ = unix.Close(fd)
		return false
	}
	return true
}

// portIsFree listens for a moment.
func portIsFree(port int) bool {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return false
	}
	return l.Close() == nil
}
