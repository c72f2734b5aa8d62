package config

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"net/mail"
	"net/url"
	"os"
	"strings"
)

// SMTP is the mail server that e-mails to people are handed to. The zero value: there is none.
type SMTP struct {
	Host, Port string
	Implicit   bool   // TLS from the beginning; otherwise STARTTLS
	User       string // empty: it asks for no password
	Password   string
	From       mail.Address
}

// smtpFlags are the values before they are checked.
type smtpFlags struct{ server, from, passwordFile *string }

func newSMTPFlags(flags *flag.FlagSet, env func(string) string) smtpFlags {
	return smtpFlags{
		server: flags.String("smtp", env("PODIUM_SMTP"),
			"`URL` such as smtp://user@mail.example.com:587 (STARTTLS) or smtps://user@mail.example.com of the mail server that sends\n"+
				"invitations and notices; without one, none are sent (environment: PODIUM_SMTP; the password: PODIUM_SMTP_PASSWORD)"),
		from: flags.String("smtp-from", env("PODIUM_SMTP_FROM"),
			"`address` such as \"Podium <podium@example.com>\" that e-mails come from (environment: PODIUM_SMTP_FROM)"),
		passwordFile: flags.String("smtp-password-file", env("PODIUM_SMTP_PASSWORD_FILE"),
			"`file` with the password for the mail server, instead of PODIUM_SMTP_PASSWORD (environment: PODIUM_SMTP_PASSWORD_FILE)"),
	}
}

// parse does not repeat values that may hold a password.
func (f smtpFlags) parse(env func(string) string) (SMTP, error) {
	if *f.server == "" {
		if *f.from != "" || *f.passwordFile != "" {
			return SMTP{}, errors.New("--smtp-from, --smtp-password-file: need --smtp")
		}
		return SMTP{}, nil
	}
	u, err := url.Parse(*f.server)
	if err != nil || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return SMTP{}, errors.New("--smtp: must be a URL such as smtp://user@mail.example.com:587 or smtps://user@mail.example.com")
	}
	if _, given := u.User.Password(); given {
		return SMTP{}, errors.New("--smtp: leave the password out, and give it by PODIUM_SMTP_PASSWORD or --smtp-password-file")
	}
	s := SMTP{Host: u.Hostname(), Implicit: u.Scheme == "smtps", User: u.User.Username(), Password: env("PODIUM_SMTP_PASSWORD")}
	s.Port = cmp.Or(u.Port(), map[bool]string{true: "465", false: "587"}[s.Implicit])
	if *f.passwordFile != "" {
		text, err := os.ReadFile(*f.passwordFile)
		if err != nil {
			return SMTP{}, fmt.Errorf("--smtp-password-file: %w", err)
		}
		s.Password = strings.TrimRight(string(text), "\r\n")
	}
	if (s.User == "") != (s.Password == "") {
		return SMTP{}, errors.New("--smtp: give both a user, in the URL, and a password, or neither")
	}
	from, err := mail.ParseAddress(*f.from)
	if err != nil {
		return SMTP{}, errors.New("--smtp-from: must be an address such as \"Podium <podium@example.com>\"")
	}
	s.From = *from
	return s, nil
}

// Loopback reports whether what is said to the server stays on this machine.
func (s SMTP) Loopback() bool { return loopback(s.Host) }
