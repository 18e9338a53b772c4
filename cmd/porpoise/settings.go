package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const settingsHelp = `Every flag can be given in three ways, the first found wins:
  the flag itself               --data-dir /var/lib/porpoise
  an environment variable       PORPOISE_DATA_DIR=/var/lib/porpoise
  a line of the --config file   data-dir: /var/lib/porpoise
Lists are separated by commas; in the file they may be YAML lists. One file may
serve all roles: what a role does not know but another does is passed over.`

const (
	envPrefix  = "PORPOISE_"
	configFlag = "config"
	// delimiter of nested keys: there are none, and names contain dots never.
	delimiter = "."
)

// envAliases are names that say more than the flag does.
var envAliases = map[string]string{"database-url": "database", "etcd-endpoints": "etcd"}

// fill gives the flags that were not on the command line their values from
// environment and file. Known says which names any command understands.
func fill(flags *pflag.FlagSet, known map[string]bool, environ []string) error {
	settings := koanf.New(delimiter)
	environment := koanf.New(delimiter)
	if err := environment.Load(env.Provider(delimiter, env.Opt{
		Prefix:        envPrefix,
		EnvironFunc:   func() []string { return environ },
		TransformFunc: envName,
	}), nil); err != nil {
		return fmt.Errorf("reading the environment: %w", err)
	}
	path, err := flags.GetString(configFlag)
	if err != nil {
		return err
	}
	if path == "" {
		path = environment.String(configFlag)
	}
	if path != "" {
		if err := loadFile(settings, path, known); err != nil {
			return err
		}
	}
	if err := settings.Merge(environment); err != nil {
		return err
	}
	return assign(flags, settings)
}

// envName turns PORPOISE_DATA_DIR into data-dir.
func envName(key, value string) (string, any) {
	name := strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(key, envPrefix)), "_", "-")
	if alias, ok := envAliases[name]; ok {
		name = alias
	}
	return name, value
}

func loadFile(settings *koanf.Koanf, path string, known map[string]bool) error {
	if err := settings.Load(file.Provider(path), yaml.Parser()); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("the configuration file %s does not exist", path)
		}
		return fmt.Errorf("reading %s: %w", path, err)
	}
	for _, name := range settings.Keys() {
		if !known[name] {
			return fmt.Errorf("%s: unknown setting %q", path, name)
		}
	}
	return nil
}

// assign sets every flag that was not given. It names the setting that is
// wrong, in the words of the flag.
func assign(flags *pflag.FlagSet, settings *koanf.Koanf) error {
	var errs []error
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Changed || !settings.Exists(f.Name) {
			return
		}
		if err := flags.Set(f.Name, text(settings.Get(f.Name))); err != nil {
			errs = append(errs, fmt.Errorf("setting %s: %w", f.Name, err))
		}
	})
	return errors.Join(errs...)
}

// text writes a YAML value as it would be on the command line.
func text(value any) string {
	list, ok := value.([]any)
	if !ok {
		return fmt.Sprint(value)
	}
	items := make([]string, len(list))
	for i, item := range list {
		items[i] = fmt.Sprint(item)
	}
	return strings.Join(items, ",")
}

// configured makes a command take its settings from all places before it runs.
func configured(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().String(configFlag, "", "YAML file with settings")
	cmd.Flags().SortFlags = false
	cmd.Args = cobra.NoArgs
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		return fill(cmd.Flags(), knownSettings(cmd.Root()), os.Environ())
	}
	return cmd
}

// knownSettings collects the flags of all commands that are configured.
func knownSettings(root *cobra.Command) map[string]bool {
	known := map[string]bool{}
	for _, cmd := range root.Commands() {
		if cmd.Flags().Lookup(configFlag) != nil {
			cmd.Flags().VisitAll(func(f *pflag.Flag) { known[f.Name] = true })
		}
		for name := range knownSettings(cmd) {
			known[name] = true
		}
	}
	return known
}
