package app

import "runtime/debug"

// version is set by the linker in releases: -X …/controlplane/internal/app.version=1.2.3.
var version string

// Version names this software: the release, or the commit that it was built from.
func Version() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				return "dev-" + s.Value[:12]
			}
		}
	}
	return "dev"
}
