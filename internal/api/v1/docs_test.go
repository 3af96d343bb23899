package v1_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	v1 "dbaccess/internal/api/v1"
)

var examples = regexp.MustCompile("(?s)```sh\n(.*?)```")

// The examples are run as they stand, in their order, by a shell.
func TestTheExamplesInDocsRun(t *testing.T) {
	t.Parallel()
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("there is no curl on this machine")
	}
	text, err := os.ReadFile("../../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	token := w.token("alice")
	r := ask(t, w.as("alice"), "open")
	key, err := v1.NewResultKey([]byte("a seed of sixteen bytes"))
	if err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "DBACCESS_URL="+w.url, "DBACCESS_TOKEN="+token, "ID_TOKEN=is service/nightly docs", "REQUEST="+r.ID, "GRANT="+r.Grant,
		"RESULT_KEY="+v1.EncodeResultKey(key.PublicKey()), "CURL_HOME=/nonexistent", "NO_PROXY=*")
	list := examples.FindAllStringSubmatch(string(text), -1)
	if len(list) < 9 {
		t.Fatalf("only %d examples were found", len(list))
	}
	for _, example := range list {
		cmd := exec.CommandContext(t.Context(), "sh", "-euc", strings.ReplaceAll(example[1], "curl ", curl+" --noproxy '*' "))
		cmd.Env = env
		if out, err := cmd.CombinedOutput(); err != nil || len(out) == 0 {
			t.Errorf("%s\n%v: %s", example[1], err, out)
		}
	}
}
