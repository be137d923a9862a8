package lasso

// MethodInfo is what is known of a JSON-RPC method.
type MethodInfo struct {
	Name     string
	Category string // one of the names that profiles use, or "unknown"
	Meaning  string // one sentence about what happens to such calls
	Read     bool   // it changes nothing anywhere: any number of providers may be asked, any number of times
	Refused  bool   // no caller over HTTP gets it
}
