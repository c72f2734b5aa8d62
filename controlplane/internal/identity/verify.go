package identity

import (
	"errors"

	"github.com/golang-jwt/jwt/v5"
)

// VerifyConsole checks that a token is one of ConsoleToken for a cluster, and still good.
func (s *Signer) VerifyConsole(token, cluster string) error {
	_, err := jwt.Parse(token, func(t *jwt.Token) (any, error) {
		id, _ := t.Header["kid"].(string)
		key, known := s.PublicKey(id)
		if !known {
			return nil, errors.New("signed by an unknown key")
		}
		return key, nil
	}, jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}), jwt.WithIssuer(s.issuer), jwt.WithAudience(cluster),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.now))
	return err
}
