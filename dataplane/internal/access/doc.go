// Package access decides who may call a data plane.
//
// A [Gate] is either open to everyone or wants a token. There are two kinds of tokens, both JWTs signed with Ed25519
// for this cluster alone (aud is the cluster's id). The gate makes one itself when an application exchanges an access
// key; the control plane makes the other for a person who opens the cluster's console. Keys and trusted issuer come
// with the configuration ([Gate.Set]); a swap takes effect for the next call, so that tokens of a deleted key are
// refused at once.
package access
