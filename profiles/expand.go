package profiles

import (
	"fmt"
	"regexp"
	"strings"
)

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,127}$`)

// expand replaces ${VAR} by the variable's value; $${ stands for a literal ${.
// Values are not expanded again. The second result tells what is wrong, each
// as the end of a sentence; it holds names of variables, never values.
func expand(s string, getenv func(string) (string, bool)) (expanded string, problems []string) {
	var b strings.Builder
	for {
		i := strings.Index(s, "${")
		if i < 0 {
			b.WriteString(s)
			return b.String(), problems
		}
		if i > 0 && s[i-1] == '$' {
			b.WriteString(s[:i-1])
			b.WriteString("${")
			s = s[i+2:]
			continue
		}
		b.WriteString(s[:i])
		name, rest, ok := strings.Cut(s[i+2:], "}")
		if !ok {
			return "", append(problems, `has a "${" without "}"; write "$${" for a literal "${"`)
		}
		value, set := getenv(name)
		switch {
		case !variableName.MatchString(name):
			problems = append(problems, `has a "${…}" that is not the name of an environment variable: letters, digits and "_"`)
		case !set:
			problems = append(problems, fmt.Sprintf("needs the environment variable %s, which is not set", name))
		case value == "":
			problems = append(problems, fmt.Sprintf("needs the environment variable %s, which is empty", name))
		}
		b.WriteString(value)
		s = rest
	}
}
