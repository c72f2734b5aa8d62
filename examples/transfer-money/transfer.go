// Package transfer is the transfer-money example: its worker in Go checks transfers. A mainframe's, mainframe/worker.py, books them;
// it knows no SDK and speaks plain HTTP. One in JavaScript, letters/worker.mjs, writes to customers.
package transfer

import (
	"embed"

	"github.com/conductor-sdk/conductor-go/sdk/model"

	"github.com/podium-cloud/podium/examples/internal/example"
)

//go:embed workflows/*.json
var definitions embed.FS

// Example makes the example.
func Example() example.Example {
	return example.Example{
		Definitions: definitions, Workflow: "transfer_money",
		Steps: map[string]model.ExecuteTaskFunction{"check_transfer": example.Step(check)},
	}
}

// Start is the request of a transfer that is booked by the mainframe of a region: book_transfer goes to workers of that
// domain alone.
func Start(region string, input map[string]any) *model.StartWorkflowRequest {
	r := model.NewStartWorkflowRequest("transfer_money", 1, "", input)
	r.TaskToDomain = map[string]string{"book_transfer": region}
	return r
}

type order struct {
	From  string `json:"from"`
	To    string `json:"to"`
	Cents int64  `json:"cents"`
}

func check(_ *model.Task, in order) (order, error) {
	switch {
	case in.From == "" || in.To == "":
		return order{}, example.Permanent("from, to: an account is missing")
	case in.From == in.To:
		return order{}, example.Permanent("to: %s cannot send money to itself", in.From)
	case in.Cents <= 0:
		return order{}, example.Permanent("cents: %d is no amount", in.Cents)
	}
	return in, nil
}
