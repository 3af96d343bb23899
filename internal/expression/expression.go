package expression

import (
	"fmt"

	"cel.dev/cel-go/cel"
)

// Bounds on expressions. They keep a file, or a reason, a statement or a token
// that an expression looks at, from taking as much as a tenth of a second.
const (
	MaxBytes          = 4 << 10 // of its text
	maxDepth          = 50
	maxCost           = 200_000 // CEL's own unit, about one step
	maxComprehensions = 2       // nested
)

// Flaw is one problem of an expression, at its line from 1 and column from 0.
type Flaw struct {
	Line, Column int
	Message      string
}

// Env is what expressions are checked against. Make it once: it takes a
// millisecond.
func Env(declared ...cel.EnvOption) (*cel.Env, error) {
	return cel.NewEnv(append(declared,
		cel.ParserRecursionLimit(maxDepth),
		cel.ParserExpressionSizeLimit(MaxBytes),
		cel.ASTValidators(
			cel.ValidateDurationLiterals(),
			cel.ValidateRegexLiterals(),
			cel.ValidateHomogeneousAggregateLiterals(),
			cel.ValidateComprehensionNestingLimit(maxComprehensions),
		),
	)...)
}

// Check reads an expression and finds all that is wrong with it.
func Check(env *cel.Env, text string) (*cel.Ast, []Flaw) {
	ast, issues := env.Compile(text)
	if issues.Err() == nil {
		return ast, nil
	}
	var flaws []Flaw
	for _, e := range issues.Errors() {
		flaws = append(flaws, Flaw{e.Location.Line(), max(e.Location.Column(), 0), e.Message})
	}
	return nil, flaws
}

// Program makes a checked expression ready to run, and to stop when it costs too
// much.
func Program(env *cel.Env, ast *cel.Ast, options ...cel.EvalOption) (cel.Program, error) {
	return env.Program(ast, cel.CostLimit(maxCost), cel.EvalOptions(append(options, cel.OptOptimize)...))
}

// Holds evaluates a condition.
func Holds(program cel.Program, facts any) (bool, error) {
	out, _, err := program.Eval(facts)
	if err != nil {
		return false, err
	}
	yes, ok := out.Value().(bool)
	if !ok {
		return false, fmt.Errorf("the condition is neither true nor false but %v", out.Type())
	}
	return yes, nil
}
