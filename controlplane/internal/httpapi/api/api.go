// Package api holds the Go types, the routes and the server interface that are generated from controlplane/openapi.yaml.
package api

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -config config.yaml ../../../openapi.yaml
