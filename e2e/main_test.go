package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// env is what the tests share: two binaries and a sealed chain. TestMain writes
// it before any test runs.
var env struct {
	geth  string // path of the geth binary
	lasso string // path of the router under test
	chain *chain
}

func TestMain(m *testing.M) { os.Exit(runTests(m)) }

func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "lasso-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	if err := prepare(dir); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	return m.Run()
}

// prepare builds both binaries and seals the chain inside dir.
func prepare(dir string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 25*time.Minute)
	defer cancel()

	env.lasso = filepath.Join(dir, "lasso")
	args := []string{"build", "-o", env.lasso}
	if raceEnabled {
		args = append(args, "-race")
	}
	if err := command(ctx, "..", "go", append(args, "./cmd/lasso")...); err != nil {
		return fmt.Errorf("build lasso: %w", err)
	}

	env.geth = os.Getenv("LASSO_E2E_GETH")
	if env.geth == "" {
		env.geth = filepath.Join(dir, "geth")
		if err := command(ctx, ".", "go", "build", "-o", env.geth, "github.com/ethereum/go-ethereum/cmd/geth"); err != nil {
			return fmt.Errorf("build geth: %w", err)
		}
	}

	var err error
	if env.chain, err = sealChain(ctx, env.geth, filepath.Join(dir, "chain")); err != nil {
		return fmt.Errorf("seal chain: %w", err)
	}
	return nil
}

// command runs a program in dir and puts its output into the error.
func command(ctx context.Context, dir, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}
