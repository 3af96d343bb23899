package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/spf13/cobra"

	"dbaccess/internal/config"
	"dbaccess/internal/fault"
	"dbaccess/internal/masking"
	"dbaccess/internal/target"
)

func newMaskCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "mask",
		Short: "Find sensitive columns and put masked views in front of them",
		Long: `Finds the columns of a database that say something about people or hold secrets,
and makes schemas of views that show everything but those. A reader role sees the
views only, so that a credential of it can be given to whoever has to look at
production.

  dbaccess mask plan   --database shop    what was found, and why
  dbaccess mask apply  --database shop    make it so, after showing the difference
  dbaccess mask status --database shop    what changed since; ways around the views

It runs with the connection of an owner of the database, from the command line: the
server holds no such right. With --database that is masking.owner_url, or the
database's host with PGUSER and PGPASSWORD; --dsn names any database.`,
	}
	cmd.AddCommand(newMaskPlanCommand(), newMaskApplyCommand(), newMaskStatusCommand(), newMaskSuspendCommand(), newMaskRemoveCommand())
	return cmd
}

// maskFlags say which database, and as whom.
type maskFlags struct {
	database, dsn, role string
	sample              int
}

func (f *maskFlags) on(cmd *cobra.Command) {
	configFlag(cmd)
	cmd.Flags().StringVar(&f.database, "database", "", "a database of the config")
	cmd.Flags().StringVar(&f.dsn, "dsn", "", "a connection string of an owner of the database, instead")
	cmd.MarkFlagsMutuallyExclusive("database", "dsn")
	cmd.MarkFlagsOneRequired("database", "dsn")
}

func (f *maskFlags) sampling(cmd *cobra.Command) {
	cmd.Flags().IntVar(&f.sample, "sample", 0, "rows to look at in each table (default 500)")
}

func (f *maskFlags) reader(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.role, "role", "", "the reader role (default the config's, else dbaccess_reader_DATABASE)")
}

// masked is a database whose masks are being looked at.
type masked struct {
	conn      *pgx.Conn
	name      string // what people call it
	overrides []masking.Override
	target    masking.Target
}

// open connects to the database that the flags name.
func (f *maskFlags) open(cmd *cobra.Command) (*masked, error) {
	var m masked
	dsn := f.dsn
	if f.database != "" {
		s, err := loadSettings(cmd)
		if err != nil {
			return nil, err
		}
		d, ok := s.config.Database(f.database)
		if !ok {
			return nil, fault.New(fault.NotFound, fmt.Sprintf("There is no database named %q in the config.", f.database), "")
		}
		if dsn, err = ownerDSN(d); err != nil {
			return nil, err
		}
		if m.overrides, m.target.Exceptions, err = maskTerms(d.Masking); err != nil {
			return nil, err
		}
		m.name, m.target.Reader = d.Name, d.MaskReader()
	}
	c, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, fault.New(fault.Invalid, "That is not a Postgres connection string.", "It looks like postgres://owner@host:5432/database.")
	}
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = 10 * time.Second
	}
	c.RuntimeParams["application_name"] = "dbaccess mask"
	if m.conn, err = pgx.ConnectConfig(cmd.Context(), c); err != nil {
		return nil, fault.New(fault.Unavailable, "The database does not let us in: "+target.Reason(err)+".", "Check the connection of its owner.").With(err)
	}
	if m.name == "" {
		m.name, m.target.Reader = c.Database, config.DefaultReader(c.Database)
	}
	if f.role != "" {
		m.target.Reader = f.role
	}
	if err := readerName(m.target.Reader); err != nil {
		return nil, err
	}
	return &m, nil
}

// readerName refuses names that are no reader's.
func readerName(name string) error {
	if len(name) > 43 || name == "" || strings.HasPrefix(name, "pg_") || strings.EqualFold(name, "public") || name == masking.OwnerRole {
		return fault.New(fault.Invalid, fmt.Sprintf("%q cannot be the reader's name.", name), "Use at most 43 characters, such as dbaccess_reader_shop.")
	}
	return nil
}

func (m *masked) close(ctx context.Context) { _ = m.conn.Close(context.WithoutCancel(ctx)) }

// unchanged says why nothing was changed. What the role that ran may not do comes
// with the statement for somebody who may.
func (m *masked) unchanged(err error, hint string) error {
	if rights, ok := errors.AsType[*target.ErrRights](err); ok {
		return fault.New(fault.Denied, "Nothing was changed in "+m.name+": "+rights.What+"\n      "+rights.Fix, "A superuser, or whoever made that role, runs this.")
	}
	return fault.New(fault.Unavailable, "Nothing was changed in "+m.name+": "+target.Reason(err)+".", hint).With(err)
}

// ownerDSN is how `dbaccess mask` connects to a database of the config.
func ownerDSN(d config.Database) (string, error) {
	if d.Masking.OwnerURL != "" {
		dsn, err := d.Masking.OwnerURL.Read()
		if err != nil {
			return "", fault.New(fault.Invalid, fmt.Sprintf("masking.owner_url of %s: %v.", d.Name, err), "")
		}
		return dsn, nil
	}
	return fmt.Sprintf("host=%s port=%d dbname=%s sslmode=%s", quoteDSN(d.Host), d.Port, quoteDSN(d.DBName), d.SSLMode), nil
}

// quoteDSN writes a value of a keyword connection string.
func quoteDSN(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

// maskTerms turns what the config says of masks into masking's words.
func maskTerms(c config.DatabaseMasking) (overrides []masking.Override, exceptions []masking.Exception, err error) {
	for _, o := range c.Overrides {
		parts := append(strings.Split(o.Column+o.Table, "."), "", "", "")
		as := masking.Override{Schema: parts[0], Table: parts[1], Column: parts[2], Sensitive: o.Sensitive, Reason: o.Reason}
		if o.Entity != "" {
			if as.Entity, err = masking.ParseEntity(o.Entity); err != nil {
				return nil, nil, fault.New(fault.Invalid, "masking.overrides: "+err.Error()+".", "")
			}
		}
		if o.Strategy != "" {
			if as.Strategy, err = masking.ParseStrategy(o.Strategy); err != nil {
				return nil, nil, fault.New(fault.Invalid, "masking.overrides: "+err.Error()+".", "")
			}
		}
		overrides = append(overrides, as)
	}
	for _, u := range c.Unmask {
		e := masking.Exception{Name: u.Name, Reason: u.Reason}
		for _, path := range u.Columns {
			parts := strings.Split(path, ".")
			e.Columns = append(e.Columns, masking.ColumnRef{Name: masking.Name{Schema: parts[0], Table: parts[1]}, Column: parts[2]})
		}
		exceptions = append(exceptions, e)
	}
	return overrides, exceptions, nil
}
