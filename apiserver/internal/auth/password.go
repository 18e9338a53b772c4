package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"
)

// params are argon2id's: the memory in KiB, the passes, the lanes.
type params struct {
	memory uint32
	time   uint32
	lanes  uint8
}

const (
	saltBytes = 16
	keyBytes  = 32
)

var encoding = base64.RawStdEncoding

// Hasher makes and checks password hashes. One hash takes 19 MiB and some 20 ms
// of a core, so that no more run at once than there are cores.
type Hasher struct {
	params params
	turns  chan struct{}
	decoy  string // a hash that fits no password
}

// NewHasher makes a hasher with today's parameters.
func NewHasher() *Hasher {
	h := &Hasher{
		params: params{memory: 19 * 1024, time: 2, lanes: 1},
		turns:  make(chan struct{}, runtime.GOMAXPROCS(0)),
	}
	h.decoy = h.encode(make([]byte, saltBytes), make([]byte, keyBytes))
	return h
}

// Hash gives the encoded hash of a password under a new salt.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails
	key, err := h.derive(ctx, password, salt, h.params, keyBytes)
	if err != nil {
		return "", err
	}
	return h.encode(salt, key), nil
}

func (h *Hasher) encode(salt, key []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		h.params.memory, h.params.time, h.params.lanes, encoding.EncodeToString(salt), encoding.EncodeToString(key))
}

// Verify reports whether the password fits the encoded hash.
func (h *Hasher) Verify(ctx context.Context, encoded, password string) (bool, error) {
	p, salt, key, err := parse(encoded)
	if err != nil {
		return false, fmt.Errorf("reading a password hash: %w", err)
	}
	got, err := h.derive(ctx, password, salt, p, uint32(len(key)))
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, key) == 1, nil
}

// derive waits for its turn and computes a key.
func (h *Hasher) derive(ctx context.Context, password string, salt []byte, p params, n uint32) ([]byte, error) {
	select {
	case h.turns <- struct{}{}:
		defer func() { <-h.turns }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(password), salt, p.time, p.memory, p.lanes, n), nil
}

var errHash = errors.New("not an argon2id hash")

// parse reads $argon2id$v=19$m=19456,t=2,p=1$salt$key.
func parse(encoded string) (p params, salt, key []byte, err error) {
	parts := strings.Split(encoded, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return p, nil, nil, errHash
	}
	var version int
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return p, nil, nil, errHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.time, &p.lanes); err != nil || p.time == 0 || p.lanes == 0 {
		return p, nil, nil, errHash
	}
	if salt, err = encoding.DecodeString(parts[4]); err != nil {
		return p, nil, nil, errHash
	}
	if key, err = encoding.DecodeString(parts[5]); err != nil || len(key) == 0 {
		return p, nil, nil, errHash
	}
	return p, salt, key, nil
}

// RandomPassword makes a password of 120 random bits.
func RandomPassword() string {
	b := make([]byte, 15)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}
