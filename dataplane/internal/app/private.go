package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/podium-cloud/podium/dataplane/engine"
)

// A data plane that runs has its folder for itself. It serves a socket in it, to whoever may write to the folder, for what the
// other subcommands do to a data plane that is stopped.

const (
	socketName = "private.sock"
	// longestSocket is how long the path of a socket may be on all systems.
	longestSocket = 100
	// doneTrailer follows an export that is complete.
	doneTrailer = "Podium-Exported"
)

// socketIn names the socket of a folder in a way that is short enough. done gives back what that takes.
func socketIn(folder string) (path string, done func(), err error) {
	if path = filepath.Join(folder, socketName); len(path) <= longestSocket {
		return path, func() {}, nil
	}
	if runtime.GOOS != "linux" {
		return "", nil, fmt.Errorf("the path of %s is too long for a socket", path)
	}
	dir, err := os.Open(folder)
	if err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), socketName), func() { _ = dir.Close() }, nil
}

// servePrivate serves the socket of the folder until ctx ends. A data plane that shares its store has none: others open it
// beside its nodes.
func (s *server) servePrivate(ctx context.Context, running *sync.WaitGroup) error {
	if s.folder == nil {
		return nil
	}
	path, done, err := socketIn(s.folder.path)
	if err != nil {
		s.log.WarnContext(ctx, "it can only be exported when it is stopped", "error", err)
		return nil
	}
	_ = os.Remove(filepath.Join(s.folder.path, socketName)) // of a process that was killed; the folder is locked
	l, err := new(net.ListenConfig).Listen(ctx, "unix", path)
	if err == nil {
		err = os.Chmod(filepath.Join(s.folder.path, socketName), 0o600)
	}
	if err != nil {
		done()
		return fmt.Errorf("serve the folder's socket: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /export", s.privateExport)
	mux.HandleFunc("POST /lift-fence", func(w http.ResponseWriter, r *http.Request) {
		if err := s.engine.LiftFence(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: headerTimeout, BaseContext: func(net.Listener) context.Context { return ctx }}
	running.Go(func() {
		defer done()
		_ = srv.Serve(l) // until it is closed
	})
	running.Go(func() {
		<-ctx.Done()
		_ = srv.Close() // an export that is under way is cut off, and its reader notices
	})
	return nil
}

func (s *server) privateExport(w http.ResponseWriter, r *http.Request) {
	recipient, err := io.ReadAll(io.LimitReader(r.Body, 1<<10))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	from := exporting{snapshot: s.engine.Snapshot, clusterID: s.id, payloads: s.beside}
	if from.secretKey, err = s.secretKey(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Trailer", doneTrailer)
	done, err := from.write(r.Context(), string(recipient), w)
	if err != nil {
		s.log.ErrorContext(r.Context(), "the export failed", "error", err)
		panic(http.ErrAbortHandler) // the reader must not take it for whole
	}
	text, _ := json.Marshal(done) // numbers and a time
	w.Header().Set(doneTrailer, string(text))
}

// callRunning calls the data plane that runs in a folder.
func callRunning(ctx context.Context, folder, path, body string) (*http.Response, error) {
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			socket, done, err := socketIn(folder)
			if err != nil {
				return nil, err
			}
			defer done()
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		},
	}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://data-plane"+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("call the data plane that runs in %s: %w", folder, err)
	}
	if res.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 500))
		return nil, errors.Join(fmt.Errorf("the data plane that runs in %s: %s", folder, strings.TrimSpace(string(text))), res.Body.Close())
	}
	return res, nil
}

// exportRunning has the data plane that runs in a folder write its export.
func exportRunning(ctx context.Context, folder, recipient string, out io.Writer) (done exported, err error) {
	res, err := callRunning(ctx, folder, "/export", recipient)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	if _, err := io.Copy(out, res.Body); err != nil {
		return done, fmt.Errorf("the export broke off: %w", err)
	}
	if err := json.Unmarshal([]byte(res.Trailer.Get(doneTrailer)), &done); err != nil {
		return done, errors.New("the export broke off")
	}
	return done, nil
}

// liftFence lifts the fence of a data plane, whether it runs or not.
func (p Process) liftFence(ctx context.Context, args []string) (err error) {
	c, err := p.program().ParseFence(args, p.Env, p.Stderr)
	if err != nil {
		return err
	}
	s, release, err := p.openStore(ctx, c, true)
	if errors.Is(err, errInUse) {
		res, err := callRunning(ctx, c.Data, "/lift-fence", "")
		if err != nil {
			return err
		}
		return res.Body.Close()
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	return engine.DropFence(ctx, s)
}
