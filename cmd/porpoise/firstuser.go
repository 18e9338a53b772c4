package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/porpoise-scheduler/porpoise/apiserver"
	"github.com/porpoise-scheduler/porpoise/pkg/secret"
)

// compatPassword is what the seed user of DolphinScheduler has.
const compatPassword = "dolphinscheduler123"

// firstUser makes admin in an empty database and gives his password, as far as
// it is known: set by the operator, or kept in a file since it was made up.
//
// The file is written before the user, so that a process which dies in between
// leaves no user whose password nobody knows.
func (e *environment) firstUser(ctx context.Context, server *apiserver.Server, o apiOptions) (string, error) {
	file := filepath.Join(e.data.dir, "admin-password")
	given := o.adminPassword
	if o.compatCredentials {
		given = compatPassword
	}
	if given != "" {
		_, created, err := server.Bootstrap(ctx, given)
		if err == nil && !created {
			e.log.Debug("admin exists; his password stays what it is")
		}
		return given, err
	}
	password, kept, err := keptPassword(file)
	if err != nil {
		return "", err
	}
	_, created, err := server.Bootstrap(ctx, password)
	switch {
	case err != nil:
		return "", err
	case created:
		fmt.Fprintf(e.out, "\nUser %s was created with password %s\n(kept in %s)\n\n", apiserver.AdminName, password, file)
		return password, nil
	case kept:
		return password, nil
	}
	return "", os.Remove(file)
}

// keptPassword reads the password in the file, or makes one up and keeps it
// there. Kept says that it was there.
func keptPassword(file string) (password string, kept bool, err error) {
	data, err := os.ReadFile(file)
	if err == nil && len(strings.TrimSpace(string(data))) > 0 {
		return strings.TrimSpace(string(data)), true, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", false, fmt.Errorf("reading the first user's password: %w", err)
	}
	password = secret.NewShortToken()
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		return "", false, fmt.Errorf("keeping the first user's password: %w", err)
	}
	return password, false, nil
}
