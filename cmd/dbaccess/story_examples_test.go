package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"gopkg.in/yaml.v3"

	"dbaccess/credentials"
	"dbaccess/examples/pool"
	"dbaccess/internal/identity"
)

// examples is the folder of examples.
const examples = "../../examples"

// onPath makes a dbaccess that the story's shells find: this test's own binary.
func (s *story) onPath() (path string) {
	s.Helper()
	self, err := os.Executable()
	if err != nil {
		s.Fatal(err)
	}
	dir := s.TempDir()
	script := fmt.Sprintf("#!/bin/sh\n%s=1 exec %q \"$@\"\n", childEnv, self)
	if err := os.WriteFile(filepath.Join(dir, "dbaccess"), []byte(script), 0o700); err != nil {
		s.Fatal(err)
	}
	return dir + ":" + os.Getenv("PATH")
}

// ran is one command of an example, and what it should print.
type ran struct {
	cmd   *exec.Cmd
	words string
}

// shell is a command in the folder of examples, as the service nightly.
func (s *story) shell(words string, command ...string) ran {
	s.Helper()
	home := s.TempDir()
	cmd := exec.CommandContext(s.Context(), command[0], command[1:]...)
	cmd.Dir = examples
	cmd.Env = []string{
		"PATH=" + s.onPath(), "HOME=" + home, "XDG_RUNTIME_DIR=" + home, "DBACCESS_KEYRING=no",
		"DBACCESS_URL=http://" + s.address, "DBACCESS_TOKEN=" + s.token(),
	}
	return ran{cmd: cmd, words: words}
}

// report runs the commands of examples at once, and checks that each had access,
// which is gone now.
func (s *story) report(all []ran) {
	s.Helper()
	var running sync.WaitGroup
	for _, r := range all {
		running.Go(func() {
			if out, err := r.cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), r.words) {
				s.Errorf("%v: %v:\n%s", r.cmd.Args, err, out)
			}
		})
	}
	running.Wait()
	grants := must[[]credentials.Grant](s)(s.core.grants.Grants(s.Context(), credentials.GrantFilter{Holder: identity.ServiceName("nightly")}))
	if len(grants) != len(all) {
		s.Errorf("%d grants for %d commands", len(grants), len(all))
	}
	for _, g := range grants {
		if g.State != credentials.Ended || g.Reason != credentials.Revoked {
			s.Errorf("one left a grant that is %s (%s)", g.State, g.Reason)
		}
	}
	s.nothingLeft()
}

func (s *story) example(name string, into any) string {
	s.Helper()
	text, err := os.ReadFile(filepath.Join(examples, name))
	if err != nil {
		s.Fatal(err)
	}
	if into != nil {
		if err := yaml.Unmarshal(text, into); err != nil {
			s.Fatalf("%s: %v", name, err)
		}
	}
	return string(text)
}

func TestExamplesDoWhatTheySay(t *testing.T) {
	s := newStory(t, nowhere(scene{}))

	all := []ran{s.shell("average", "psql/report.sh")}

	var workflow struct {
		Permissions map[string]string
		Jobs        map[string]struct {
			Steps []struct{ Run string }
		}
	}
	s.example("github-actions/nightly.yml", &workflow)
	if workflow.Permissions["id-token"] != "write" {
		t.Error("the workflow cannot ask who it is")
	}
	for _, step := range workflow.Jobs["report"].Steps {
		if step.Run != "" {
			all = append(all, s.shell("average", "bash", "-e", "-c", step.Run))
		}
	}
	if len(all) != 2 {
		t.Errorf("%d steps of the workflow run", len(all)-1)
	}
	all = append(all, s.cronJob(), s.dbtProfile())

	dag := s.example("airflow/nightly.py", nil)
	commands := regexp.MustCompile(`bash_command=(?:"""(.+?)"""|'(.+?)')`).FindAllStringSubmatch(dag, -1)
	for i, words := range []string{"average", "as dba-"} {
		all = append(all, s.shell(words, "bash", "-c", commands[i][1]+commands[i][2]))
	}
	s.report(all)
	if out, err := exec.CommandContext(t.Context(), "python3", "-c", "import ast, sys; ast.parse(open(sys.argv[1]).read())", filepath.Join(examples, "airflow/nightly.py")).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	s.verified()
}

func (s *story) cronJob() ran {
	s.Helper()
	var manifest struct {
		Kind string
		Spec struct {
			JobTemplate struct {
				Spec struct {
					Template struct {
						Spec struct {
							Containers []struct {
								Command, Args []string
								VolumeMounts  []struct {
									MountPath string `yaml:"mountPath"`
								} `yaml:"volumeMounts"`
							}
							Volumes []struct {
								Projected struct {
									Sources []struct {
										Token struct{ Path, Audience string } `yaml:"serviceAccountToken"`
									}
								}
							}
						}
					}
				}
			} `yaml:"jobTemplate"`
		}
	}
	s.example("kubernetes/cronjob.yaml", &manifest)
	pod := manifest.Spec.JobTemplate.Spec.Template.Spec
	c := pod.Containers[0]
	if token := c.VolumeMounts[0].MountPath + "/" + pod.Volumes[0].Projected.Sources[0].Token.Path; token != platformToken {
		s.Errorf("its token is at %s, and dbaccess looks at %s", token, platformToken)
	}
	return s.shell("average", append([]string{"env"}, append(c.Command, c.Args...)...)...)
}

// dbtProfile checks that what the profile asks of the environment is there, and that
// libpq connects with it as dbt's adapter has it do: with an empty password.
func (s *story) dbtProfile() ran {
	s.Helper()
	var profiles map[string]struct {
		Outputs map[string]map[string]any
	}
	text := s.example("dbt/profiles.yml", &profiles)
	p := profiles["shop"].Outputs["dbaccess"]
	dsn := "password=''"
	for _, key := range []string{"host", "port", "user", "dbname"} {
		dsn += " " + key + "=" + regexp.MustCompile(`^\{\{ env_var\('(\w+)'.*\}\}$`).ReplaceAllString(fmt.Sprint(p[key]), `$$$1`)
	}
	_, command, ok := strings.Cut(text, "#   dbaccess exec")
	command, _, _ = strings.Cut(command, " -- ")
	if !ok || strings.Contains(dsn, "env_var") || p["password"] != "" {
		s.Fatalf("the profile is not understood: %s", dsn)
	}
	script := s.file("dbt.sh", "unset PGSERVICE\npsql -XAtc 'SELECT session_user' \""+dsn+"\"\n")
	return s.shell("dba-", "bash", "-c", "dbaccess exec"+command+" -- sh "+script)
}

// TestTheExampleOfAPoolMovesFromCredentialToCredential: a Go program that runs for
// longer than one window.
func TestTheExampleOfAPoolMovesFromCredentialToCredential(t *testing.T) {
	s := newStory(t, nowhere(scene{}))
	token := s.token()
	a := &pool.Access{
		URL: "http://" + s.address, Token: func(context.Context) (string, error) { return token, nil },
		Database: "shop", Profile: "masked-read", Window: "5s", Reason: "dashboard",
	}
	config, err := pgxpool.ParseConfig("sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Configure(config); err != nil {
		t.Fatal(err)
	}
	db, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	roles := map[string]bool{}
	s.eventually("it moved on twice", func() bool {
		var role string
		var customers int
		if err := db.QueryRow(t.Context(), "SELECT session_user, count(*) FROM customers").Scan(&role, &customers); err != nil || customers != 50 {
			t.Errorf("%s sees %d customers: %v", role, customers, err)
		}
		roles[role] = true
		return len(roles) >= 3
	})
	if g := s.its(); !g.Attended() {
		t.Error("nobody would notice if it were killed")
	}
	if err := a.Close(t.Context()); err != nil {
		t.Errorf("Close: %v", err)
	}
	s.eventually("all of it has ended", func() bool { return s.ours() == "0" })
	s.verified()
}
