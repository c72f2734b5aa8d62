package httpapi_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

const factorPath = "/api/v1/me/second-factor"

// appCode is what the app of somebody shows at the moment.
func (s *site) appCode(t *testing.T, secret string) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, s.now())
	must(t, err)
	return code
}

// newcomer signs up with an organization of that name and a password.
func (s *site) newcomer(t *testing.T, name string) *person {
	t.Helper()
	a := s.nobody().call(t, "POST", "/api/v1/signup", body(t, map[string]string{
		"email": name + "@example.com", "password": "correct horse 9", "name": name, "organization": name,
	}))
	a.want(t, 201)
	return &person{site: s, cookie: cookieOf(a)}
}

// enrol sets up a second factor and returns its secret and the recovery codes.
func (p *person) enrol(t *testing.T) (secret string, recovery []string) {
	t.Helper()
	begun := p.call(t, "POST", factorPath, "").want(t, 201)
	secret = text(begun, "secret")
	codes := p.call(t, "POST", factorPath+"/confirmation", body(t, map[string]string{"code": p.site.appCode(t, secret)})).want(t, 200)
	return secret, texts(codes["codes"])
}

// logIn signs in with the password, and a code if there is one.
func (p *person) logIn(t *testing.T, name, code string) answer {
	t.Helper()
	in := map[string]string{"email": name + "@example.com", "password": "correct horse 9"}
	if code != "" {
		in["code"] = code
	}
	return p.call(t, "POST", "/api/v1/login", body(t, in))
}

// TestSecondFactor follows one from its making to its end: S-15, S-36.
func TestSecondFactor(t *testing.T) {
	s := newConfinedSite(t)
	ada := s.newcomer(t, "acme")
	elsewhere := &person{site: s, cookie: cookieOf(ada.site.nobody().logIn(t, "acme", ""))}
	if f := ada.call(t, "GET", factorPath, "").want(t, 200); f["enabled"] != false || f["possible"] != true {
		t.Errorf("at first there is %v", f)
	}
	ada.call(t, "POST", factorPath+"/confirmation", `{"code":"123456"}`).want(t, 409)
	ada.call(t, "POST", factorPath+"/recovery-codes", "").want(t, 409)
	begun := ada.call(t, "POST", factorPath, "").want(t, 201)
	secret := text(begun, "secret")
	drawn, _ := begun["qr"].(map[string]any)
	if !strings.HasPrefix(text(begun, "uri"), "otpauth://totp/Podium:acme@example.com?") || !strings.Contains(text(begun, "uri"), "secret="+secret) ||
		drawn["size"].(float64) < 21 || !strings.HasPrefix(text(drawn, "path"), "M0 0h7v1h-7z") {
		t.Errorf("begun is %v", begun)
	}
	ada.call(t, "POST", factorPath+"/confirmation", `{"code":"not it"}`).wantField(t, 422, "code")
	s.nobody().logIn(t, "acme", "").want(t, 200) // nothing is asked for yet
	codes := ada.call(t, "POST", factorPath+"/confirmation", body(t, map[string]string{"code": s.appCode(t, secret)})).want(t, 200)
	elsewhere.call(t, "GET", "/api/v1/me", "").want(t, 401) // it has shown no code
	ada.call(t, "POST", factorPath, "").want(t, 409)
	if f := ada.call(t, "GET", factorPath, "").want(t, 200); f["enabled"] != true || f["recoveryCodesLeft"] != 10.0 || f["since"] == nil {
		t.Errorf("then there is %v", f)
	}

	if p := s.nobody().logIn(t, "acme", "").want(t, 401); p["type"] != "urn:podium:code-wanted" {
		t.Errorf("without a code: %v", p)
	}
	s.ahead.Add(int64(time.Minute))
	s.nobody().logIn(t, "acme", "wrong").wantField(t, 401, "code")
	code := s.appCode(t, secret)
	in := s.nobody().logIn(t, "acme", code)
	in.want(t, 200)
	s.nobody().logIn(t, "acme", code).wantField(t, 401, "code")
	s.nobody().logIn(t, "acme", texts(codes["codes"])[0]).want(t, 200)

	// Switching it off is for who has proven both lately.
	ada.cookie = cookieOf(in)
	s.ahead.Add(int64(11 * time.Minute))
	if p := ada.call(t, "DELETE", factorPath, "").want(t, 403); p["type"] != "urn:podium:sign-in-again" {
		t.Errorf("with an old session: %v", p)
	}
	ada.logIn(t, "acme", "").want(t, 401)
	ada.cookie = cookieOf(ada.logIn(t, "acme", s.appCode(t, secret)))
	renewed := ada.call(t, "POST", factorPath+"/recovery-codes", "").want(t, 200)
	s.nobody().logIn(t, "acme", texts(codes["codes"])[1]).wantField(t, 401, "code")
	s.nobody().logIn(t, "acme", texts(renewed["codes"])[1]).want(t, 200)
	for range 2 {
		ada.call(t, "DELETE", factorPath, "").want(t, 204)
	}
	s.nobody().logIn(t, "acme", "").want(t, 200)
	log := ada.call(t, "GET", "/api/v1/organizations/acme/audit", "").body
	for _, action := range []string{"secondfactor.enable", "secondfactor.recovery-codes", "secondfactor.disable"} {
		if strings.Count(log, action) != 1 {
			t.Errorf("the audit log does not tell of %s once", action)
		}
	}
	for _, secret := range append(texts(codes["codes"]), secret) {
		if strings.Contains(log+s.log.String(), secret) {
			t.Errorf("%s is in a log", secret)
		}
	}
}

// TestSecondFactor_Required: an organization demands it, and everybody finds the way in: S-09.
func TestSecondFactor_Required(t *testing.T) {
	s := newSite(t, false)
	const rules = acmePath + "/rules"
	ada := s.newcomer(t, "acme")
	token, _ := ada.invite(t, "grace@example.com", "admin")
	grace := s.newcomer(t, "grace")
	grace.call(t, "POST", "/api/v1/invitations/accept", body(t, map[string]string{"token": token})).want(t, 200)
	program, _ := grace.newKey(t, myKeys, `{"organization":"acme","name":"ci"}`)

	grace.call(t, "PUT", rules, `{"secondFactorRequired":true}`).want(t, 403)
	ada.call(t, "PUT", rules, `{"secondFactorRequired":true}`).want(t, 409) // she has none herself
	ada.enrol(t)
	for range 2 {
		ada.call(t, "PUT", rules, `{"secondFactorRequired":true}`).want(t, 200)
	}
	ada.call(t, "GET", acmePath+"/clusters", "").want(t, 200)
	if members := ada.call(t, "GET", acmePath+"/members", "").body; strings.Count(members, `"passwordAlone":true`) != 1 {
		t.Errorf("members are %s", members)
	}
	if p := grace.call(t, "GET", acmePath+"/clusters", "").want(t, 403); !strings.Contains(text(p, "detail"), "second factor") {
		t.Errorf("grace is told %v", p)
	}
	grace.call(t, "POST", myKeys, `{"organization":"acme","name":"another"}`).want(t, 403)
	grace.call(t, "GET", "/api/v1/organizations/grace/clusters", "").want(t, 200) // another one does not demand it
	if me := grace.call(t, "GET", "/api/v1/me", "").body; strings.Count(me, `"secondFactorMissing":true`) != 1 {
		t.Errorf("grace is %s", me)
	}
	program.call(t, "GET", acmePath+"/clusters", "").want(t, 200)
	grace.enrol(t)
	grace.call(t, "GET", acmePath+"/clusters", "").want(t, 200) // in the same session
	if r := grace.call(t, "GET", rules, "").want(t, 200); r["secondFactorRequired"] != true {
		t.Errorf("rules are %v", r)
	}
	grace.call(t, "DELETE", factorPath, "").want(t, 204)
	grace.call(t, "GET", acmePath+"/clusters", "").want(t, 403)
	ada.call(t, "PUT", rules, `{"secondFactorRequired":false}`).want(t, 200)
	grace.call(t, "GET", acmePath+"/clusters", "").want(t, 200)
}
