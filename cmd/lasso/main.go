// Command lasso routes EVM JSON-RPC calls to the best of several providers and
// shows what it does on a live page. See README.md.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(start()) }

// start runs the command with a context that the first SIGINT or SIGTERM ends.
// A second one ends the process at once.
func start() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // gives the second signal its default effect back
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	var code exitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	}
	fmt.Fprintln(os.Stderr, "lasso:", err)
	return 1
}

// exitError ends the process with a code and without a further message.
type exitError int

func (c exitError) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// streams are where a command writes: what was asked for, and the rest.
type streams struct{ out, err io.Writer }
