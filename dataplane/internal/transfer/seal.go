package transfer

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"filippo.io/age"
	"github.com/google/renameio/v2"
)

// ErrSealed says that a file is sealed and that there is no key to open it with.
var ErrSealed = errors.New("the file is sealed: its key is needed")

// ageHeading is how sealed files begin.
const ageHeading = "age-encryption.org/v1\n"

// Seal returns what to write a file to that only the holder of the recipient's key can read. Close ends it and leaves to open.
func Seal(to io.Writer, recipient string) (io.WriteCloser, error) {
	r, err := age.ParseX25519Recipient(recipient)
	if err != nil {
		return nil, fmt.Errorf("recipient: %w", err)
	}
	return age.Encrypt(to, r)
}

// Open returns the content of a file that may be sealed; key is "" when there is none.
func Open(from io.Reader, key string) (io.Reader, error) {
	buffered := bufio.NewReader(from)
	head, err := buffered.Peek(len(ageHeading))
	if err != nil || string(head) != ageHeading {
		return buffered, nil //nolint:nilerr // what is wrong with a file that is so short is told when it is read
	}
	if key == "" {
		return nil, ErrSealed
	}
	id, err := age.ParseX25519Identity(key)
	if err != nil {
		return nil, errors.New("the key is none of a sealed file: it must begin with AGE-SECRET-KEY-1") // without the key
	}
	content, err := age.Decrypt(buffered, id)
	if err != nil {
		return nil, fmt.Errorf("open the sealed file: %w", err)
	}
	return content, nil
}

// SealKey seals a secret key to a recipient.
func SealKey(secret []byte, recipient string) ([]byte, error) {
	var out bytes.Buffer
	w, err := Seal(&out, recipient)
	if err == nil {
		_, err = w.Write(secret)
	}
	if err == nil {
		err = w.Close()
	}
	return out.Bytes(), err
}

// OpenKey opens what SealKey has sealed.
func OpenKey(sealed []byte, key string) ([]byte, error) {
	r, err := Open(bytes.NewReader(sealed), key)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// KeyFile reads the key of sealed files from a file, which is made when it is missing and make says so.
func KeyFile(path string, make bool) (key, recipient string, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) && make {
		id, err := age.GenerateX25519Identity()
		if err == nil {
			err = renameio.WriteFile(path, []byte(id.String()+"\n"), 0o600)
		}
		if err != nil {
			return "", "", fmt.Errorf("make the key file: %w", err)
		}
		return id.String(), id.Recipient().String(), nil
	}
	if err != nil {
		return "", "", fmt.Errorf("key file: %w", err)
	}
	key = strings.TrimSpace(string(text))
	id, err := age.ParseX25519Identity(key)
	if err != nil {
		return "", "", fmt.Errorf("key file %s must hold one line that begins with AGE-SECRET-KEY-1", path)
	}
	return key, id.Recipient().String(), nil
}
