package main

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/porpoise-scheduler/porpoise/apiserver"
)

// newOpenAPI prints the native API's document, for what is generated from it.
func newOpenAPI() *cobra.Command {
	return &cobra.Command{
		Use:   "openapi",
		Short: "Print the OpenAPI document of the native API",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			doc, err := apiserver.OpenAPI(version)
			if err != nil {
				return err
			}
			out := json.NewEncoder(cmd.OutOrStdout())
			out.SetIndent("", "  ")
			return out.Encode(doc)
		},
	}
}
