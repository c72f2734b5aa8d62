// Package rest serves Conductor's HTTP API over the engine, as official SDKs expect it, and what the cluster's console
// needs beside it.
//
//   - /api is Conductor's API. Ids travel as plain text, calls without a result answer an empty 200 without a content
//     type, an empty poll is [] or 204: clients break on anything else.
//   - /podium/v1 is for the console: who this cluster is, live changes, counts.
//   - /health, /healthz and /readyz say how the process is. Every other path is the console's.
//
// A handler decodes, makes one call of the engine and encodes. Errors leave through one function ([Handler] maps the
// kinds of workflow.Error to statuses). Where Conductor answers 500 to malformed input, this API answers 400 and says
// what is wrong.
package rest
