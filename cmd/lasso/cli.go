package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/lasso-rpc/lasso"
)

// cli is the command line. Flags beat the environment, which beats defaults.
type cli struct {
	Serve   serveCmd   `cmd:"" default:"withargs" help:"Route JSON-RPC calls and show the dashboard (the default command)."`
	Demo    demoCmd    `cmd:"" help:"Serve simulated chains and providers with background traffic; needs no internet."`
	Check   checkCmd   `cmd:"" help:"Check profile files and report every mistake with its line and column."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

// nodeFlags are common to the commands that serve.
type nodeFlags struct {
	Listen           string `env:"LASSO_LISTEN" placeholder:"ADDR" help:"Address to listen on, HOST:PORT; a port alone means all addresses. Default 127.0.0.1:4000, or 0.0.0.0:$$PORT where PORT is set."`
	NodeID           string `env:"LASSO_NODE_ID" placeholder:"NAME" help:"Name of this node. Default: the host name, with -PORT when the port is not 4000."`
	Region           string `env:"LASSO_REGION" placeholder:"NAME" help:"What the dashboard groups by. Default: the node id."`
	LogLevel         string `env:"LASSO_LOG_LEVEL" default:"info" enum:"debug,info,warn,error" help:"Least level that is logged: ${enum}."`
	LogFormat        string `env:"LASSO_LOG_FORMAT" default:"text" enum:"text,json" help:"Form of the log: ${enum}."`
	MaxBatch         int    `env:"LASSO_MAX_BATCH" default:"50" placeholder:"N" help:"Members a JSON-RPC batch may have (${default})."`
	MaxInflightBytes int64  `env:"LASSO_MAX_INFLIGHT_BYTES" default:"134217728" placeholder:"BYTES" help:"Request bodies held at once, in bytes (${default})."`
}

type versionCmd struct{}

func (versionCmd) Run(s streams) error {
	_, err := fmt.Fprintln(s.out, "lasso", version())
	return err
}

const description = `Routes EVM JSON-RPC calls to the best of several providers, and shows what every provider does on a live page.

Try it:            lasso demo
Your own nodes:    lasso serve https://eth.example.com https://eth.example.org
With profiles:     lasso serve --profiles ./profiles`

// errShown means that the message has been written already.
var errShown = exitError(2)

// run parses the arguments and runs the command until it ends or ctx does.
func run(ctx context.Context, args []string, out, errs io.Writer) error {
	var c cli
	exited := -1
	parser, err := kong.New(&c,
		kong.Name("lasso"), kong.Description(description), kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Writers(out, errs), kong.Exit(func(code int) { exited = code }),
		kong.Bind(streams{out: out, err: errs}), kong.BindTo(ctx, (*context.Context)(nil)),
	)
	if err != nil {
		return fmt.Errorf("build the command line: %w", err)
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 { // --help has been printed
		if exited == 0 {
			return nil
		}
		return exitError(exited)
	}
	if err != nil {
		if _, ok := errors.AsType[*kong.ParseError](err); ok {
			fmt.Fprintf(errs, "lasso: %v\nRun \"lasso --help\" for what there is.\n", err)
			return errShown
		}
		return err
	}
	return parsed.Run()
}

// listenAddress resolves --listen, LASSO_LISTEN and PORT.
func (f *nodeFlags) listenAddress() (string, error) {
	addr := f.Listen
	if addr == "" {
		if port := os.Getenv("PORT"); port != "" {
			addr = port
		} else {
			addr = "127.0.0.1:4000"
		}
	}
	if _, err := strconv.ParseUint(addr, 10, 16); err == nil {
		addr = "0.0.0.0:" + addr
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", fmt.Errorf("listen address %q: want HOST:PORT or PORT", addr)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", fmt.Errorf("listen address %q: %q is not a port", addr, port)
	}
	return net.JoinHostPort(host, port), nil
}

// nodeID is the given name, or the host's with the port that was bound.
func (f *nodeFlags) nodeID(bound net.Addr) (lasso.NodeID, error) {
	if f.NodeID != "" {
		return lasso.NodeID(f.NodeID), nil
	}
	host, err := os.Hostname()
	if err != nil {
		return "", fmt.Errorf("read the host name (set LASSO_NODE_ID instead): %w", err)
	}
	if _, port, err := net.SplitHostPort(bound.String()); err == nil && port != "4000" {
		host += "-" + port
	}
	return lasso.NodeID(host), nil
}

func (f *nodeFlags) logger(w io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(f.LogLevel)); err != nil {
		return nil, fmt.Errorf("log level %q: %w", f.LogLevel, err)
	}
	options := &slog.HandlerOptions{Level: level}
	if strings.EqualFold(f.LogFormat, "json") {
		return slog.New(slog.NewJSONHandler(w, options)), nil
	}
	return slog.New(slog.NewTextHandler(w, options)), nil
}

// loopback is the address by which this process reaches its own listener.
func loopback(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
