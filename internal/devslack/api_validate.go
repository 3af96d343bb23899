package devslack

import (
	"errors"
	"regexp"
	"strings"
)

// blocksValidate judges blocks, a message or a view, and puts them nowhere:
// https://docs.slack.dev/reference/methods/blocks.validate.
func (c *call) blocksValidate() (object, error) {
	var given []string
	for _, name := range []string{"blocks", "message", "view"} {
		if c.args[name] != nil {
			given = append(given, name)
		}
	}
	if len(given) != 1 {
		return nil, &apiError{code: "invalid_arguments", messages: []string{"[ERROR] provide exactly one of blocks, message and view"}}
	}
	if err := c.validate(given[0]); err != nil {
		wrong, _ := errors.AsType[*apiError](err)
		if wrong == nil || wrong.code == "invalid_json" {
			return nil, err
		}
		return object{"errors": validationErrors(wrong)}, slackErr("invalid_" + given[0])
	}
	return object{}, nil
}

func (c *call) validate(what string) error {
	var blocks []object
	var given object
	switch what {
	case "blocks":
		if _, err := c.decode(what, &blocks); err != nil {
			return err
		}
		return checkMessageBlocks(blocks)
	case "message":
		if _, err := c.decode(what, &given); err != nil {
			return err
		}
		return checkMessageBlocks(objects(given["blocks"]))
	}
	if _, err := c.decode(what, &given); err != nil {
		return err
	}
	kind := onModal
	if given["type"] == string(onHome) {
		kind = onHome
	}
	return checkView(given, kind)
}

var complaint = regexp.MustCompile(`^\[ERROR\] (.*) \[json-pointer:(.*)\]$`)

// validationErrors says the same complaints in that method's form.
func validationErrors(e *apiError) []object {
	list := []object{}
	for _, said := range e.messages {
		one := object{"code": "failed_constraint", "message": strings.TrimPrefix(said, "[ERROR] "), "pointer": ""}
		if m := complaint.FindStringSubmatch(said); m != nil {
			one["message"], one["pointer"] = m[1], m[2]
		}
		list = append(list, one)
	}
	if len(list) == 0 {
		list = append(list, object{"code": e.code, "message": e.code, "pointer": ""})
	}
	return list
}
