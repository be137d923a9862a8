package lasso

// Category says what an answer, or its absence, means. It is a closed set, so
// it is safe as a metric label.
type Category uint8

// The categories. OK is a result; the groups below it are described at
// [Category.Answered] and [Category.Fault].
const (
	OK Category = iota

	// Application errors: any correct provider would answer the same.
	ParseError
	InvalidRequest
	InvalidParams
	ExecutionRevert
	UserError
	ClientError
	Unclassified // a plain -32000 with no known text

	// This provider can not or will not answer; another may. Not its fault.
	RateLimit
	MethodNotFound
	CapabilityViolation
	RequiresArchival
	BlockNotAvailable

	// Faults of the provider or of the way to it.
	NetworkError
	ServerError
	InternalError
	AuthError
	Timeout
	InvalidResponse
	MethodError
	ChainError
	UnknownError

	// Faults of nobody upstream.
	Canceled      // the caller left, or another attempt won
	NoProvider    // no candidate could be tried
	LocalCapacity // a limit of this node

	categoryCount
)

var categoryNames = [categoryCount]string{ //nolint:gochecknoglobals // a table, never written
	"ok", "parse_error", "invalid_request", "invalid_params", "execution_revert", "user_error", "client_error",
	"unclassified_server_error", "rate_limit", "method_not_found", "capability_violation", "requires_archival",
	"block_not_available", "network_error", "server_error", "internal_error", "auth_error", "timeout",
	"invalid_response", "method_error", "chain_error", "unknown_error", "canceled", "no_provider", "local_capacity",
}

// Categories lists all categories but OK.
func Categories() []Category {
	all := make([]Category, 0, categoryCount-1)
	for c := OK + 1; c < categoryCount; c++ {
		all = append(all, c)
	}
	return all
}

// String returns the snake-case name, such as "rate_limit".
func (c Category) String() string {
	if c < categoryCount {
		return categoryNames[c]
	}
	return "unknown_error"
}

// MarshalText implements encoding.TextMarshaler.
func (c Category) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads the name that String writes. A name of a newer version is
// UnknownError.
func (c *Category) UnmarshalText(text []byte) error {
	var ok bool
	if *c, ok = ParseCategory(string(text)); !ok {
		*c = UnknownError
	}
	return nil
}

// ParseCategory reads the name that String writes.
func ParseCategory(s string) (Category, bool) {
	for c := range categoryCount {
		if categoryNames[c] == s {
			return c, true
		}
	}
	return OK, false
}

// Answered reports whether the caller got what a correct provider would give:
// a result, or an error that is a property of the call itself, such as a
// revert. Success rates count these.
func (c Category) Answered() bool { return c <= Unclassified }

// Fault reports whether the outcome counts against the provider: it opens
// breakers and lowers its reliability.
func (c Category) Fault() bool { return c >= NetworkError && c <= UnknownError }

// Elsewhere reports whether another provider may well answer differently.
func (c Category) Elsewhere() bool { return c >= RateLimit && c <= UnknownError }
