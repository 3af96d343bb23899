package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	v1 "dbaccess/internal/api/v1"
	"dbaccess/internal/fault"
)

// jobFlags say what an unattended run is going to do, so that people can approve
// it once for its later runs.
type jobFlags struct {
	files            []string
	rows             string
	schedule, window string
	commit           string
}

func (j *jobFlags) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringSliceVar(&j.files, "sql", nil, "an SQL file that the job runs, for an approval that can stand for later runs (repeatable)")
	f.StringVar(&j.rows, "rows", "", "how many rows the job is expected to touch, such as 10-500")
	f.StringVar(&j.schedule, "schedule", "", "when the job runs, in cron syntax")
	f.StringVar(&j.window, "window", "", "how late after its schedule the job may start, such as 30m")
	f.StringVar(&j.commit, "commit", "", "a link to the commit, for the people who decide")
}

// read makes the job of the flags; nil if there is none.
func (j jobFlags) read() (*v1.Job, error) {
	if len(j.files) == 0 && j.rows == "" && j.schedule == "" && j.window == "" && j.commit == "" {
		return nil, nil
	}
	out := &v1.Job{Schedule: j.schedule, Window: j.window, Commit: j.commit}
	for _, path := range j.files {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, fault.New(fault.Invalid, "The file "+path+" cannot be read.", "").With(err)
		}
		out.Files = append(out.Files, v1.File{Path: path, Content: string(content)})
	}
	if j.rows != "" {
		band, err := readBand(j.rows)
		if err != nil {
			return nil, err
		}
		out.Rows = &band
	}
	return out, nil
}

// readBand reads "10-500", which may be written "10..500", or "500" for anything up to
// that.
func readBand(s string) (v1.Band, error) {
	low, high, both := strings.Cut(strings.Replace(s, "..", "-", 1), "-")
	if !both {
		low, high = "0", s
	}
	least, err1 := strconv.ParseInt(low, 10, 64)
	most, err2 := strconv.ParseInt(high, 10, 64)
	if err1 != nil || err2 != nil || least < 0 || most < least {
		return v1.Band{}, fault.New(fault.Invalid, fmt.Sprintf("%q is not a number of rows.", s), "Write it like 10-500, or 500 for at most so many.")
	}
	return v1.Band{Min: least, Max: most}, nil
}
