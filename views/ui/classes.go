package ui

// Class names are written in full, here and in the templates: the style
// sheet's compiler keeps only what it can read.

type statusClasses struct{ icon, word, badge, banner, cell, href string }

func (s Status) classes() statusClasses {
	switch s {
	case CircuitOpen:
		return statusClasses{"s st-open", "stw st-open", "badge st-open", "banner b-open", "k-open", "#s-open"}
	case RateLimited:
		return statusClasses{"s st-rate", "stw st-rate", "badge st-rate", "banner b-rate", "k-rate", "#s-rate"}
	case TestingRecovery:
		return statusClasses{"s st-test", "stw st-test", "badge st-test", "banner b-test", "k-test", "#s-test"}
	case Recovering:
		return statusClasses{"s st-recov", "stw st-recov", "badge st-recov", "banner b-recov", "k-recov", "#s-recov"}
	case Degraded:
		return statusClasses{"s st-degr", "stw st-degr", "badge st-degr", "banner b-degr", "k-degr", "#s-degr"}
	case Lagging:
		return statusClasses{"s st-lag", "stw st-lag", "badge st-lag", "banner b-lag", "k-lag", "#s-lag"}
	case Healthy:
		return statusClasses{"s st-ok", "stw st-ok", "badge st-ok", "banner b-ok", "k-ok", "#s-ok"}
	case Drained:
		return statusClasses{"s st-drain", "stw st-drain", "badge st-drain", "banner b-unk", "k-drain", "#s-drain"}
	case Unknown:
	}
	return statusClasses{"s st-unk", "stw st-unk", "badge st-unk", "banner b-unk", "k-unk", "#s-unk"}
}

func (s Status) iconClass() string  { return s.classes().icon }
func (s Status) wordClass() string  { return s.classes().word }
func (s Status) badgeClass() string { return s.classes().badge }
func (s Status) href() string       { return s.classes().href }

// BannerClass is the class of a banner with the status's tint.
func (s Status) BannerClass() string { return s.classes().banner }

// TextClass is the class that gives text the status's colour.
func (s Status) TextClass() string {
	switch s {
	case CircuitOpen:
		return "st-open"
	case RateLimited:
		return "st-rate"
	case TestingRecovery:
		return "st-test"
	case Recovering:
		return "st-recov"
	case Degraded:
		return "st-degr"
	case Lagging:
		return "st-lag"
	case Healthy:
		return "st-ok"
	case Drained:
		return "st-drain"
	case Unknown:
	}
	return "st-unk"
}

// Word returns the word shown to people.
func (c Circuit) Word() string {
	switch c {
	case HalfOpen:
		return "Half-open"
	case Open:
		return "Open"
	case Closed:
	}
	return "Closed"
}

func (c Circuit) class() string {
	switch c {
	case HalfOpen:
		return "brk st-test"
	case Open:
		return "brk st-open"
	case Closed:
	}
	return "brk st-ok"
}

func (c Circuit) lever() string {
	switch c {
	case HalfOpen:
		return "M4 8L23 4.2"
	case Open:
		return "M4 8L20.5 1.5"
	case Closed:
	}
	return "M4 8H24"
}

func (c Circuit) leverClass() string {
	if c == HalfOpen {
		return "lever-half"
	}
	return "lever"
}
