// Package edge speaks to AWS: it makes, finds and removes the single resources that plan names, through aws-sdk-go-v2, one
// file for each group of services. It decides nothing: what is made, when, and what an error calls for is converge's.
//
// Resources of EC2 are found by their tags, the others by names that follow from the cluster's id. All are tagged.
package edge
