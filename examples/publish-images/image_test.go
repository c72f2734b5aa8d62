package publish

import (
	"bytes"
	"errors"
	"image"
	"strings"
	"testing"
)

func TestEncodeKeepsProportionsAndFormat(t *testing.T) {
	original := poster(t, 300)
	for _, c := range []struct {
		format        string
		width, height int
	}{{"jpeg", 150, 100}, {"png", 300, 200}, {"gif", 31, 21}} {
		var encoded bytes.Buffer
		want := Picture{Format: c.format, Width: c.width, Height: c.height}
		got, err := Encode(&encoded, bytes.NewReader(original), c.format, c.width)
		if err != nil || got != want {
			t.Fatalf("Encode to %s = %v, %v, want %v", c.format, got, err, want)
		}
		decoded, format, err := image.Decode(&encoded)
		if err != nil || format != c.format || decoded.Bounds().Dx() != c.width || decoded.Bounds().Dy() != c.height {
			t.Errorf("decoded %s: %v %s, %v", c.format, decoded.Bounds(), format, err)
		}
		if r, g, b, _ := decoded.At(c.width*7/10, c.height*28/100).RGBA(); r < 0xc000 || g < 0xc000 || b > g {
			t.Errorf("%s: the lamp is %x %x %x, want warm white: the picture was not scaled but lost", c.format, r, g, b)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	original := poster(t, 60)
	for _, c := range []struct {
		format string
		width  int
		source []byte
		want   string
	}{
		{"webp", 30, original, "format"},
		{"png", 0, original, "width"},
		{"png", 61, original, "width"},
		{"png", 30, []byte("not an image"), "decode"},
	} {
		_, err := Encode(&bytes.Buffer{}, bytes.NewReader(c.source), c.format, c.width)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Encode(%s, %d) = %v, want an error that names %s", c.format, c.width, err, c.want)
		}
	}
}

func TestNetworkServesFromTheSecondLookOn(t *testing.T) {
	network, err := OpenNetwork(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer network.Close()
	look := func(want string) {
		t.Helper()
		if _, err := network.Get("a/b"); !errors.Is(err, ErrNotAtEdge) {
			t.Fatalf("first look: %v, want ErrNotAtEdge", err)
		}
		if got, err := network.Get("a/b"); err != nil || string(got) != want {
			t.Fatalf("second look: %q, %v, want %q", got, err, want)
		}
	}
	put := func(content string) {
		t.Helper()
		if err := network.Put("a/b", []byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	put("one")
	look("one")
	put("one")
	if got, err := network.Get("a/b"); err != nil || string(got) != "one" {
		t.Fatalf("after the same content was put again: %q, %v", got, err)
	}
	put("two")
	look("two")
	if _, err := network.Get("../outside"); err == nil {
		t.Fatal("a path outside the network was served")
	}
}

func poster(t *testing.T, width int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Poster(&b, width); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
