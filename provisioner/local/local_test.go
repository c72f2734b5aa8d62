package local

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/podium-cloud/podium/provisioner"
	"github.com/podium-cloud/podium/provisioner/cloudtest"
)

func TestNode_StartedAgainWhenItEnds(t *testing.T) {
	t.Parallel()
	for _, adopted := range []bool{false, true} {
		g := newGround(t)
		g.open(t)
		g.start(t, "c1")
		at := g.reserve(t, "c1")
		if adopted {
			g.Crash(t)
			g.Open(t, "c1")
		}
		for range 2 {
			who, err := ask(at)
			if err != nil {
				t.Fatal(err)
			}
			if err := syscall.Kill(who.PID, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			eventuallyOther(t, at, who.PID)
		}
	}
}

func TestNode_ThatEndsAtOnceIsGivenUp(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	g.open(t)
	g.launch(t, "broken")
	eventually(t, func() error {
		err := g.cloud.CheckNode(t.Context(), cloudtest.Spec("broken"), 0)
		if err == nil {
			t.Fatal("a node that never works is healthy")
		}
		if !provisioner.IsPermanent(err) {
			return err
		}
		contains(t, err, "this one never works")
		return nil
	})
}

func TestStopNode_KillsOneThatDoesNotListen(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	g.open(t)
	g.start(t, "stubborn")
	soon, cancel := context.WithCancel(t.Context())
	cancel() // no patience
	if err := g.cloud.StopNode(soon, cloudtest.Spec("stubborn"), 0); err != nil {
		t.Fatal(err)
	}
	for _, left := range g.Left(t) {
		if strings.HasPrefix(left, "process") {
			t.Fatalf("left: %s", left)
		}
	}
}

func TestJoinToken_IsForTheNodeAlone(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	g.open(t)
	g.start(t, "mute") // does not take its token
	path := filepath.Join(g.config.Dir, "mute", "join-token")
	fi, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if fi.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v", fi.Mode())
	}
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", g.state(t, "mute").PID))
	if err == nil && strings.Contains(string(b), g.Node().JoinToken) {
		t.Fatal("the token is on the command line")
	}
	if err := g.cloud.StopNode(t.Context(), cloudtest.Spec("mute"), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("the token is still there: %v", err)
	}
}

func TestAdopt_FindsANodeThatWasNotRecorded(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	g.open(t)
	g.start(t, "c1")
	s := g.state(t, "c1")
	pid := s.PID
	s.PID, s.Born = 0, ""
	g.save(t, "c1", s)
	g.Crash(t)
	g.Open(t, "c1")
	if now := g.state(t, "c1").PID; now != pid {
		t.Fatalf("recorded process %d, want %d", now, pid)
	}
	if err := g.cloud.CheckNode(t.Context(), cloudtest.Spec("c1"), 0); err != nil {
		t.Fatal(err)
	}
}

func TestAdopt_StartsANodeThatWasMeantToRun(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	g.open(t)
	at := g.reserve(t, "c1")
	s := g.state(t, "c1")
	s.Run, s.ControlPlaneURL = true, nobody
	g.save(t, "c1", s)
	g.Crash(t)
	g.Open(t, "c1")
	eventually(t, func() error { return g.cloud.CheckNode(t.Context(), cloudtest.Spec("c1"), 0) })
	if who, err := ask(at); err != nil || who.ClusterID != "c1" {
		t.Fatalf("at the endpoint: %+v, %v", who, err)
	}
}

func TestAdopt_RestartsANodeThatCallsElsewhere(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	g.open(t)
	g.start(t, "c1")
	at := g.reserve(t, "c1")
	before, err := ask(at)
	if err != nil {
		t.Fatal(err)
	}
	g.Crash(t)
	g.config.ControlPlaneURL = "http://moved.test"
	g.Open(t, "c1")
	if now := eventuallyOther(t, at, before.PID); now.ControlPlane != "http://moved.test" {
		t.Fatalf("calls %s", now.ControlPlane)
	}
}

func TestAdopt_LeavesAloneWhatIsNotACluster(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	g.open(t)
	precious := filepath.Join(g.config.Dir, "photos", "data", "precious")
	other := filepath.Join(g.config.Dir, "photos", "holiday.jpg")
	if err := os.MkdirAll(filepath.Dir(precious), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{precious, other} {
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	g.Open(t)
	for _, path := range []string{precious, other} {
		if _, err := os.Stat(path); err != nil {
			t.Fatal(err)
		}
	}
}

func TestProcess_OfTheSameIDIsNotTouched(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	g.open(t)
	g.start(t, "c1")
	if err := g.cloud.StopNode(t.Context(), cloudtest.Spec("c1"), 0); err != nil {
		t.Fatal(err)
	}
	stranger := exec.Command("sleep", "600")
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- stranger.Wait() }()
	t.Cleanup(func() { _ = stranger.Process.Kill(); <-ended })
	s := g.state(t, "c1")
	s.PID = stranger.Process.Pid // Born is that of the node
	g.save(t, "c1", s)
	g.Crash(t)
	g.Open(t)
	if len(g.Left(t)) > 0 {
		t.Fatalf("left: %v", g.Left(t))
	}
	select {
	case err := <-ended:
		t.Fatalf("the stranger was ended: %v", err)
	default:
	}
}

func TestClose_StopsWhatTheNextAdoptStartsAgain(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	g.open(t)
	g.start(t, "c1")
	g.start(t, "c2")
	at := g.reserve(t, "c1")
	if err := g.cloud.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, left := range g.Left(t) {
		if strings.HasPrefix(left, "process") {
			t.Fatalf("left: %s", left)
		}
	}
	contains(t, g.cloud.StartNode(t.Context(), cloudtest.Spec("c1"), g.Node()), "closed")
	g.Open(t, "c1", "c2")
	for _, id := range []string{"c1", "c2"} {
		eventually(t, func() error { return g.cloud.CheckNode(t.Context(), cloudtest.Spec(id), 0) })
	}
	if after := g.reserve(t, "c1"); after != at {
		t.Fatalf("the endpoint changed from %v to %v", at, after)
	}
}

func TestEndpoint_TakenByAnotherProgram(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	g.open(t)
	before := g.reserve(t, "c1")
	thief, err := net.Listen("tcp", strings.TrimPrefix(before.Console, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer thief.Close()
	contains(t, g.cloud.StartNode(t.Context(), cloudtest.Spec("c1"), g.Node()), "is used by another program")
	if after := g.reserve(t, "c1"); after == before {
		t.Fatal("the lost endpoint was kept")
	}
	g.start(t, "c1")
}

func TestEndpoint_LostWhileTheNodeWasDown(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	g.open(t)
	before := g.reserve(t, "c1")
	s := g.state(t, "c1")
	s.Run = true
	g.save(t, "c1", s)
	g.Crash(t)
	thief, err := net.Listen("tcp", strings.TrimPrefix(before.Console, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	g.Open(t, "c1") // keeps trying, and the endpoint stays what the owner knows
	eventually(t, func() error {
		err := g.cloud.CheckNode(t.Context(), cloudtest.Spec("c1"), 0)
		if err != nil && strings.Contains(err.Error(), "is used by another program") {
			return nil
		}
		return fmt.Errorf("CheckNode: %w", err)
	})
	if err := thief.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() error { return g.cloud.CheckNode(t.Context(), cloudtest.Spec("c1"), 0) })
	if after := g.reserve(t, "c1"); after != before {
		t.Fatalf("the endpoint changed from %v to %v", before, after)
	}
}

func TestEndpoint_NoneIsFree(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	g.config.LastPort = g.config.FirstPort
	g.open(t)
	g.reserve(t, "c1")
	contains(t, g.cloud.Ensure(t.Context(), cloudtest.Spec("c2"), provisioner.Endpoint), "no port from")
}

func TestCheckNode_TellsWhoAnswers(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	g.open(t)
	g.start(t, "c1")
	g.start(t, "c2")
	s := g.state(t, "c1")
	s.Port = g.state(t, "c2").Port
	g.save(t, "c1", s)
	contains(t, g.cloud.CheckNode(t.Context(), cloudtest.Spec("c1"), 0), "used by another data plane")
	s.Port = firstPort()
	g.save(t, "c1", s)
	contains(t, g.cloud.CheckNode(t.Context(), cloudtest.Spec("c1"), 0), "the data plane does not answer: dial tcp")
}

func TestCluster_IDIsChecked(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	g.open(t)
	for _, id := range []string{"", ".", "..", "../x", "a/b", "-a", strings.Repeat("a", 65)} {
		contains(t, g.cloud.Ensure(t.Context(), cloudtest.Spec(id), provisioner.Storage), "is not valid")
	}
}

func TestLog_IsPutAsideWhenItIsLarge(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	c := g.open(t)
	g.reserve(t, "c1")
	if err := os.WriteFile(c.path("c1", logName), make([]byte, maxLog+1), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := c.openLog("c1")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if fi, err := f.Stat(); err != nil || fi.Size() != 0 {
		t.Fatalf("the new log has %d bytes, %v", fi.Size(), err)
	}
	if fi, err := os.Stat(c.path("c1", oldLogName)); err != nil || fi.Size() != maxLog+1 {
		t.Fatalf("the old log: %v", err)
	}
}

func TestEnvironment_KeepsSecretsAway(t *testing.T) {
	t.Parallel()
	got := environment([]string{"PATH=/bin", "PODIUM_DATABASE_URL=postgres://u:p@h/d", "https_proxy=http://p", "AWS_SECRET_ACCESS_KEY=x"})
	if want := []string{"PATH=/bin", "https_proxy=http://p"}; !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
}

func TestNew_NamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	valid := newGround(t).config
	for field, change := range map[string]func(*Config){
		"Dir":          func(c *Config) { c.Dir = "" },
		"EdgeBinary":   func(c *Config) { c.EdgeBinary = filepath.Join(c.Dir, "missing") },
		"Logger":       func(c *Config) { c.Logger = nil },
		"FirstPort":    func(c *Config) { c.FirstPort, c.LastPort = 9, 8 },
		"Balancer":     func(c *Config) { c.Backing = &bank{} },
		"SharedBinary": func(c *Config) { c.Backing, c.Balancer = &bank{}, []string{"balance"} },
	} {
		c := valid
		change(&c)
		_, err := New(c)
		contains(t, err, field)
	}
}

// A node that was being started when the control plane was killed may show up after the next one has looked.
func TestLaunch_TakesUpANodeThatTurnsUpLate(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	g.open(t)
	g.reserve(t, "c1")
	s := g.state(t, "c1")
	s.Run, s.ControlPlaneURL = true, nobody
	g.save(t, "c1", s)
	late, err := g.cloud.spawn("c1", &s)
	if err != nil {
		t.Fatal(err)
	}
	p, err := g.cloud.launch("c1")
	if err != nil || p.pid != late.pid || g.state(t, "c1").PID != late.pid {
		t.Fatalf("launched %+v, %v; recorded %d, want %d", p, err, g.state(t, "c1").PID, late.pid)
	}
}

func TestCatalog_VersionsOfTheFolder(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	g.config.VersionsDir = t.TempDir()
	c := g.open(t)
	for version, programs := range map[string][]string{
		"1.9.2": {edgeName, sharedName}, "v1.10.0": {edgeName, sharedName}, "1.10.0-rc.1": {edgeName, sharedName}, "half": {edgeName},
	} {
		for _, name := range programs {
			path := filepath.Join(g.config.VersionsDir, version, name)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, nil, 0o700)); err != nil {
				t.Fatal(err)
			}
		}
	}
	catalog, err := c.Catalog(t.Context())
	if want := []string{"current", "v1.10.0", "1.10.0-rc.1", "1.9.2"}; err != nil || !slices.Equal(catalog.Versions, want) {
		t.Errorf("got %v, want %v (%v)", catalog.Versions, want, err)
	}
	if got := c.binary("1.9.2").Shared; got != filepath.Join(g.config.VersionsDir, "1.9.2", sharedName) {
		t.Errorf("program %s", got)
	}
	if got := c.binary("gone").Path; got != g.config.EdgeBinary {
		t.Errorf("program of a version that is gone: %s", got)
	}
}

// The system holds a node to its size, where it can; another size holds from the next start, and nothing is left at the end.
func TestSize_IsHeldByTheSystem(t *testing.T) {
	g := newGround(t)
	c := g.open(t)
	catalog, err := c.Catalog(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	held := g.config.Groups != nil
	if said := strings.Contains(strings.Join(catalog.Notes, " "), "does not enforce"); said == held {
		t.Errorf("held is %v, and the catalog says %q", held, catalog.Notes)
	}
	if !held {
		t.Skip("this machine makes no control groups for us")
	}
	const one = "c1"
	spec := cloudtest.Spec(one)
	g.reserve(t, one)
	for _, size := range []string{"small", "large"} {
		spec.Size = size
		if err := c.StartNode(t.Context(), spec, g.Node()); err != nil {
			t.Fatal(err)
		}
		found, err := c.find(unit(one))
		if err != nil || len(found) != 1 {
			t.Fatalf("%d processes, %v", len(found), err)
		}
		where, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", found[0].pid))
		if err != nil || !strings.Contains(string(where), tag(g.config.Dir)+"/"+one) {
			t.Errorf("the node is in %s, %v", where, err)
		}
	}
	if err := c.StopNode(t.Context(), spec, 0); err != nil {
		t.Fatal(err)
	}
	if names, err := g.config.Groups.Names(); err != nil || len(names) > 0 {
		t.Errorf("left are %v, %v", names, err)
	}
}
