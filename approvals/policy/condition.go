package policy

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/ext"

	"dbaccess/internal/expression"
)

// condition is a compiled `when`.
type condition struct {
	text    string
	program cel.Program
	partial cel.Program // the same, for facts of which some are not known yet
}

// The facts as conditions see them. The names of their fields are what policy
// files are written with: they are added to, and never changed.
type (
	celRequest struct {
		Kind      string        `cel:"kind"`
		Profile   string        `cel:"profile"`
		Masked    bool          `cel:"masked"`
		Duration  time.Duration `cel:"duration"`
		Reason    string        `cel:"reason"`
		Statement string        `cel:"statement"`
		RowBound  int64         `cel:"row_bound"`
		Job       bool          `cel:"job"`
		Files     []string      `cel:"files"`
	}
	celPrincipal struct {
		Kind   string            `cel:"kind"`
		Name   string            `cel:"name"`
		Email  string            `cel:"email"`
		Groups []string          `cel:"groups"`
		For    string            `cel:"acts_for"`
		Claims map[string]string `cel:"claims"`
	}
	celDatabase struct {
		Name string   `cel:"name"`
		Tags []string `cel:"tags"`
	}
	celVerdict struct {
		Kind       string   `cel:"kind"`
		Level      string   `cel:"level"`
		Rules      []string `cel:"rules"`
		Statements int64    `cel:"statements"`
		Relations  []string `cel:"relations"`
		Functions  []string `cel:"functions"`
	}
)

// environment is what conditions are checked against. It is made once: it is
// the same for every policy, and takes a millisecond.
var environment = sync.OnceValues(func() (*cel.Env, error) {
	return expression.Env(
		ext.NativeTypes(ext.ParseStructTags(true),
			reflect.TypeFor[celRequest](), reflect.TypeFor[celPrincipal](),
			reflect.TypeFor[celDatabase](), reflect.TypeFor[celVerdict]()),
		cel.Variable("request", cel.ObjectType("policy.celRequest")),
		cel.Variable("principal", cel.ObjectType("policy.celPrincipal")),
		cel.Variable("database", cel.ObjectType("policy.celDatabase")),
		cel.Variable("verdict", cel.ObjectType("policy.celVerdict")),
	)
})

// compile checks a condition and makes it ready to run.
func compile(text string) (*condition, []expression.Flaw) {
	env, err := environment()
	if err != nil {
		return nil, []expression.Flaw{{Line: 1, Message: fmt.Sprintf("prepare conditions: %v", err)}}
	}
	ast, flaws := expression.Check(env, text)
	if len(flaws) > 0 {
		for i := range flaws {
			flaws[i].Message = plain(flaws[i].Message)
		}
		return nil, flaws
	}
	if !ast.OutputType().IsExactType(cel.BoolType) {
		return nil, []expression.Flaw{{Line: 1, Message: fmt.Sprintf("a condition must be true or false, and this is %s", ast.OutputType())}}
	}
	program, err := expression.Program(env, ast)
	if err != nil {
		return nil, []expression.Flaw{{Line: 1, Message: plain(err.Error())}}
	}
	partial, err := expression.Program(env, ast, cel.OptPartialEval)
	if err != nil {
		return nil, []expression.Flaw{{Line: 1, Message: plain(err.Error())}}
	}
	return &condition{text: text, program: program, partial: partial}, nil
}

// plain takes our Go types' names out of CEL's messages.
func plain(message string) string {
	return strings.NewReplacer("policy.celRequest", "request", "policy.celPrincipal", "principal",
		"policy.celDatabase", "database", "policy.celVerdict", "verdict", " (in container '')", "").Replace(message)
}

// holds evaluates the condition.
func (c *condition) holds(facts map[string]any) (bool, error) {
	return expression.Holds(c.program, facts)
}

// facts are in as conditions see it.
func facts(in Input) map[string]any {
	rules := make([]string, 0, len(in.Verdict.Findings))
	for _, finding := range in.Verdict.Findings {
		rules = append(rules, finding.Rule)
	}
	v := in.Verdict
	return map[string]any{
		"request":   celRequest(in.Request),
		"principal": celPrincipal(in.Principal),
		"database":  celDatabase(in.Database),
		"verdict": celVerdict{
			Kind: string(v.Kind), Level: string(v.Level), Rules: rules, Statements: int64(v.Statements),
			Relations: v.Relations, Functions: v.Functions,
		},
	}
}
