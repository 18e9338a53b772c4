package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/porpoise-scheduler/porpoise/pkg/secret"
	"github.com/porpoise-scheduler/porpoise/pkg/store"
	"github.com/porpoise-scheduler/porpoise/pkg/store/sqlstore"
)

// secretOptions say where keys and what they seal are.
type secretOptions struct {
	data     dataOptions
	database string
}

func (o *secretOptions) add(f *pflag.FlagSet) {
	o.data.add(f)
	addDatabase(f, &o.database, "")
	f.Lookup("database").Usage += " (default the file of a standalone server in DATA-DIR)"
}

func newSecret() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "secret",
		Short: "Change the key that stored secrets are sealed with",
		Long: `Passwords of data sources, settings of alert channels, tokens and variables of
environments are sealed with the first key of the secret file; the others open
what was sealed before. Servers notice when the file changes.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newSecretRotate(), newSecretAddKey(), newSecretReseal(), newSecretKeys())
	return cmd
}

func newSecretRotate() *cobra.Command {
	return secretCommand("rotate", "Add a key and seal everything with it: add-key and reseal in one",
		func(ctx context.Context, o secretOptions, out io.Writer) error {
			// The database first: without it no key is added.
			return o.withStore(ctx, func(s *store.Store, keys *secret.Keys) error {
				if err := o.addKey(keys, out); err != nil {
					return err
				}
				return resealAll(ctx, s, out)
			})
		})
}

func newSecretAddKey() *cobra.Command {
	return secretCommand("add-key", "Add a key to the secret file; where hosts have copies, copy it to them before reseal",
		func(_ context.Context, o secretOptions, out io.Writer) error {
			keys, err := o.keys()
			if err != nil {
				return err
			}
			return o.addKey(keys, out)
		})
}

func newSecretReseal() *cobra.Command {
	var drop bool
	cmd := secretCommand("reseal", "Seal everything with the first key; may be repeated at any time",
		func(ctx context.Context, o secretOptions, out io.Writer) error {
			return o.withStore(ctx, func(s *store.Store, keys *secret.Keys) error {
				if err := resealAll(ctx, s, out); err != nil || !drop {
					return err
				}
				return dropOld(ctx, s, keys, out)
			})
		})
	cmd.Flags().BoolVar(&drop, "drop-old-keys", false, "then remove all other keys from the secret file")
	return cmd
}

func newSecretKeys() *cobra.Command {
	return secretCommand("keys", "List the ids of the keys, the one that seals first",
		func(_ context.Context, o secretOptions, out io.Writer) error {
			box, err := secret.Load(o.data.secretFile)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(out, strings.Join(box.KeyIDs(), "\n"))
			return err
		})
}

func secretCommand(use, short string, run func(context.Context, secretOptions, io.Writer) error) *cobra.Command {
	var o secretOptions
	cmd := &cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.data.locate(); err != nil {
				return err
			}
			return run(cmd.Context(), o, cmd.OutOrStdout())
		},
	}
	o.add(cmd.Flags())
	return configured(cmd)
}

// keys opens a file that exists: a new one would open nothing.
func (o secretOptions) keys() (*secret.Keys, error) {
	if _, err := os.Stat(o.data.secretFile); err != nil {
		return nil, fmt.Errorf("finding the secret file: %w", err)
	}
	return secret.OpenKeys(o.data.secretFile)
}

func (o secretOptions) addKey(keys *secret.Keys, out io.Writer) error {
	if err := keys.Rotate(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "key %s was added to %s and seals from now on\n", keys.Box().KeyID(), o.data.secretFile)
	return err
}

// resealBatch is how many values are sealed again before the next look.
const resealBatch = 200

func resealAll(ctx context.Context, s *store.Store, out io.Writer) error {
	for _, part := range sealedParts(s) {
		total := 0
		for {
			n, err := part.reseal(ctx, resealBatch)
			total += n
			if err != nil {
				return fmt.Errorf("sealing %s again, after %d: %w", part.name, total, err)
			}
			if n == 0 {
				break
			}
		}
		if _, err := fmt.Fprintf(out, "%s: %d sealed again\n", part.name, total); err != nil {
			return err
		}
	}
	return nil
}

// dropOld makes sure that nothing needs the old keys before it removes them.
func dropOld(ctx context.Context, s *store.Store, keys *secret.Keys, out io.Writer) error {
	for _, part := range sealedParts(s) {
		n, err := part.reseal(ctx, resealBatch)
		if err != nil {
			return err
		}
		if n > 0 {
			return fmt.Errorf("%s were just sealed with an old key: a server does not know the new one; no key was removed", part.name)
		}
	}
	if err := keys.DropOld(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "only key %s is left\n", keys.Box().KeyID())
	return err
}

// sealedPart is one kind of things that hold a secret.
type sealedPart struct {
	name   string
	reseal func(context.Context, int) (int, error)
}

func sealedParts(s *store.Store) []sealedPart {
	return []sealedPart{
		{"data sources", s.DataSources.Reseal},
		{"alert channels", s.AlertChannels.Reseal},
		{"tokens", s.Tokens.Reseal},
		{"environments", s.Environments.Reseal},
	}
}

func (o secretOptions) withStore(ctx context.Context, use func(*store.Store, *secret.Keys) error) error {
	keys, err := o.keys()
	if err != nil {
		return err
	}
	s, err := sqlstore.Open(ctx, cmp.Or(o.database, standaloneDatabase(o.data.dir)), sqlstore.Options{Sealer: sealer{keys}})
	if err != nil {
		return err
	}
	return errors.Join(use(s, keys), s.Database.Close())
}
