package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// SMTP is a mail server.
type SMTP struct {
	Host     string // without the port; the name in its certificate
	Port     string
	Implicit bool // TLS from the beginning (smtps); otherwise STARTTLS
	// Plain lets letters and the password travel in the clear when the server offers no STARTTLS: on loopback.
	Plain    bool
	User     string // empty: it asks for no password
	Password string
	From     mail.Address
	TLS      *tls.Config // nil: the system's authorities
}

const (
	dialLimit = 20 * time.Second
	callLimit = 30 * time.Second // for one command
)

// Carry hands a letter to the server. Only its word about the recipient and the letter itself is final.
func (s SMTP) Carry(ctx context.Context, l Letter) error {
	c, err := s.connect(ctx)
	if err != nil {
		return fmt.Errorf("mail server: %w", err)
	}
	defer func() { _ = c.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	defer stop()
	if s.User != "" {
		if err := c.Auth(sasl.NewPlainClient("", s.User, s.Password)); err != nil {
			return fmt.Errorf("mail server: sign in as %s: %w", s.User, err)
		}
	}
	if err := c.Mail(s.From.Address, nil); err != nil {
		return fmt.Errorf("mail server: sender %s: %w", s.From.Address, err)
	}
	if err := c.Rcpt(l.To, nil); err != nil {
		return final(fmt.Errorf("mail server: recipient: %w", err))
	}
	w, err := c.Data()
	if err != nil {
		return final(fmt.Errorf("mail server: %w", err))
	}
	if _, err = w.Write(s.message(l)); err == nil {
		err = w.Close()
	}
	if err != nil {
		return final(fmt.Errorf("mail server: %w", err))
	}
	_ = c.Quit() // it has the letter
	return nil
}

func (s SMTP) connect(ctx context.Context) (*smtp.Client, error) {
	dialing, stop := context.WithTimeout(ctx, dialLimit)
	defer stop()
	conn, err := (&net.Dialer{}).DialContext(dialing, "tcp", net.JoinHostPort(s.Host, s.Port))
	if err != nil {
		return nil, err
	}
	secure := s.TLS.Clone()
	if secure == nil {
		secure = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	secure.ServerName = s.Host
	if s.Implicit {
		return limited(smtp.NewClient(tls.Client(conn, secure))), nil
	}
	c, err := smtp.NewClientStartTLS(conn, secure)
	if err == nil {
		return limited(c), nil
	}
	_ = conn.Close()
	if !s.Plain {
		return nil, fmt.Errorf("start TLS: %w", err)
	}
	if conn, err = (&net.Dialer{}).DialContext(dialing, "tcp", net.JoinHostPort(s.Host, s.Port)); err != nil {
		return nil, err
	}
	return limited(smtp.NewClient(conn)), nil
}

func limited(c *smtp.Client) *smtp.Client {
	c.CommandTimeout, c.SubmissionTimeout = callLimit, callLimit
	return c
}

// final marks what a server refuses for good.
func final(err error) error {
	if refused, ok := errors.AsType[*smtp.SMTPError](err); ok && !refused.Temporary() {
		return &RefusedError{err}
	}
	return err
}

// message writes a letter as RFC 5322 has it.
func (s SMTP) message(l Letter) []byte {
	var b bytes.Buffer
	to := mail.Address{Address: l.To}
	for _, header := range [][2]string{
		{"From", s.From.String()},
		{"To", to.String()},
		{"Subject", mime.QEncoding.Encode("utf-8", line(l.Subject))},
		{"Date", l.CreatedAt.UTC().Format(time.RFC1123Z)},
		{"Message-ID", "<" + l.ID + "@podium>"},
		{"Auto-Submitted", "auto-generated"},
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "quoted-printable"},
	} {
		fmt.Fprintf(&b, "%s: %s\r\n", header[0], header[1])
	}
	b.WriteString("\r\n")
	body := quotedprintable.NewWriter(&b)
	_, _ = io.WriteString(body, l.Body) // into memory
	_ = body.Close()
	return b.Bytes()
}
