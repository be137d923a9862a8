package profiles_test

import (
	"os"
	"path/filepath"
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
