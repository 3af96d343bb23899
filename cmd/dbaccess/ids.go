package main

import (
	"context"
	"fmt"
	"strings"

	"dbaccess/approvals"
	"dbaccess/internal/fault"
	"dbaccess/internal/store"
)

// requestID finds the request that somebody means by the beginning of its id, as
// cards and letters show it. A whole id of nothing that is stored stays what it
// is: the log may know it.
func requestID(ctx context.Context, s *store.Store, given string) (approvals.RequestID, error) {
	ids, err := s.RequestIDs(ctx, beginning(given))
	if err != nil {
		return "", err
	}
	return theOne("request", "req_", given, ids, "dbaccess requests list")
}

// grantID does the same for a grant, which is found by its request too.
func grantID(ctx context.Context, s *store.Store, given string) (approvals.GrantID, error) {
	ids, err := s.GrantIDs(ctx, beginning(given))
	if err != nil {
		return "", err
	}
	return theOne("grant", "grt_", given, ids, "dbaccess grants list --all")
}

func beginning(given string) string { return strings.ToLower(strings.Trim(given, " `")) }

func theOne[ID ~string](of, kind, given string, ids []ID, lists string) (ID, error) {
	switch {
	case beginning(given) == "":
		return "", fault.New(fault.Invalid, fmt.Sprintf("The id of the %s is empty.", of), fmt.Sprintf("`%s` shows what there is.", lists))
	case len(ids) == 1:
		return ids[0], nil
	case len(ids) == 0 && strings.HasPrefix(given, kind):
		return ID(given), nil
	case len(ids) == 0:
		return "", fault.New(fault.NotFound, fmt.Sprintf("There is no %s whose id begins with %q.", of, given), fmt.Sprintf("`%s` shows what there is.", lists))
	}
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = string(id)
	}
	return "", fault.New(fault.Invalid, fmt.Sprintf("%q could be any of these: %s.", given, strings.Join(words, ", ")), "Give more of the id.")
}
