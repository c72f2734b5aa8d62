// Package peeringtest tells the story of peering on a whole control plane, with real packets: organizations connect networks of
// their own with their clusters through the API, and their workers reach the clusters by private addresses, and nothing else.
package peeringtest
