package profiles_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lasso-rpc/lasso/profiles"
)

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func names(sources []profiles.Source) string {
	var list []string
	for _, s := range sources {
		list = append(list, filepath.Base(s.Name))
	}
	return strings.Join(list, " ")
}

func TestReadDir(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"b.yml", "a.yaml", ".hidden.yml", "_draft.yml", "notes.txt", "x.yml~"} {
		write(t, dir, name, "name: "+name)
	}
	if err := os.Mkdir(filepath.Join(dir, "dir.yml"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("b.yml", filepath.Join(dir, "c.yml")); err != nil {
		t.Fatal(err)
	}
	got, err := profiles.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if want := "a.yaml b.yml c.yml"; names(got) != want {
		t.Errorf("got %s, want %s", names(got), want)
	}
	if string(got[2].Data) != "name: b.yml" || got[0].Name != filepath.Join(dir, "a.yaml") {
		t.Errorf("got %s with %q", got[0].Name, got[2].Data)
	}
	if _, err := profiles.ReadDir(filepath.Join(dir, "none")); err == nil {
		t.Error("a directory that is not there gave no error")
	}
	if err := os.Symlink("gone.yml", filepath.Join(dir, "d.yml")); err != nil {
		t.Fatal(err)
	}
	if _, err := profiles.ReadDir(dir); err == nil || !strings.Contains(err.Error(), "d.yml") {
		t.Errorf("a dangling link gave %v", err)
	}
}

func TestReadPaths(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "one.txt", "x")
	write(t, dir, "two.yml", "y")
	got, err := profiles.ReadPaths(filepath.Join(dir, "one.txt"), dir)
	if err != nil {
		t.Fatal(err)
	}
	if want := "one.txt two.yml"; names(got) != want {
		t.Errorf("got %s, want %s", names(got), want)
	}
	if _, err := profiles.ReadPaths(filepath.Join(dir, "none.yml")); err == nil {
		t.Error("a file that is not there gave no error")
	}
}

// TestLoadPathsReportsAll checks that what can not be read hides no mistake in
// what can, and that nothing in a directory makes the reader wait.
func TestLoadPathsReportsAll(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "bad.yml", "nam: x\n")
	for link, target := range map[string]string{"gone.yml": "nowhere", "loop.yml": "loop.yml"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	socket, err := new(net.ListenConfig).Listen(t.Context(), "unix", filepath.Join(dir, "s.yml"))
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	empty := t.TempDir()

	c, files, err := profiles.LoadPaths([]string{filepath.Join(dir, "none.yml"), dir, empty}, nil, loadedAt)
	ps, ok := errors.AsType[profiles.Problems](err)
	if c != nil || !ok || files != 1 {
		t.Fatalf("got catalog %v, %d files read, error %v", c != nil, files, err)
	}
	got := strings.NewReplacer(dir, "DIR", empty, "EMPTY").Replace(ps.Error())
	want := []string{
		`DIR/bad.yml:1:1: key "chains" is missing in the profile`,
		`DIR/bad.yml:1:1: unknown key "nam" in the profile; did you mean "name"?`,
		`DIR/gone.yml: can not be read: no such file or directory`,
		`DIR/loop.yml: can not be read: too many levels of symbolic links`,
		`DIR/none.yml: can not be read: no such file or directory`,
		`DIR/s.yml: is not a file: a pipe, socket or device can not be a profile`,
		`EMPTY: no profile was found; a profile is a file that ends in .yml or .yaml`,
	}
	if sorted := sortedLines(got); sorted != sortedLines(strings.Join(want, "\n")) {
		t.Errorf("got:\n%s\nwant:\n%s", sorted, strings.Join(want, "\n"))
	}

	write(t, empty, "good.yml", minimal)
	if c, files, err := profiles.LoadPaths([]string{empty}, nil, loadedAt); err != nil || files != 1 || len(c.Profiles) != 1 {
		t.Errorf("a good directory: got catalog %v, %d files, error %v", c, files, err)
	}
	if _, err := profiles.ReadDir(filepath.Join(dir, "none")); err == nil || err.Error() != filepath.Join(dir, "none")+": can not be read: no such file or directory" {
		t.Errorf("a directory that is not there: got %v", err)
	}
}

func sortedLines(s string) string {
	lines := strings.Split(s, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
