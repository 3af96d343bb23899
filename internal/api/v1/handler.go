package v1

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"dbaccess/internal/api"
)

func init() {
	huma.ValidateStrictCasing = true // {"KIND": …} is not what the document says
}

// Handler returns everything under /v1/.
func (d *Door) Handler() http.Handler {
	mux := &mux{ServeMux: http.NewServeMux(), methods: map[string][]string{}}
	d.describe(mux)
	for path, methods := range mux.methods {
		allow := strings.Join(slices.Sorted(slices.Values(methods)), ", ")
		mux.ServeMux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Allow", allow)
			d.Refusals.Refuse(w, r, api.WithStatus(errMethod, http.StatusMethodNotAllowed))
		})
	}
	mux.ServeMux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { d.Refusals.Refuse(w, r, errNowhere) })
	return noHead(mux.ServeMux, d)
}

// noHead refuses HEAD, with which a mux would let a GET handler do its work and
// throw the answer away: a result is handed out once.
func noHead(next http.Handler, d *Door) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			d.Refusals.Refuse(w, r, api.WithStatus(errMethod, http.StatusMethodNotAllowed))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// mux remembers which methods each path has, to say so to the others.
type mux struct {
	*http.ServeMux
	methods map[string][]string
}

// HandleFunc implements humago.Mux.
func (m *mux) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	method, path, _ := strings.Cut(pattern, " ")
	m.methods[path] = append(m.methods[path], method)
	m.ServeMux.HandleFunc(pattern, h)
}

const (
	smallBody   = 64 << 10 // bytes of a request that has no SQL in it
	sqlBody     = 2 << 20  // of one that has: a job's files and a statement, of which JSON may write a byte as six
	tokenScheme = "token"
)

// describe registers all operations, and with them the OpenAPI document.
func (d *Door) describe(m humago.Mux) huma.API {
	config := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: "dbaccess", Version: "1", Description: about},
			Components: &huma.Components{
				Schemas:         huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{tokenScheme: {Type: "http", Scheme: "bearer", Description: "A token of dbaccess, from POST /v1/token or `dbaccess login`."}},
			},
		},
		OpenAPIPath:                  "/v1/openapi",
		Formats:                      huma.DefaultFormats,
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{d.translate},
	}
	h := humago.New(m, config)
	h.UseMiddleware(d.guard)
	d.describeTokens(h)
	d.describeDatabases(h)
	d.describeRequests(h)
	d.describeGrants(h)
	delete(h.OpenAPI().Components.Schemas.Map(), "ErrorModel") // huma's own, which nothing answers
	return h
}

const about = `Ask for access to a database, or that one statement is run; wait for the people who decide; claim, use and end what was approved.

Every error is application/problem+json. Every identifier is opaque. Times are RFC 3339 in UTC. Nothing here reviews a request: people do, in Slack.`

// add registers one operation. What f returns as an error becomes a problem.
func add[I, O any](d *Door, h huma.API, op huma.Operation, f func(ctx context.Context, in *I) (*O, error)) {
	op.Responses = map[string]*huma.Response{"default": {
		Description: "What was wrong, and what to do next",
		Content: map[string]*huma.MediaType{"application/problem+json": {
			Schema: h.OpenAPI().Components.Schemas.Schema(problemType, true, "Problem"),
		}},
	}}
	if op.MaxBodyBytes == 0 {
		op.MaxBodyBytes = smallBody
	}
	huma.Register(h, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := f(ctx, in)
		if err != nil {
			return nil, d.refuse(callerOf(ctx).call, err)
		}
		return out, nil
	})
}

// withToken is what all operations have that need a token.
func withToken(op huma.Operation) huma.Operation {
	op.Security = []map[string][]string{{tokenScheme: {}}}
	return op
}
