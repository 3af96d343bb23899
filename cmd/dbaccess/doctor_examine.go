package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/term"

	"dbaccess/internal/checkup"
)

// examine runs the checks at once and returns what they find in their order. One
// that takes too long is given up, and says so.
func examine(ctx context.Context, checks []groupedCheck, progress func(done, all int, waiting string)) []line {
	findings := make([][]checkup.Finding, len(checks))
	var mu sync.Mutex // guards done and running
	done := 0
	running := make([]bool, len(checks))
	tell := func(i int, runs bool) {
		mu.Lock()
		defer mu.Unlock()
		if running[i] = runs; !runs {
			done++
		}
		for j := range running {
			if running[j] {
				progress(done, len(checks), checks[j].group+": "+checks[j].Name)
				return
			}
		}
	}
	var all errgroup.Group
	all.SetLimit(32)
	for i, c := range checks {
		all.Go(func() error {
			tell(i, true)
			defer tell(i, false)
			findings[i] = checkup.About(c.Name, lookWithin(ctx, doctorPatience, c.Look)...)
			return nil
		})
	}
	_ = all.Wait() // none returns an error
	var lines []line
	for i, c := range checks {
		for _, f := range findings[i] {
			lines = append(lines, line{c.group, f})
		}
	}
	return lines
}

// lookWithin looks for so long at most. A look that does not heed its context is
// left behind: the process ends soon.
func lookWithin(ctx context.Context, most time.Duration, look func(context.Context) []checkup.Finding) []checkup.Finding {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	seen := make(chan []checkup.Finding, 1)
	go func() { seen <- look(ctx) }()
	select {
	case f := <-seen:
		return f
	case <-ctx.Done():
	}
	select { // those who heed it have a moment to say it better
	case f := <-seen:
		return f
	case <-time.After(500 * time.Millisecond):
		return []checkup.Finding{checkup.Wrong("Is it away, or slow, or is a firewall swallowing the packets?", "No answer within %s.", most)}
	}
}

// progressLine is one line on a terminal that says what is being waited for.
type progressLine struct {
	w     io.Writer
	width int
}

// progressOn shows progress if w is a terminal.
func progressOn(w io.Writer) progressLine {
	if !colourful(w) {
		return progressLine{}
	}
	return progressLine{w, widthOf(w)}
}

func (p progressLine) show(done, all int, waiting string) {
	if p.w == nil {
		return
	}
	const cells = 20
	full := done * cells / max(all, 1)
	bar := strings.Repeat("━", full) + "\x1b[2m" + strings.Repeat("━", cells-full) + "\x1b[0m"
	said := oneLine(fmt.Sprintf("%d of %d · %s", done, all, waiting), max(p.width-cells-3, 10))
	fmt.Fprintf(p.w, "\r\x1b[K%s %s", bar, said)
}

func (p progressLine) clear() {
	if p.w != nil {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

// widthOf is how many cells a line may have: the terminal's, 0 (any number) if it
// is none.
func widthOf(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil {
			return width
		}
	}
	return 0
}
