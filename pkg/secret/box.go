// Package secret keeps secrets: values encrypted at rest under keys of the
// operator, and tokens that are only stored as hashes.
package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// prefix starts every sealed value: the format's version.
const prefix = "v1"

// Errors of Open.
var (
	ErrFormat   = errors.New("not a sealed value")
	ErrTampered = errors.New("sealed value does not belong here or was changed")
)

// UnknownKeyError says that a value was sealed with a key that is not in the
// key file.
type UnknownKeyError struct{ KeyID string }

// Error names the key id.
func (e *UnknownKeyError) Error() string {
	return fmt.Sprintf("sealed with key %q, which is not in the key file", e.KeyID)
}

// key is one AES-256 key. Its id is derived from it, so that a key file cannot
// give one id to two keys.
type key struct {
	id   string
	raw  []byte
	aead cipher.AEAD
}

// Box seals with its first key and opens with any. It is immutable and safe
// for concurrent use.
type Box struct{ keys []key }

// NewBox makes a box of 32-byte keys, the sealing one first.
func NewBox(raw ...[]byte) (*Box, error) {
	if len(raw) == 0 {
		return nil, errors.New("no key")
	}
	b := &Box{}
	for _, r := range raw {
		k, err := newKey(r)
		if err != nil {
			return nil, err
		}
		if _, known := b.find(k.id); known {
			return nil, fmt.Errorf("key %s is given twice", k.id)
		}
		b.keys = append(b.keys, k)
	}
	return b, nil
}

func newKey(raw []byte) (key, error) {
	if len(raw) != 32 {
		return key{}, fmt.Errorf("a key has %d bytes, want 32", len(raw))
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		return key{}, fmt.Errorf("using key: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return key{}, fmt.Errorf("using key: %w", err)
	}
	sum := sha256.Sum256(append([]byte("porpoise key id\x00"), raw...))
	return key{id: hex.EncodeToString(sum[:6]), raw: raw, aead: aead}, nil
}

func (b *Box) find(id string) (key, bool) {
	for _, k := range b.keys {
		if k.id == id {
			return k, true
		}
	}
	return key{}, false
}

// KeyID names the key that seals.
func (b *Box) KeyID() string { return b.keys[0].id }

// KeyIDs names all keys, the sealing one first.
func (b *Box) KeyIDs() []string {
	var ids []string
	for _, k := range b.keys {
		ids = append(ids, k.id)
	}
	return ids
}

// Seal encrypts plaintext into printable text that names its key. aad ties the
// result to a place, such as a table, column and row: Open wants the same.
func (b *Box) Seal(plaintext, aad string) string {
	k := b.keys[0]
	nonce := make([]byte, k.aead.NonceSize())
	_, _ = rand.Read(nonce) // documented never to fail
	sealed := k.aead.Seal(nonce, nonce, []byte(plaintext), header(k.id, aad))
	return prefix + ":" + k.id + ":" + base64.RawURLEncoding.EncodeToString(sealed)
}

// Open decrypts what Seal made. It fails with ErrFormat, ErrTampered or an
// *UnknownKeyError.
func (b *Box) Open(sealed, aad string) (string, error) {
	id, text, err := split(sealed)
	if err != nil {
		return "", err
	}
	k, known := b.find(id)
	if !known {
		return "", &UnknownKeyError{id}
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(data) < k.aead.NonceSize() {
		return "", ErrFormat
	}
	nonce, ciphertext := data[:k.aead.NonceSize()], data[k.aead.NonceSize():]
	plaintext, err := k.aead.Open(nil, nonce, ciphertext, header(id, aad))
	if err != nil {
		return "", ErrTampered
	}
	return string(plaintext), nil
}

// Current reports whether sealed was made with the key that seals now; what
// was not is sealed again by a rotation.
func (b *Box) Current(sealed string) bool {
	id, _, err := split(sealed)
	return err == nil && id == b.KeyID()
}

// IsSealed reports whether text has the form of a sealed value.
func IsSealed(text string) bool {
	_, _, err := split(text)
	return err == nil
}

// header is what is authenticated besides the ciphertext.
func header(id, aad string) []byte { return []byte(prefix + ":" + id + ":" + aad) }

func split(sealed string) (id, text string, err error) {
	parts := strings.Split(sealed, ":")
	if len(parts) != 3 || parts[0] != prefix || len(parts[1]) != 12 {
		return "", "", ErrFormat
	}
	return parts[1], parts[2], nil
}
