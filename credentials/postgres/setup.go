package postgres

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"text/template"

	"dbaccess/credentials"
)

// SetupOptions says what SetupSQL should write.
type SetupOptions struct {
	Database        string             // the name inside Postgres
	Groups          []string           // the groups of all profiles; made if there are none such
	Issuer          string             // role name; empty = dbaccess_issuer
	Monitor         string             // role name; empty = dbaccess_monitor
	IssuerPassword  credentials.Secret // empty: the owner sets it by hand; else only its SCRAM verifier is written
	MonitorPassword credentials.Secret // likewise
	// PreviewSchemas are those whose tables statements may read: a role is made that
	// may read them and nothing more. None: no such role.
	PreviewSchemas  []string
	Preview         string             // role name; empty = dbaccess_preview
	PreviewPassword credentials.Secret // likewise
	ClosePublic     bool               // run the REVOKEs from PUBLIC too, instead of only suggesting them
}

//go:embed setup.sql
var setupText string

var setupTemplate = template.Must(template.New("setup.sql").
	Funcs(template.FuncMap{"ident": ident, "literal": literal}).Parse(setupText))

// SetupSQL writes what an owner runs once on a target, as a superuser: commented,
// to be read first, and harmless to run again.
func SetupSQL(o SetupOptions) string {
	if o.Issuer == "" {
		o.Issuer = "dbaccess_issuer"
	}
	if o.Monitor == "" {
		o.Monitor = "dbaccess_monitor"
	}
	if o.Preview == "" {
		o.Preview = "dbaccess_preview"
	}
	groups := slices.Compact(slices.Sorted(slices.Values(o.Groups)))
	var text strings.Builder
	err := setupTemplate.Execute(&text, struct {
		SetupOptions
		Groups                                           []string
		IssuerVerifier, MonitorVerifier, PreviewVerifier string
	}{o, groups, verifierOf(o.IssuerPassword), verifierOf(o.MonitorPassword), verifierOf(o.PreviewPassword)})
	if err != nil {
		panic(fmt.Sprintf("setup.sql: %v", err)) // the template and its data are both ours
	}
	return text.String()
}

func verifierOf(password credentials.Secret) string {
	if password.Reveal() == "" {
		return ""
	}
	return scramVerifier(password)
}
