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
	"github.com/lasso-rpc/lasso/web"
)

// cli is the command line. Flags beat the environment, which beats defaults.
type cli struct {
	Serve   serveCmd   `cmd:"" default:"withargs" help:"Route JSON-RPC calls and show the dashboard (the default command)."`
	Demo    demoCmd    `cmd:"" help:"Serve simulated chains and providers with background traffic; needs no internet."`
	Check   checkCmd   `cmd:"" help:"Check profile files and report every mistake with its line and column."`
	Version versionCmd `cmd:"" help:"Print the version."`

	ShowVersion kong.VersionFlag `name:"version" help:"Print the version."`
}

// nodeFlags are common to the commands that serve.
type nodeFlags struct {
	Listen           string `variable:"LASSO_LISTEN" placeholder:"ADDR" help:"Address to listen on, HOST:PORT; a port alone means all addresses. Default 127.0.0.1:4000, or 0.0.0.0:$$PORT where PORT is set."`
	NodeID           string `variable:"LASSO_NODE_ID" placeholder:"NAME" help:"Name of this node. Default: the host name, with -PORT when the port is not 4000."`
	Region           string `variable:"LASSO_REGION" placeholder:"NAME" help:"What the dashboard groups by. Default: the node id."`
	LogLevel         string `variable:"LASSO_LOG_LEVEL" default:"info" enum:"debug,info,warn,error" help:"Least level that is logged: ${enum}."`
	LogFormat        string `variable:"LASSO_LOG_FORMAT" default:"text" enum:"text,json" help:"Form of the log: ${enum}."`
	MaxBatch         int    `variable:"LASSO_MAX_BATCH" default:"50" placeholder:"N" help:"Members a JSON-RPC batch may have (${default})."`
	MaxInflightBytes int64  `variable:"LASSO_MAX_INFLIGHT_BYTES" default:"134217728" placeholder:"BYTES" help:"Request bodies held at once, in bytes (${default})."`
	PathPrefix       string `variable:"LASSO_PATH_PREFIX" placeholder:"PATH" help:"What stands before every path where a proxy serves Lasso below one, such as /lasso."`
	PublicURL        string `variable:"LASSO_PUBLIC_URL" placeholder:"URL" help:"Address under which operators reach this node's dashboard, such as https://lasso.example.com; the other nodes' pages lead to it. Default: none."`
	TrustedProxies   string `variable:"LASSO_TRUSTED_PROXIES" placeholder:"LIST" help:"Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed: addresses and prefixes such as 10.0.0.0/8, and the words loopback and private, with commas. Default: none."`
	Development      bool   `kong:"-"` // set by the demonstration
	Playground       string `variable:"LASSO_PLAYGROUND" default:"auto" enum:"auto,off,read,full" help:"What the dashboard's playground may send: ${enum}. auto is full in the demonstration, else read."`
	AdminTokenFile   string `variable:"LASSO_ADMIN_TOKEN_FILE" secret:"" placeholder:"FILE" help:"File with the token that operators sign in with, one word of 16 to 256 bytes; $$LASSO_ADMIN_TOKEN may hold it instead. Default: none, and nobody can drain a provider or force its breaker."`
	AdminToken       string `kong:"-"` // set by the demonstration

	Effective []web.Setting `kong:"-"` // all settings of the command, for the dashboard
}

type versionCmd struct{}

func (versionCmd) Run(s streams) error {
	_, err := fmt.Fprintln(s.out, "lasso", version())
	return err
}

const description = `Routes EVM JSON-RPC calls to the best of several providers, and shows what every provider does on a live page.

  Try it:          lasso demo
  Your own nodes:  lasso serve https://eth.example.com https://eth.example.org
  With profiles:   lasso serve --profiles ./profiles
  Check profiles:  lasso check ./profiles`

// errShown means that the message has been written already.
var errShown = exitError(2)

// newParser builds the command line. The writers are for --help and --version,
// which call exit.
func newParser(c *cli, given variables, out, errs io.Writer, exit func(code int)) (*kong.Kong, error) {
	parser, err := kong.New(c,
		kong.Name("lasso"), kong.Description(description), kong.Vars{"version": "lasso " + version()},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}), kong.ValueFormatter(describe),
		kong.Writers(out, errs), kong.Exit(exit), kong.Resolvers(given), kong.Bind(streams{out: out, err: errs}, given),
	)
	if err != nil {
		return nil, fmt.Errorf("build the command line: %w", err)
	}
	return parser, nil
}

// run parses the arguments and runs the command until it ends or ctx does.
func run(ctx context.Context, args []string, out, errs io.Writer) error {
	var (
		c      cli
		given  = variables{}
		exited = -1
	)
	parser, err := newParser(&c, given, out, errs, func(code int) { exited = code })
	if err != nil {
		return err
	}
	parsed, err := parser.Parse(args)
	switch {
	case exited == 0: // --help or --version has been printed
		return nil
	case exited > 0:
		return exitError(exited)
	case err == nil:
		parsed.BindTo(ctx, (*context.Context)(nil))
		c.Serve.Effective = effective(parsed, given)
		c.Demo.Effective = c.Serve.Effective
		err = parsed.Run()
	}
	_, badArguments := errors.AsType[*kong.ParseError](err)
	_, badValues := errors.AsType[usageError](err)
	if !badArguments && !badValues {
		return err
	}
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintln(errs, "lasso:", given.blame(strings.TrimSpace(line)))
	}
	fmt.Fprintln(errs, `Run "lasso --help", or "lasso COMMAND --help", for what there is.`)
	return errShown
}

// listenAddress resolves --listen, LASSO_LISTEN and PORT. The error is a
// [usageError].
func (f *nodeFlags) listenAddress() (string, error) {
	addr := f.Listen
	if addr == "" {
		port := os.Getenv("PORT")
		if port == "" {
			return "127.0.0.1:4000", nil
		}
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return "", usage("PORT: must be a number from 0 to 65535, not %q", port)
		}
		addr = port
	}
	if _, err := strconv.ParseUint(addr, 10, 16); err == nil {
		addr = "0.0.0.0:" + addr
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", usage("--listen: must be HOST:PORT, [IPv6]:PORT or a port, not %q", addr)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", usage("--listen: the port must be a number from 0 to 65535, not %q", port)
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
