// Command worker runs the viewer-report example: see -help and the README beside it. Letters are lines of its log.
package main

import (
	"log/slog"

	"github.com/podium-cloud/podium/examples/internal/example"
	report "github.com/podium-cloud/podium/examples/viewer-report"
)

func main() {
	example.Main(report.Example(func(_, to, text string) { slog.Info("Letter", "to", to, "text", text) }))
}
