package mail_test

import (
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/podium-cloud/podium/controlplane/internal/mail"
)

// TestSender_SendsOnce: by STARTTLS, with a password, in letters that every reader understands.
func TestSender_SendsOnce(t *testing.T) {
	b := setup(t)
	b.invite(t, "grace@example.com")
	b.pass(t)
	b.pass(t)
	got := b.server.got()
	if len(got) != 1 {
		t.Fatalf("the server got %d letters: %s", len(got), &b.log)
	}
	m, err := netmail.ReadMessage(strings.NewReader(got[0]))
	must(t, err)
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	must(t, err)
	text, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	must(t, err)
	if subject != "Ädä <ada@example.com> invites you to acme on Podium" || m.Header.Get("To") != "<grace@example.com>" ||
		m.Header.Get("From") != `"Podium" <podium@example.com>` || !strings.HasSuffix(m.Header.Get("Message-Id"), "@podium>") ||
		!strings.Contains(string(text), link) || !strings.Contains(string(text), "16 June 2026") {
		t.Errorf("the letter is %s", got[0])
	}
	if state, _ := b.state(t); state != mail.Sent {
		t.Errorf("its state is %s", state)
	}
}

// TestSender_TriesAgain while the server does not take a letter, and not all the time.
func TestSender_TriesAgain(t *testing.T) {
	b := setup(t)
	b.server.refuse(&smtp.SMTPError{Code: 451, Message: "try later"})
	b.invite(t, "grace@example.com")
	b.pass(t)
	if state, why := b.state(t); state != mail.Queued || !strings.Contains(why, "try later") {
		t.Errorf("its state is %s: %s", state, why)
	}
	b.server.refuse(nil)
	b.pass(t)
	if len(b.server.got()) != 0 {
		t.Error("it was tried again at once")
	}
	b.clock = b.clock.Add(31 * time.Second)
	b.pass(t)
	if state, why := b.state(t); state != mail.Sent || why != "" || len(b.server.got()) != 1 {
		t.Errorf("its state is %s: %s", state, why)
	}
}

// TestSender_GivesUp when the server never will, or has not for days.
func TestSender_GivesUp(t *testing.T) {
	b := setup(t)
	b.server.refuse(&smtp.SMTPError{Code: 550, Message: "no such user"})
	b.invite(t, "nobody@example.com")
	b.pass(t)
	if state, why := b.state(t); state != mail.Failed || !strings.Contains(why, "no such user") {
		t.Errorf("refused, its state is %s: %s", state, why)
	}
	must(t, b.store.DeleteInvitation(t.Context(), "org_acme", "inv_nobody@example.com", entry()))

	wrong := b.smtp // which the operator may mend
	wrong.Password = "mark of a password"
	b.Carrier = wrong
	b.invite(t, "grace@example.com")
	for range 100 {
		b.pass(t)
		if state, _ := b.state(t); state == mail.Failed {
			break
		}
		b.clock = b.clock.Add(2 * time.Hour)
	}
	if state, why := b.state(t); state != mail.Failed || !strings.Contains(why, "sign in as podium") {
		t.Errorf("after days its state is %s: %s", state, why)
	}
	if waited := b.clock.Sub(epoch); waited < 2*24*time.Hour || waited > 4*24*time.Hour {
		t.Errorf("it was given up after %s", waited)
	}
	if strings.Contains(b.log.String(), "mark of a") || strings.Contains(b.log.String(), "mark-of-a") {
		t.Error("the log has a secret")
	}
}

// TestSender_LeavesWhatWasTakenBack: the letter of an invitation that is gone is not sent.
func TestSender_LeavesWhatWasTakenBack(t *testing.T) {
	b := setup(t)
	b.invite(t, "grace@example.com")
	must(t, b.store.DeleteInvitation(t.Context(), "org_acme", "inv_grace@example.com", entry()))
	b.pass(t)
	if len(b.server.got()) != 0 {
		t.Error("it was sent")
	}
}

// TestSMTP_WantsTLS: what is sent does not travel in the clear, and only to whom the certificate names.
func TestSMTP_WantsTLS(t *testing.T) {
	b := setup(t)
	stranger := b.smtp
	stranger.TLS = nil
	letter := mail.Letter{ID: "let_1", To: "grace@example.com", CreatedAt: epoch}
	if err := stranger.Carry(t.Context(), letter); err == nil || len(b.server.got()) != 0 {
		t.Errorf("a server with a certificate of nobody: %v", err)
	}
	plain := smtp.NewServer(b.server)
	plain.AllowInsecureAuth = true
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	go func() { _ = plain.Serve(listener) }()
	defer func() { _ = plain.Close() }()
	open := b.smtp
	_, open.Port, _ = net.SplitHostPort(listener.Addr().String())
	if err := open.Carry(t.Context(), letter); err == nil || len(b.server.got()) != 0 {
		t.Errorf("a server without TLS: %v", err)
	}
	open.Plain = true
	if err := open.Carry(t.Context(), letter); err != nil || len(b.server.got()) != 1 {
		t.Errorf("a server without TLS on loopback: %v", err)
	}
	letter.To = "grace@example.com\r\nRCPT TO:<eve@example.com>"
	if err := open.Carry(t.Context(), letter); err == nil || len(b.server.got()) != 1 {
		t.Errorf("an address of two lines: %v", err)
	}
}
