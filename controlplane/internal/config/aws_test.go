package config_test

import (
	"slices"
	"strings"
	"testing"
)

func TestParse_AWS(t *testing.T) {
	whole := map[string]string{
		"PODIUM_AWS_REGIONS": "eu-central-1, us-east-1", "PODIUM_AWS_DOMAIN": "c.example.com", "PODIUM_AWS_HOSTED_ZONE": "Z1",
		"PODIUM_AWS_IMAGE": "registry.example/dataplane", "PODIUM_AWS_VERSIONS": "1.1.0,1.0.0",
	}
	c, _, err := parse(nil, whole)
	if err != nil || !slices.Equal(c.AWS.Regions, []string{"eu-central-1", "us-east-1"}) || len(c.AWS.Versions) != 2 {
		t.Errorf("config is %+v, error %v", c.AWS, err)
	}
	if c, _, err := parse(nil, nil); err != nil || len(c.AWS.Regions) != 0 {
		t.Errorf("without settings: %+v, %v", c.AWS, err)
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--aws-regions", "Frankfurt"}, "--aws-regions"},
		{[]string{"--aws-image", ""}, "--aws-image"},
		{[]string{"--aws-role", "podium"}, "--aws-role"},
		{[]string{"--aws-external-id", "x"}, "--aws-role"},
		{[]string{"--aws-regions", ""}, "--aws-regions"},
	} {
		if _, _, err := parse(test.args, whole); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: error %v, want one about %s", test.args, err, test.want)
		}
	}
}
