package param

import "bytes"

// ScanSetValue finds the first ${setValue(k=v)} or #{setValue(k=v)} in a line
// of a log. The value ends at the first ")}" and may be empty; the name may not.
func ScanSetValue(line []byte) (k, v string, ok bool) {
	open := []byte("{setValue(")
	for {
		i := bytes.Index(line, open)
		if i < 0 {
			return "", "", false
		}
		marked := i > 0 && (line[i-1] == '$' || line[i-1] == '#')
		line = line[i+len(open):]
		if !marked {
			continue
		}
		end := bytes.Index(line, []byte(")}"))
		if end < 0 {
			return "", "", false
		}
		name, value, found := bytes.Cut(line[:end], []byte("="))
		if found && len(name) > 0 {
			return string(name), string(value), true
		}
		line = line[end:]
	}
}
