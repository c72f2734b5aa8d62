// Command sdk starts an execution of the workflow that its argument names with the official Go SDK, and prints its id: for
// tests in a browser, which hand it an access key in the environment.
package main

import (
	"fmt"
	"os"

	"github.com/conductor-sdk/conductor-go/sdk/client"
	"github.com/conductor-sdk/conductor-go/sdk/model"
	"github.com/conductor-sdk/conductor-go/sdk/workflow/executor"
)

func main() {
	id, err := executor.NewWorkflowExecutor(client.NewAPIClientFromEnv()).StartWorkflow(&model.StartWorkflowRequest{Name: os.Args[1]})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(id)
}
