package config

import (
	"cmp"
	"errors"
	"flag"
	"regexp"
	"slices"
	"strings"
)

// AWS says where clusters are made in Amazon Web Services. Credentials are found as AWS's own tools find them.
type AWS struct {
	Regions    []string // the default first; none: there is no such cloud
	Domain     string   // clusters get names below it
	HostedZone string   // id of its Route 53 zone
	Image      string   // of the data plane, without a tag
	Versions   []string // tags or digests of the image, newest first
	Role       string   // ARN of the role that is assumed; empty: none
	ExternalID string   // that the role asks for
}

var (
	region  = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]$`)
	roleARN = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+$`)
)

// flags adds those of AWS and returns the lists among them.
func (a *AWS) flags(flags *flag.FlagSet, env func(string) string) (regions, versions *string) {
	regions = flags.String("aws-regions", env("PODIUM_AWS_REGIONS"),
		"`regions` such as eu-central-1,us-east-1 in which clusters can be made in AWS, the default first; none: they cannot\n"+
			"(environment: PODIUM_AWS_REGIONS)")
	flags.StringVar(&a.Domain, "aws-domain", env("PODIUM_AWS_DOMAIN"),
		"`name` below which clusters in AWS get theirs (environment: PODIUM_AWS_DOMAIN)")
	flags.StringVar(&a.HostedZone, "aws-hosted-zone", env("PODIUM_AWS_HOSTED_ZONE"),
		"`id` of the Route 53 zone of --aws-domain (environment: PODIUM_AWS_HOSTED_ZONE)")
	flags.StringVar(&a.Image, "aws-image", env("PODIUM_AWS_IMAGE"),
		"`image` of the data plane, without a tag, as AWS can fetch it (environment: PODIUM_AWS_IMAGE)")
	versions = flags.String("aws-versions", env("PODIUM_AWS_VERSIONS"),
		"`tags` or digests of the image that clusters can have, newest first (environment: PODIUM_AWS_VERSIONS)")
	flags.StringVar(&a.Role, "aws-role", env("PODIUM_AWS_ROLE"),
		"`ARN` of the role with which clusters are made, if not that of the control plane (environment: PODIUM_AWS_ROLE)")
	flags.StringVar(&a.ExternalID, "aws-external-id", env("PODIUM_AWS_EXTERNAL_ID"),
		"`value` that the role asks for (environment: PODIUM_AWS_EXTERNAL_ID)")
	return regions, versions
}

// complete reads the lists and returns all that is wrong.
func (a *AWS) complete(regions, versions string) error {
	a.Regions, a.Versions = list(regions), list(versions)
	if len(a.Regions) == 0 {
		if cmp.Or(a.Domain, a.HostedZone, a.Image, a.Role, a.ExternalID, versions) != "" {
			return errors.New("--aws-regions: is required with the other settings of AWS")
		}
		return nil
	}
	var wrong []error
	fail := func(text string) { wrong = append(wrong, errors.New(text)) }
	if slices.ContainsFunc(a.Regions, func(r string) bool { return !region.MatchString(r) }) {
		fail("--aws-regions: must be regions such as eu-central-1, parted by commas")
	}
	for _, needed := range [][2]string{
		{"--aws-domain", a.Domain}, {"--aws-hosted-zone", a.HostedZone}, {"--aws-image", a.Image}, {"--aws-versions", versions},
	} {
		if needed[1] == "" {
			fail(needed[0] + ": is required with --aws-regions")
		}
	}
	if a.Role != "" && !roleARN.MatchString(a.Role) {
		fail("--aws-role: must be a role such as arn:aws:iam::123456789012:role/podium")
	}
	if a.ExternalID != "" && a.Role == "" {
		fail("--aws-external-id: needs --aws-role")
	}
	return errors.Join(wrong...)
}

func list(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
}
