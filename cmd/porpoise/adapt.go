package main

import (
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// sealer lets the store seal values with the keys of the secret file: a
// *secret.Keys, or a *secret.Box in a process that ends soon.
type sealer struct{ keys keyHolder }

type keyHolder interface {
	Seal(plaintext, aad string) string
	Open(sealed, aad string) (string, error)
	Current(sealed string) bool
}

func (s sealer) Seal(plain []byte, aad string) (string, error) {
	return s.keys.Seal(string(plain), aad), nil
}

func (s sealer) Open(sealed, aad string) ([]byte, error) {
	plain, err := s.keys.Open(sealed, aad)
	return []byte(plain), err
}

func (s sealer) Current(sealed string) bool { return s.keys.Current(sealed) }

func unavailable(err error) bool { return workflow.ErrorCode(err) == workflow.Unavailable }

// splitUser takes user:password apart.
func splitUser(s string) (user, password string) {
	user, password, _ = strings.Cut(s, ":")
	return user, password
}
