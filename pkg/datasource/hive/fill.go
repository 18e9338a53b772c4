package hive

import (
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Fill replaces the question marks of a statement, outside of quotes and
// comments, with literals of values.
func Fill(query string, values []any) (string, error) {
	var out strings.Builder
	used := 0
	for i := 0; i < len(query); {
		n := skipped(query[i:])
		switch {
		case n > 0:
			out.WriteString(query[i : i+n])
			i += n
			continue
		case query[i] != '?':
			out.WriteByte(query[i])
			i++
			continue
		case used == len(values):
			return "", fmt.Errorf("the statement has more placeholders than the %d values given", len(values))
		}
		literal, err := Literal(values[used])
		if err != nil {
			return "", fmt.Errorf("value %d: %w", used+1, err)
		}
		out.WriteString(literal)
		used++
		i++
	}
	if used != len(values) {
		return "", fmt.Errorf("the statement has %d placeholders, %d values were given", used, len(values))
	}
	return out.String(), nil
}

// skipped gives the length of the quoted text or comment at the start of s.
func skipped(s string) int {
	switch {
	case strings.HasPrefix(s, "--"):
		return until(s, 2, "\n")
	case strings.HasPrefix(s, "/*"):
		return until(s, 2, "*/")
	case s[0] == '`':
		return until(s, 1, "`")
	case s[0] == '\'', s[0] == '"':
		for i := 1; i < len(s); i++ {
			switch s[i] {
			case '\\':
				i++
			case s[0]:
				return i + 1
			}
		}
		return len(s)
	}
	return 0
}

// until gives the length of s up to and with the first end at or after from.
func until(s string, from int, end string) int {
	if i := strings.Index(s[from:], end); i >= 0 {
		return from + i + len(end)
	}
	return len(s)
}

// Literal writes a value the way HiveQL and Spark SQL read it.
func Literal(value any) (string, error) {
	switch v := value.(type) {
	case nil:
		return "NULL", nil
	case bool:
		return strings.ToUpper(strconv.FormatBool(v)), nil
	case int64:
		return number(strconv.FormatInt(v, 10)), nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return "", fmt.Errorf("%v is no number", v)
		}
		return "CAST('" + strconv.FormatFloat(v, 'g', -1, 64) + "' AS DOUBLE)", nil
	case string:
		return text(v), nil
	case []byte:
		return "unhex('" + hex.EncodeToString(v) + "')", nil
	case time.Time:
		return "CAST('" + v.Format("2006-01-02 15:04:05.999999999") + "' AS TIMESTAMP)", nil
	}
	return "", fmt.Errorf("values of type %T have no literal", value)
}

// number keeps a sign from meeting another one, which would be a comment.
func number(digits string) string {
	if strings.HasPrefix(digits, "-") {
		return "(" + digits + ")"
	}
	return digits
}

// text quotes what needs no escapes. How escapes are read depends on a setting
// of the session, and variables such as ${env:HOME} are replaced even inside
// quotes: everything else goes as digits.
func text(s string) string {
	for _, r := range s {
		if r < ' ' || r == 0x7f || r == 0xfffd || strings.ContainsRune("'\"`\\$;", r) {
			return "decode(unhex('" + hex.EncodeToString([]byte(s)) + "'), 'UTF-8')"
		}
	}
	return "'" + s + "'"
}
