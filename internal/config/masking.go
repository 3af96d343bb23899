package config

import (
	"fmt"
	"regexp"
	"strings"
)

// Masking says when the server compares databases with their masked views.
type Masking struct {
	// Schedule is when it does, in cron syntax. Default "17 * * * *".
	Schedule string `mapstructure:"schedule"`
}

// DatabaseMasking is what an owner says of a database's masked views. `dbaccess
// mask plan` finds what is sensitive without any of it.
type DatabaseMasking struct {
	// OwnerURL is the connection of `dbaccess mask` alone: the server never reads
	// it. Default the database's host with libpq's PGUSER and PGPASSWORD.
	OwnerURL Ref `mapstructure:"owner_url"`
	// Reader is the role that may read the masked views. Default the role of the
	// first profile with masked_schemas.
	Reader string `mapstructure:"reader"`
	// Overrides stand above what was detected.
	Overrides []MaskOverride `mapstructure:"overrides"`
	// Unmask makes a reader with some columns as they are, for a profile of its
	// own.
	Unmask []Unmask `mapstructure:"unmask"`
}

// MaskOverride says of a column, a table or an entity whether it is sensitive.
type MaskOverride struct {
	Column string `mapstructure:"column"` // schema.table.column
	Table  string `mapstructure:"table"`  // schema.table
	Entity string `mapstructure:"entity"` // as mask plan names it, such as postal_code
	// Sensitive false shows it as it is.
	Sensitive *bool `mapstructure:"sensitive"`
	// Strategy is how it is masked; default what its entity gets.
	Strategy string `mapstructure:"strategy"`
	Reason   string `mapstructure:"reason"`
}

// Unmask is an exception: columns that its reader sees as they are.
type Unmask struct {
	Name    string   `mapstructure:"name"`    // part of the reader's and the schemas' names
	Columns []string `mapstructure:"columns"` // schema.table.column
	Reason  string   `mapstructure:"reason"`
}

const defaultMaskSchedule = "17 * * * *"

func (m Masking) check(ps *Problems) {
	if _, err := readSchedule(m.Schedule); err != nil {
		ps.Add("masking.schedule", "%q is not a cron schedule: %v", m.Schedule, err)
	}
}

// exceptions are parts of role and schema names.
var exceptions = regexp.MustCompile(`^[a-z][a-z0-9_]{0,19}$`)

func (m DatabaseMasking) check(ps *Problems, at string) {
	checkRef(ps, at+".owner_url", m.OwnerURL, false)
	for i, o := range m.Overrides {
		o.check(ps, fmt.Sprintf("%s.overrides[%d]", at, i))
	}
	unique(ps, at+".unmask", m.Unmask, func(u Unmask) string { return u.Name })
	for i, u := range m.Unmask {
		at := fmt.Sprintf("%s.unmask[%d]", at, i)
		if !exceptions.MatchString(u.Name) {
			ps.Add(at+".name", "%q must be lower-case letters, digits and _, at most 20: roles are named after it", u.Name)
		}
		if len(u.Columns) == 0 {
			ps.Add(at+".columns", "is missing: what this reader sees as it is")
		}
		for j, c := range u.Columns {
			checkPath(ps, fmt.Sprintf("%s.columns[%d]", at, j), c, 3, "schema.table.column")
		}
		if strings.TrimSpace(u.Reason) == "" {
			ps.Add(at+".reason", "is missing: auditors will ask")
		}
	}
}

func (o MaskOverride) check(ps *Problems, at string) {
	given := 0
	for _, s := range []string{o.Column, o.Table, o.Entity} {
		if s != "" {
			given++
		}
	}
	if given != 1 {
		ps.Add(at, "must name one column, one table or one entity")
	}
	if o.Column != "" {
		checkPath(ps, at+".column", o.Column, 3, "schema.table.column")
	}
	if o.Table != "" {
		checkPath(ps, at+".table", o.Table, 2, "schema.table")
	}
	if o.Sensitive == nil && o.Strategy == "" {
		ps.Add(at, "says nothing: give sensitive: true or false, or a strategy")
	}
	if o.Sensitive != nil && !*o.Sensitive && o.Strategy != "" {
		ps.Add(at+".strategy", "what is not sensitive is shown as it is")
	}
	if strings.TrimSpace(o.Reason) == "" {
		ps.Add(at+".reason", "is missing: auditors will ask")
	}
}

// checkPath looks at a name of n parts between dots. Names with dots in them
// cannot be written here; a whole table can.
func checkPath(ps *Problems, at, path string, n int, form string) {
	if parts := strings.Split(path, "."); len(parts) != n || strings.Contains("."+path+".", "..") {
		ps.Add(at, "%q must be %s", path, form)
	}
}

// MaskReader is the role that reads a database's masked views.
func (d Database) MaskReader() string {
	if d.Masking.Reader != "" {
		return d.Masking.Reader
	}
	for _, p := range d.Profiles {
		if len(p.MaskedSchemas) > 0 && len(p.Roles) > 0 {
			return p.Roles[0]
		}
	}
	return DefaultReader(d.Name)
}

// DefaultReader is the reader of a database that nothing else names.
func DefaultReader(database string) string {
	return "dbaccess_reader_" + strings.ReplaceAll(database, "-", "_")
}
