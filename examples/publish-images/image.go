package publish

import (
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math"

	"golang.org/x/image/draw"
)

// maxPixels bounds what Inspect and Encode accept: a small file can announce an image that does not fit in memory.
const maxPixels = 64 << 20

// Inspect reads the format and the size of an image without decoding its pixels.
func Inspect(r io.Reader) (Picture, error) {
	c, format, err := image.DecodeConfig(r)
	if err != nil {
		return Picture{}, fmt.Errorf("decode: %w", err)
	}
	if c.Width*c.Height > maxPixels {
		return Picture{}, fmt.Errorf("%d x %d pixels are too many, at most %d are accepted", c.Width, c.Height, maxPixels)
	}
	return Picture{Format: format, Width: c.Width, Height: c.Height}, nil
}

// Encode scales the image in r to width pixels, keeping its proportions, and writes it to w in format: jpeg, png or gif.
// It never scales up.
func Encode(w io.Writer, r io.ReadSeeker, format string, width int) (Picture, error) {
	original, err := Inspect(r)
	if err != nil {
		return Picture{}, err
	}
	if width < 1 || width > original.Width {
		return Picture{}, fmt.Errorf("width: %d is not between 1 and the %d pixels of the original", width, original.Width)
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return Picture{}, fmt.Errorf("rewind: %w", err)
	}
	source, _, err := image.Decode(r)
	if err != nil {
		return Picture{}, fmt.Errorf("decode: %w", err)
	}
	height := max(1, int(math.Round(float64(width)*float64(original.Height)/float64(original.Width))))
	scaled := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.ApproxBiLinear.Scale(scaled, scaled.Bounds(), source, source.Bounds(), draw.Src, nil)
	switch format {
	case "jpeg":
		err = jpeg.Encode(w, scaled, &jpeg.Options{Quality: 85})
	case "png":
		err = png.Encode(w, scaled)
	case "gif":
		err = gif.Encode(w, scaled, nil)
	default:
		return Picture{}, fmt.Errorf("format: %q is none of jpeg, png, gif", format)
	}
	if err != nil {
		return Picture{}, fmt.Errorf("encode %s: %w", format, err)
	}
	return Picture{Format: format, Width: width, Height: height}, nil
}

// Poster draws a sample original as PNG: a lighthouse by night, 3 wide to 2 high.
func Poster(w io.Writer, width int) error {
	height := width * 2 / 3
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			picture.SetRGBA(x, y, pixel(float64(x)/float64(width), float64(y)/float64(height)))
		}
	}
	return png.Encode(w, picture)
}

// pixel is the colour of the poster at x, y, both from 0 to 1.
func pixel(x, y float64) color.RGBA {
	const towerX, lampY, seaY = 0.7, 0.28, 0.8
	half := 0.02 + 0.025*(y-lampY) // the tower widens downwards
	switch {
	case y > seaY:
		wave := 0.5 + 0.5*math.Sin(60*x+200*(y-seaY))
		return color.RGBA{R: 8, G: uint8(30 + 20*wave), B: uint8(60 + 30*wave), A: 255}
	case math.Hypot((x-towerX)*1.5, y-lampY) < 0.03:
		return color.RGBA{R: 255, G: 240, B: 180, A: 255}
	case y > lampY && math.Abs(x-towerX) < half:
		if int((y-lampY)*14)%2 == 0 {
			return color.RGBA{R: 190, G: 40, B: 45, A: 255}
		}
		return color.RGBA{R: 235, G: 235, B: 230, A: 255}
	case x < towerX && math.Abs(y-lampY) < 0.22*(towerX-x):
		return color.RGBA{R: uint8(60 + 120*x), G: uint8(60 + 110*x), B: 90, A: 255} // the beam
	default:
		return color.RGBA{R: uint8(12 + 30*y), G: uint8(14 + 34*y), B: uint8(44 + 60*y), A: 255}
	}
}
