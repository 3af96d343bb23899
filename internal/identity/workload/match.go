package workload

import (
	"fmt"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"

	"dbaccess/internal/expression"
)

// environment is what conditions on tokens speak of: the claims, whatever they are.
var environment = sync.OnceValues(func() (*cel.Env, error) {
	return expression.Env(cel.Variable("claims", cel.MapType(cel.StringType, cel.DynType)))
})

// compile makes an expression ready to run. want is what it must be; an expression
// that does not look at the claims says nothing of a token.
func compile(text string, want *cel.Type) (cel.Program, []string) {
	env, err := environment()
	if err != nil {
		return nil, []string{err.Error()}
	}
	if len(text) > expression.MaxBytes {
		return nil, []string{fmt.Sprintf("has %d bytes, and may have %d", len(text), expression.MaxBytes)}
	}
	ast, flaws := expression.Check(env, text)
	if len(flaws) > 0 {
		problems := make([]string, len(flaws))
		for i, f := range flaws {
			problems[i] = fmt.Sprintf("at %d:%d: %s", f.Line, f.Column+1, f.Message)
		}
		return nil, problems
	}
	if out := ast.OutputType(); !out.IsExactType(want) && !out.IsExactType(cel.DynType) {
		return nil, []string{fmt.Sprintf("must be %s, and is %s", want, out)}
	}
	if !looks(ast) {
		return nil, []string{"does not look at `claims`, so that it says nothing of a token"}
	}
	program, err := expression.Program(env, ast)
	if err != nil {
		return nil, []string{err.Error()}
	}
	return program, nil
}

// looks reports whether the expression refers to the claims.
func looks(ast *cel.Ast) bool {
	for _, ref := range ast.NativeRep().ReferenceMap() {
		if ref.Name == "claims" {
			return true
		}
	}
	return false
}

// textOf evaluates an expression that is a text.
func textOf(program cel.Program, claims map[string]any) (string, error) {
	out, _, err := program.Eval(map[string]any{"claims": claims})
	if err != nil {
		return "", err
	}
	s, ok := out.(types.String)
	if !ok {
		return "", fmt.Errorf("it is %v and no text", out.Type())
	}
	return string(s), nil
}

// rule is a compiled condition of a service.
type rule struct {
	service string
	issuer  string
	when    cel.Program
}

// services returns the services whose conditions hold for the claims of a token of
// that issuer, each once, in the config's order. A condition that cannot be
// evaluated, be it for a claim that is not there, does not hold: failed says why.
func (v *Verifier) services(issuer string, claims map[string]any) (matched []string, failed []error) {
	for _, r := range v.rules {
		if r.issuer != issuer || (len(matched) > 0 && matched[len(matched)-1] == r.service) {
			continue
		}
		holds, err := expression.Holds(r.when, map[string]any{"claims": claims})
		switch {
		case err != nil:
			failed = append(failed, fmt.Errorf("%s: %w", r.service, err))
		case holds:
			matched = append(matched, r.service)
		}
	}
	return matched, failed
}
