package web

// Setting is a setting of the process as it took effect. Its Value is shown to
// everybody who sees the dashboard: of a Secret it is never the value itself,
// only "set" or "not set".
type Setting struct {
	Name     string // as in docs/configuration.md: "--listen", "CLUSTER_SECRET"
	Variable string // that may set it besides; may be empty
	Value    string
	Source   string // "flag", "environment", "demonstration" or "default"
	Secret   bool
}

// The values of a secret setting.
const (
	SecretSet    = "set"
	SecretNotSet = "not set"
)

// shown is what pages may know of a setting: a secret with any other value than
// those two is taken as set.
func (s Setting) shown() Setting {
	if s.Secret && s.Value != SecretNotSet {
		s.Value = SecretSet
	}
	return s
}
