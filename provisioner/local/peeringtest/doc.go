// Package peeringtest sends real packets: tenants' workers in networks of their own reach real data planes in the networks of
// their clusters, over connections that were made, and nothing else.
package peeringtest
