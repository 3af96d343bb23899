package browser

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Clock makes the page's time begin at a moment when it is opened the next time,
// so that what it says of yesterday and tomorrow is the same on every day.
func (p *Page) Clock(at time.Time) {
	p.t.Helper()
	source := fmt.Sprintf(`{
		const Real = Date, ahead = %d - Real.now();
		globalThis.Date = class Date extends Real {
			constructor(...given) { given.length ? super(...given) : super(Real.now() + ahead) }
			static now() { return Real.now() + ahead }
		};
	}`, at.UnixMilli())
	p.ask(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: source})
		return err
	})
}

// Picture returns a small PNG of one place, found as Click finds controls, with a
// margin of so many pixels around it; the mouse is out of the way.
func (p *Page) Picture(margin float64, role, name string, near ...string) []byte {
	p.t.Helper()
	var at page.Viewport
	err := p.again(func(ctx context.Context, tab *chromedp.Target) error {
		if err := mouse(ctx, tab, input.DispatchMouseEventTypeMouseMoved, -1, -1); err != nil {
			return err
		}
		c, err := p.find(ctx, tab, role, name, near)
		if err != nil {
			return err
		}
		box, err := cdp.Call(ctx, tab, dom.GetBoxModel, dom.GetBoxModelParams{ObjectID: c.object})
		if err != nil {
			return err
		}
		q := box.Model.Border
		x, y := math.Max(0, math.Floor(q[0]-margin)), math.Max(0, math.Floor(q[1]-margin))
		at = page.Viewport{X: x, Y: y, Width: math.Min(float64(p.width), math.Ceil(q[4]+margin)) - x, Height: math.Ceil(q[5]+margin) - y, Scale: 1}
		return nil
	})
	if err != nil {
		p.fail("take a picture: %v", err)
	}
	shot, err := p.shoot(&at)
	if err == nil {
		shot, err = small(shot)
	}
	if err != nil {
		p.fail("take a picture: %v", err)
	}
	return shot
}

// small keeps as few colours of a picture as text and buttons need, and cuts off the
// empty rows at its end: a third of the size.
func small(picture []byte) ([]byte, error) {
	from, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, err
	}
	area := from.Bounds()
	at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(from.At(x, y)).(color.RGBA) }
	area.Max.Y = min(area.Max.Y, lastDrawn(area, at)+13)
	count := map[color.RGBA]int{}
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			count[at(x, y)]++
		}
	}
	few := palette(count)
	to := image.NewPaletted(area, few)
	nearest := map[color.RGBA]uint8{}
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			c := at(x, y)
			i, known := nearest[c]
			if !known {
				i = uint8(few.Index(c))
				nearest[c] = i
			}
			to.SetColorIndex(x, y, i)
		}
	}
	var out bytes.Buffer
	err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, to)
	return out.Bytes(), err
}

// lastDrawn is the last row that has more than one colour; round corners do not count.
func lastDrawn(area image.Rectangle, at func(x, y int) color.RGBA) int {
	const corner = 16
	for y := area.Max.Y - 1; y > area.Min.Y; y-- {
		for x := area.Min.X + corner; x < area.Max.X-corner; x++ {
			if at(x, y) != at(area.Min.X+corner, y) {
				return y
			}
		}
	}
	return area.Max.Y
}

// palette chooses among colours: frequent ones first, as long as they are unlike
// those chosen before, so that the few pixels of a link keep theirs; then whatever
// is frequent.
func palette(count map[color.RGBA]int) (few color.Palette) {
	const most, unlike = 96, 24
	all := slices.SortedFunc(maps.Keys(count), func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B))
	})
	for _, least := range []int{unlike, 0} {
		for _, c := range all {
			if len(few) < most && (len(few) == 0 || distance(c, few[few.Index(c)].(color.RGBA)) > least) {
				few = append(few, c)
			}
		}
	}
	return few
}

func distance(a, b color.RGBA) int {
	far := func(x, y uint8) int { return max(int(x)-int(y), int(y)-int(x)) }
	return max(far(a.R, b.R), far(a.G, b.G), far(a.B, b.B))
}
