package main

import (
	"strings"

	"github.com/porpoise-scheduler/porpoise/pkg/secret"
	"github.com/porpoise-scheduler/porpoise/pkg/workflow"
)

// sealer lets the store seal values with the process' key.
type sealer struct{ box *secret.Box }

func (s sealer) Seal(plain []byte, aad string) (string, error) {
	return s.box.Seal(string(plain), aad), nil
}

func (s sealer) Open(sealed, aad string) ([]byte, error) {
	plain, err := s.box.Open(sealed, aad)
	return []byte(plain), err
}

func (s sealer) Current(sealed string) bool { return s.box.Current(sealed) }

func unavailable(err error) bool { return workflow.ErrorCode(err) == workflow.Unavailable }

// splitUser takes user:password apart.
func splitUser(s string) (user, password string) {
	user, password, _ = strings.Cut(s, ":")
	return user, password
}
