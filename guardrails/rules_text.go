package guardrails

// The family of texts that cannot be understood.
var (
	ruleOutOfBounds = &Rule{
		ID: "GR001", Name: "out-of-bounds", Kind: Unknown, Level: Critical,
		About: "The text is too long, nested too deep or chained too far to be given to PostgreSQL's parser safely.",
		Fires: "SELECT /*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/* 1",
		Quiet: "SELECT /* a /* nested */ comment */ 1",
	}
	ruleNotText = &Rule{
		ID: "GR002", Name: "not-text", Kind: Unknown, Level: Critical,
		About: "The text holds a NUL byte or is not valid UTF-8: what the server would run is not what was read here.",
		Fires: "SELECT 'a\x00b'",
		Quiet: "SELECT 'añb'",
	}
	ruleUnparseable = &Rule{
		ID: "GR003", Name: "unparseable", Kind: Unknown, Level: High,
		About: "PostgreSQL's parser does not accept the text. Commands of psql such as \\d are not SQL.",
		Fires: "DELETE FORM orders",
		Quiet: "SELECT 'DELETE FORM orders'",
	}
	ruleUnfamiliar = &Rule{
		ID: "GR004", Name: "unfamiliar", Kind: Unknown, Level: High,
		About: "The text parses, but holds a construct that guardrails have no judgement of.",
	}
	ruleFault = &Rule{
		ID: "GR006", Name: "fault", Kind: Unknown, Level: Critical,
		About: "Guardrails themselves failed on the text, which nobody knows to happen.",
	}
	ruleMixed = &Rule{
		ID: "GR005", Name: "mixed-statements", Level: Medium,
		About: "The text holds several statements, some that read and some that change something; a reader may see only the first.",
		Fires: "SELECT 1; UPDATE orders SET note = '' WHERE id = 7",
		Quiet: "SELECT 1; SELECT 2",
	}
)

var textRules = []*Rule{ruleOutOfBounds, ruleNotText, ruleUnparseable, ruleUnfamiliar, ruleMixed, ruleFault}

// NotText is the id of the rule for what is no text; callers use it for input
// that they could not read a text from.
const NotText = "GR002"
