package api

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"io/fs"
	"net/http"
	"path"
	"time"
)

//go:embed pages
var embedded embed.FS

// page serves one of the static pages: the same bytes for everybody.
func page(name string) http.Handler {
	body, err := embedded.ReadFile("pages/" + name)
	if err != nil {
		panic("api: page not embedded: " + name) // a page is named in this package only
	}
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(body)
	})
}

// assetTypes are the files that pages may load.
var assetTypes = map[string]string{
	".js":  "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml",
}

// asset serves the pages' own files. They hold nothing of anybody and may be
// kept by browsers, which ask each time whether they are still the same.
func (a *API) asset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	kind, ok := assetTypes[path.Ext(name)]
	if !ok || !fs.ValidPath(name) {
		a.refuse(w, r, errNoPage)
		return
	}
	body, err := embedded.ReadFile("pages/" + name)
	if err != nil {
		a.refuse(w, r, errNoPage)
		return
	}
	sum := sha256.Sum256(body)
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(sum[:12])+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}
