package profiles

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// settle is how long a directory must be quiet before it is read: an
	// editor or a deployment writes several files, or one file in steps.
	settle = 250 * time.Millisecond
	// rewatch is how often a directory that cannot be watched is tried again.
	rewatch = 2 * time.Second
)

// Watcher asks for a reload when the profile directory changes or a signal
// arrives. It watches the directory and not its files, so it sees editors that
// replace a file and the ..data link that Kubernetes swaps. A change of a file
// that a link in the directory leads to is not seen: send the signal.
type Watcher struct {
	dir     string
	signals <-chan os.Signal
	reload  func()
	log     *slog.Logger
}

// NewWatcher makes a watcher of dir; with an empty dir it heeds signals only.
// signals may be nil. reload is called from one goroutine, that of
// [Watcher.Run].
func NewWatcher(dir string, signals <-chan os.Signal, reload func(), log *slog.Logger) *Watcher {
	return &Watcher{dir: dir, signals: signals, reload: reload, log: log}
}

// Run watches until ctx ends and then returns nil. A directory that cannot be
// watched, or that went away, is logged and tried again every two seconds;
// signals work meanwhile. The error tells that the system offers no file
// notification at all.
func (w *Watcher) Run(ctx context.Context) (err error) {
	if w.dir == "" {
		w.loop(ctx, nil)
		return nil
	}
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch profile directory: %w", err)
	}
	defer func() {
		if cerr := notify.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("stop watching profile directory: %w", cerr)
		}
	}()
	w.loop(ctx, notify)
	return nil
}

// loop heeds signals, file changes, and two timers: one that ends a quiet
// period and one that tries a lost directory again.
func (w *Watcher) loop(ctx context.Context, notify *fsnotify.Watcher) {
	var (
		signals = w.signals
		events  chan fsnotify.Event
		errs    chan error
		quiet   = stoppedTimer()
		retry   = stoppedTimer()
	)
	defer quiet.Stop()
	defer retry.Stop()
	if notify != nil {
		events, errs = notify.Events, notify.Errors
		if !w.add(notify) {
			retry.Reset(rewatch)
		}
	}
	for {
		select {
		case <-ctx.Done():
			return
		case _, ok := <-signals:
			if !ok {
				signals = nil
				continue
			}
			quiet.Stop()
			w.reload()
		case e := <-events:
			switch {
			case w.gone(e):
				w.log.Warn("profile directory went away; the configuration in use stays", "dir", w.dir)
				retry.Reset(rewatch)
			case relevant(e):
				quiet.Reset(settle)
			}
		case err := <-errs:
			w.log.Warn("file notification", "dir", w.dir, "error", err)
			if errors.Is(err, fsnotify.ErrEventOverflow) {
				quiet.Reset(settle)
			}
		case <-quiet.C:
			w.reload()
		case <-retry.C:
			if !w.add(notify) {
				retry.Reset(rewatch)
				continue
			}
			quiet.Reset(settle)
		}
	}
}

// add starts the watch and reports whether it did.
func (w *Watcher) add(notify *fsnotify.Watcher) bool {
	if err := notify.Add(w.dir); err != nil {
		w.log.Warn("profile directory is not watched; a signal still reloads it", "dir", w.dir, "error", err)
		return false
	}
	return true
}

// gone reports whether the directory itself was removed or renamed, which ends
// the watch.
func (w *Watcher) gone(e fsnotify.Event) bool {
	return filepath.Clean(e.Name) == filepath.Clean(w.dir) && (e.Has(fsnotify.Remove) || e.Has(fsnotify.Rename))
}

// relevant reports whether an event may have changed what [ReadDir] returns;
// permissions may too.
func relevant(e fsnotify.Event) bool {
	name := filepath.Base(e.Name)
	return name == "..data" || isProfileName(name)
}

func stoppedTimer() *time.Timer {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}
