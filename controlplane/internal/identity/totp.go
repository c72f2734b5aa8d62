package identity

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"image/color"
	"regexp"
	"strings"
	"time"

	"github.com/boombuler/barcode/qr"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
)

// Every app knows these numbers, and few know others.
const (
	totpPeriod = 30 * time.Second
	totpSkew   = 1 // steps that a clock may be ahead or behind
	totpIssuer = "Podium"
	totpDigits = otp.DigitsSix
)

// Picture is a QR code. It needs a margin of four modules.
type Picture struct {
	Size int    // modules of a side
	Path string // the dark modules as the path of an SVG, one unit each
}

// newSecret returns the secret of codes for an e-mail, in base32, and the address by which apps take it.
func newSecret(email string) (secret, uri string, err error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: totpIssuer, AccountName: email, Digits: totpDigits, Period: uint(totpPeriod.Seconds())})
	if err != nil {
		return "", "", fmt.Errorf("make a second factor: %w", err)
	}
	return key.Secret(), key.URL(), nil
}

// stepOf returns the time step that a code of the app belongs to, if it is one of the present ones.
func stepOf(secret, code string, now time.Time) (step int64, right bool, err error) {
	present := now.Unix() / int64(totpPeriod.Seconds())
	for at := present - totpSkew; at <= present+totpSkew; at++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(at), hotp.ValidateOpts{Digits: totpDigits, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return 0, false, fmt.Errorf("code of a second factor: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			step, right = at, true
		}
	}
	return step, right, nil
}

// picture draws a text as a QR code.
func picture(text string) (Picture, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return Picture{}, fmt.Errorf("draw a QR code: %w", err)
	}
	size := code.Bounds().Dx()
	var path strings.Builder
	for y := range size {
		for x := 0; x < size; x++ {
			from := x
			for x < size && code.At(x, y) == color.Color(color.Black) {
				x++
			}
			if x > from {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from, y, x-from, x-from)
			}
		}
	}
	return Picture{Size: size, Path: path.String()}, nil
}

// recoveryCodes is how many there are at first.
const recoveryCodes = 10

// newRecoveryCodes returns codes of 80 random bits, as people write them down, and their hashes.
func newRecoveryCodes(account string) (codes, hashes []string) {
	for range recoveryCodes {
		var b [10]byte
		rand.Read(b[:]) // never fails
		text := strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
		codes = append(codes, text[:4]+"-"+text[4:8]+"-"+text[8:12]+"-"+text[12:])
		hashes = append(hashes, hashRecoveryCode(account, text))
	}
	return codes, hashes
}

// hashRecoveryCode returns the hash by which a code, as plainCode returns it, is stored. Like tokens they are random and long.
func hashRecoveryCode(account, code string) string { return HashToken(account + "\x00" + code) }

var (
	spaces  = regexp.MustCompile(`[\s-]+`)
	appCode = regexp.MustCompile(`^[0-9]{6}$`)
)

// plainCode returns a code without what people put between its letters.
func plainCode(code string) string { return strings.ToLower(spaces.ReplaceAllString(code, "")) }
