package params

import (
	"encoding/json"
	"strings"
)

// Script reads the parameters of a kind that runs a script: rawScript, with
// lines that end as everywhere but on Windows, and resourceList.
func Script(raw json.RawMessage) (string, error) {
	o := Read(raw)
	script := o.Text("rawScript")
	o.Resources("resourceList")
	if err := o.Err(); err != nil {
		return "", err
	}
	if strings.TrimSpace(script) == "" {
		return "", o.Invalid("rawScript", "must not be blank")
	}
	return strings.ReplaceAll(script, "\r\n", "\n"), nil
}
