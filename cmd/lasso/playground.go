package main

import (
	"github.com/lasso-rpc/lasso"
	"github.com/lasso-rpc/lasso/proxy/methods"
	"github.com/lasso-rpc/lasso/web"
)

// methodTable tells the playground what the router knows of methods.
type methodTable struct{}

// Method implements [web.Methods].
func (methodTable) Method(name string) lasso.MethodInfo {
	m := methods.Lookup([]byte(name))
	info := methodInfo(m)
	info.Name = name
	return info
}

// Methods implements [web.Methods].
func (methodTable) Methods() []lasso.MethodInfo {
	all := methods.All()
	list := make([]lasso.MethodInfo, 0, len(all))
	for _, m := range all {
		list = append(list, methodInfo(m))
	}
	return list
}

func methodInfo(m *methods.Method) lasso.MethodInfo {
	info := lasso.MethodInfo{
		Name: m.Name, Category: m.Category, Meaning: m.Safety.Explain(),
	}
	switch m.Safety {
	case methods.ReplaySafe, methods.Local, methods.UnknownRead:
		info.Read = true
	case methods.Subscription, methods.Keystore:
		info.Refused = true
	case methods.Broadcast, methods.FilterCreate, methods.FilterUse, methods.UnknownWrite:
	}
	return info
}

// playgroundMode resolves --playground; what it does by default depends on the
// command.
func (f *nodeFlags) playgroundMode(byDefault web.PlaygroundMode) web.PlaygroundMode {
	switch f.Playground {
	case "off":
		return web.PlaygroundOff
	case "read":
		return web.PlaygroundRead
	case "full":
		return web.PlaygroundFull
	}
	return byDefault
}
