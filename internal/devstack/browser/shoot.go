package browser

import (
	"context"
	"os"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Resize gives the tab another size, in CSS pixels. Narrower than 600 it is a
// telephone.
func (p *Page) Resize(width, height int) {
	p.t.Helper()
	p.width, p.height = width, height
	p.ask(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: int64(width), Height: int64(height), DeviceScaleFactor: 1, Mobile: width < 600,
		})
		return err
	})
}

// Dark says whether the person prefers dark pages. They always prefer pages
// without moving parts.
func (p *Page) Dark(on bool) {
	p.t.Helper()
	p.dark = on
	scheme := "light"
	if on {
		scheme = "dark"
	}
	p.ask(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
		}})
		return err
	})
}

// Screenshot saves what the tab shows as a PNG.
func (p *Page) Screenshot(path string) {
	p.t.Helper()
	shot, err := p.shoot(nil)
	if err == nil {
		err = os.WriteFile(path, shot, 0o644)
	}
	if err != nil {
		p.fail("take a screenshot: %v", err)
	}
}

// shoot takes a picture of a part of the page, or of what the tab shows.
func (p *Page) shoot(part *page.Viewport) ([]byte, error) {
	ctx, cancel := p.patience()
	defer cancel()
	beyond := part != nil
	return chromedp.Run(ctx, func(ctx context.Context, tab *chromedp.Target) ([]byte, error) {
		r, err := cdp.Call(ctx, tab, page.CaptureScreenshot, page.CaptureScreenshotParams{
			Format: page.CaptureScreenshotFormatPng, Clip: part, CaptureBeyondViewport: &beyond,
		})
		return r.Data, err
	})
}
