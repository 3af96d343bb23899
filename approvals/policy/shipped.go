package policy

import (
	"embed"
	"path"
	"strings"
)

//go:embed shipped/*.yaml
var shipped embed.FS

// Shipped returns the policy that is in force where a config names none. It
// wants reviewers of the groups db-reviewers and db-admins.
func Shipped() []File {
	return embedded(func(name string) bool { return !IsTests(name) })
}

// ShippedTests returns the tests of the shipped policy, as an example too.
func ShippedTests() []File { return embedded(IsTests) }

// IsTests reports whether a file of that name holds tests of a policy rather
// than a policy.
func IsTests(name string) bool {
	return strings.HasSuffix(name, ".test.yaml") || strings.HasSuffix(name, ".test.yml")
}

func embedded(pick func(name string) bool) []File {
	entries, err := shipped.ReadDir("shipped")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	var files []File
	for _, e := range entries {
		if !pick(e.Name()) {
			continue
		}
		data, err := shipped.ReadFile(path.Join("shipped", e.Name()))
		if err != nil {
			panic(err)
		}
		files = append(files, File{Name: "shipped/" + e.Name(), Data: data})
	}
	return files
}
