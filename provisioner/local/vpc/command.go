package vpc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// namespaceDir is where ip keeps namespaces that have names.
const namespaceDir = "/run/netns"

// able says why networks cannot be made here, nil if they can.
func able() error {
	if os.Geteuid() != 0 {
		return errors.New("making them needs the rights of root")
	}
	for program, pkg := range map[string]string{"ip": "iproute2", "nft": "nftables"} {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("the program %s is missing; on Debian: apt-get install %s", program, pkg)
		}
	}
	return supported()
}

// ip runs iproute2's ip.
func ip(ctx context.Context, args ...string) error {
	_, err := output(ctx, nil, "ip", args...)
	return err
}

// ipJSON runs ip and decodes what it prints.
func ipJSON(ctx context.Context, v any, args ...string) error {
	out, err := output(ctx, nil, "ip", append([]string{"-json"}, args...)...)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(out)) == 0 {
		return nil // how older versions write an empty list
	}
	if err := json.Unmarshal(out, v); err != nil {
		return fmt.Errorf("ip %s: %w", strings.Join(args, " "), err)
	}
	return nil
}

// nft applies a script in a namespace: all of it or nothing.
func nft(ctx context.Context, ns, script string) error {
	_, err := output(ctx, strings.NewReader(script), "ip", "netns", "exec", ns, "nft", "-f", "-")
	return err
}

func output(ctx context.Context, in *strings.Reader, program string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	if in != nil {
		cmd.Stdin = in
	}
	var out, failure bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &failure
	if err := cmd.Run(); err != nil {
		if text := strings.TrimSpace(failure.String()); text != "" {
			err = errors.New(text)
		}
		return nil, fmt.Errorf("%s %s: %w", program, strings.Join(args, " "), err)
	}
	return out.Bytes(), nil
}

// namespaceExists reports whether there is a namespace of that name.
func namespaceExists(name string) bool {
	_, err := os.Stat(filepath.Join(namespaceDir, name))
	return err == nil
}

func ensureNamespace(ctx context.Context, name string) error {
	if namespaceExists(name) {
		return nil
	}
	return ip(ctx, "netns", "add", name)
}

func removeNamespace(ctx context.Context, name string) error {
	if !namespaceExists(name) {
		return nil
	}
	return ip(ctx, "netns", "delete", name)
}

func allNamespaces() []string {
	entries, err := os.ReadDir(namespaceDir)
	if err != nil {
		return nil // there was never one
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names
}

// linked reports whether a namespace has an interface of that name; "" is the namespace of this process.
func linked(ctx context.Context, ns, name string) bool {
	args := []string{"link", "show", "dev", name}
	if ns != "" {
		args = append([]string{"-n", ns}, args...)
	}
	return ip(ctx, args...) == nil
}
