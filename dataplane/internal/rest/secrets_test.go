package rest_test

import (
	"strings"
	"testing"

	"github.com/conductor-sdk/conductor-go/sdk/client"
	"github.com/conductor-sdk/conductor-go/sdk/model"
)

func TestSecretsAreWrittenAndNotRead(t *testing.T) {
	s := newServer(t, options{})
	s.void(s.put("/api/secrets/TOKEN", "s3cret value"))
	s.void(s.put("/api/secrets/OTHER", `"a\nb"`))
	if a := s.ok(s.get("/api/secrets")); a.body != `["OTHER","TOKEN"]`+"\n" {
		t.Errorf("names: %s", a.body)
	}
	if a := s.want(s.get("/api/secrets/TOKEN"), 403); !strings.Contains(a.body, "--read-secrets") {
		t.Errorf("read: %s", a.body)
	}
	for path, want := range map[string]string{"TOKEN": "true", "NONE": "false"} {
		if a := s.ok(s.get("/api/secrets/" + path + "/exists")); strings.TrimSpace(a.body) != want {
			t.Errorf("%s exists: %s", path, a.body)
		}
	}
	s.void(s.put("/api/secrets/TOKEN/tags", `[{"key":"team","value":"a"},{"key":"env","value":"prod"}]`))
	s.void(s.put("/api/secrets/TOKEN/tags", `[{"key":"team","value":"b"}]`))
	s.void(s.send("DELETE", "/api/secrets/TOKEN/tags", `[{"key":"env","value":"prod"}]`))
	if a := s.ok(s.get("/api/secrets/v2")); !strings.Contains(a.body, `"tags":[{"key":"team","type":"METADATA","value":"b"}]`) || strings.Contains(a.body, "s3cret") {
		t.Errorf("list: %s", a.body)
	}
	s.want(s.put("/api/secrets/NONE/tags", `[{"key":"a","value":"b"}]`), 404)
	s.want(s.put("/api/secrets/TOKEN/tags", `[{"value":"b"}]`), 400)
	s.want(s.put("/api/secrets/a%20b", "x"), 400)
	s.want(s.put("/api/secrets/EMPTY", ""), 400)
	s.want(s.put("/api/secrets/LARGE", strings.Repeat("x", 65<<10)), 413)
	s.void(s.delete("/api/secrets/TOKEN"))
	s.want(s.delete("/api/secrets/TOKEN"), 404)
	s.void(s.put("/api/secrets/TOKEN", "again"))
	if a := s.ok(s.get("/api/secrets/TOKEN/tags")); a.body != "[]\n" {
		t.Errorf("the tags of a secret that was deleted came back: %s", a.body)
	}
	if strings.Contains(s.log.String(), "s3cret") {
		t.Error("the log holds the secret")
	}
}

func TestGoSDKResources(t *testing.T) {
	withSDK(t, func(t *testing.T, s *sdk) {
		secrets, variables, ctx := client.NewSecretsClient(s.api), client.NewEnvironmentClient(s.api), t.Context()
		_, _, err := secrets.PutSecret(ctx, "first", "ONE")
		s.must(err)
		_, _, err = secrets.PutSecret(ctx, "second", "TWO")
		s.must(err)
		_, err = secrets.PutTagForSecret(ctx, []model.Tag{{Key: "a", Value: "b"}}, "ONE")
		s.must(err)
		names, _, err := secrets.ListAllSecretNames(ctx)
		s.must(err)
		grantable, _, err := secrets.ListSecretsThatUserCanGrantAccessTo(ctx)
		s.must(err)
		tagged, _, err := secrets.ListSecretsWithTagsThatUserCanGrantAccessTo(ctx)
		s.must(err)
		exists, _, err := secrets.SecretExists(ctx, "ONE")
		s.must(err)
		if len(names) != 2 || len(grantable) != 2 || len(tagged) != 2 || len(tagged[0].Tags) != 1 || exists != true {
			t.Errorf("secrets: %v %v %v %v", names, grantable, tagged, exists)
		}
		_, err = secrets.DeleteTagForSecret(ctx, []model.Tag{{Key: "a", Value: "b"}}, "ONE")
		s.must(err)
		tags, _, err := secrets.GetTags(ctx, "ONE")
		s.must(err)
		if len(tags) != 0 {
			t.Errorf("tags: %v", tags)
		}
		_, _, err = secrets.ClearLocalCache(ctx)
		s.must(err)
		_, _, err = secrets.DeleteSecret(ctx, "TWO")
		s.must(err)
		_, _, err = secrets.GetSecret(ctx, "ONE")
		s.status(err, 403)

		_, err = variables.CreateOrUpdateEnvVariable(ctx, "eu", "REGION")
		s.must(err)
		value, _, err := variables.Get(ctx, "REGION")
		s.must(err)
		_, err = variables.PutTagForEnvVar(ctx, []model.Tag{{Key: "a", Value: "b"}}, "REGION")
		s.must(err)
		all, _, err := variables.GetAll(ctx)
		s.must(err)
		if value != "eu" || len(all) != 1 || all[0].Name != "REGION" || all[0].Value != "eu" {
			t.Errorf("variables: %q %v", value, all)
		}
		old, _, err := variables.DeleteEnvVariable(ctx, "REGION")
		s.must(err)
		if old != "eu" {
			t.Errorf("deleted: %q", old)
		}
		_, _, err = variables.Get(ctx, "REGION")
		s.status(err, 404)
	})
}
