//go:build !linux

package ctl

import (
	"context"
	"os"
)

// readHidden asks for other ways: how to hide what is typed is not known here.
func readHidden(context.Context, *os.File) (string, error) {
	return "", wrong("give the password in PORPOISE_PASSWORD or --password-file")
}
