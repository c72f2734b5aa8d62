// Command worker runs the sign-document example: see -help and the README beside it.
package main

import (
	"log"
	"os"

	"github.com/podium-cloud/podium/examples/internal/example"
	sign "github.com/podium-cloud/podium/examples/sign-document"
)

// folder is where letters and sealed documents go, within the working directory.
const folder = "office"

func main() {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		log.Fatal(err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		log.Fatal(err)
	}
	example.Main(sign.Example(root))
}
