package mototest_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/podium-cloud/podium/provisioner/aws/mototest"
)

func TestStart_AnswersAsTheAccount(t *testing.T) {
	s := mototest.Start(t)
	who, err := sts.NewFromConfig(s.Config("eu-central-1")).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil {
		t.Fatal(err)
	}
	if *who.Account != mototest.Account {
		t.Errorf("account %s, want %s", *who.Account, mototest.Account)
	}
}
