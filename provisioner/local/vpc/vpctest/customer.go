package vpctest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/podium-cloud/podium/provisioner/local/vpc"
)

// Customer is a network of somebody's: a namespace with one address.
type Customer struct {
	Name    string // of the namespace
	Address netip.Addr
	Range   netip.Prefix
}

// NewCustomer makes a network with the first address of its range but one.
func NewCustomer(t testing.TB, name, network string) Customer {
	t.Helper()
	c := Customer{Name: name, Range: netip.MustParsePrefix(network)}
	c.Address = c.Range.Addr().Next().Next()
	Shell(t, "ip netns add "+name)
	t.Cleanup(func() { Shell(t, "ip netns delete "+name) })
	Shell(t, "ip -n "+name+" link set lo up")
	Shell(t, "ip -n "+name+" address add "+netip.PrefixFrom(c.Address, c.Range.Bits()).String()+" dev lo")
	return c
}

// patience bounds a connection that firewalls may swallow: generous for one that works, as the machine may be busy, and
// waited for in full by one that does not.
const patience = 2 * time.Second

// Reach connects from the customer's network and says why it cannot.
func (c Customer) Reach(t testing.TB, to netip.AddrPort) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, err := vpc.Dial(ctx, c.Name, to)
	if err == nil {
		_ = conn.Close()
	}
	return err
}

// Run runs a program in the customer's network, where the names that were announced are known, and returns what it prints.
func (c Customer) Run(t testing.TB, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, "ip", append([]string{"netns", "exec", c.Name}, args...)...)
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

// Get gets a page as a program does that runs in the customer's network: by name, trying one address after another. It returns
// the page, or why it could not be had.
func (c Customer) Get(t testing.TB, url string) string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.Run(t, "env", get+"="+url, program)
	if err != nil {
		return fmt.Sprintf("%v: %s", err, out)
	}
	return out
}

// fetch is the program that Get runs.
func fetch(url string) int {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err == nil {
		var res *http.Response
		if res, err = http.DefaultClient.Do(req); err == nil {
			defer res.Body.Close()
			_, err = io.Copy(os.Stdout, res.Body)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// Shell runs command lines, as people do, and fails the test when one fails.
func Shell(t testing.TB, lines ...string) {
	t.Helper()
	for _, line := range lines {
		words := strings.Fields(line)
		// Not with the context of the test, as clean-ups run lines as well.
		if out, err := exec.CommandContext(context.Background(), words[0], words[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", line, err, out)
		}
	}
}
