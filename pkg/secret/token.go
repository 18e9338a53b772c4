package secret

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
)

// NewToken makes a random token of 256 bits, as 64 hexadecimal digits.
func NewToken() string { return hex.EncodeToString(newRaw()) }

// NewShortToken makes a random token of 128 bits, as 32 hexadecimal digits,
// for dialects whose clients expect that length.
func NewShortToken() string {
	raw := make([]byte, 16)
	_, _ = rand.Read(raw) // documented never to fail
	return hex.EncodeToString(raw)
}

// HashToken gives what is stored of a token: its SHA-256 in hexadecimal. A
// random token needs no salt.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Equal compares two secrets in a time that depends on neither of them.
func Equal(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// MatchesHash reports whether hash is HashToken(token).
func MatchesHash(token, hash string) bool { return Equal(HashToken(token), hash) }
