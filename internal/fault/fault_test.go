package fault_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"dbaccess/internal/fault"
)

var errGone = fault.New(fault.Expired, "It is over.", "Ask again.")

func TestShowFindsTheFirstFaultInTheChain(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("review req_1: %w", errGone)
	if got := fault.Show(err); got.Msg != "It is over." || got.Kind != fault.Expired {
		t.Errorf("Show = %+v", got)
	}
}

func TestAnErrorNobodyThoughtAboutTellsNothing(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		errors.New("dial tcp 10.0.0.7: password authentication failed"),
		&fault.Error{Msg: "has no kind, so it is internal"},
	} {
		got := fault.Show(err)
		if got.Kind != fault.Internal || got.Msg != "Something went wrong on our side." {
			t.Errorf("Show(%v) = %+v", err, got)
		}
		if !errors.Is(got, err) {
			t.Errorf("the cause of %v is lost for the log", err)
		}
	}
}

func TestACopyWithACauseIsStillItsSentinel(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("claim: %w", errGone.With(io.EOF))
	if !errors.Is(err, errGone) {
		t.Error("the sentinel is not found")
	}
	if !errors.Is(err, io.EOF) {
		t.Error("the cause is not found")
	}
	if errors.Is(err, fault.New(fault.Expired, "Something else.", "")) {
		t.Error("another sentence of the same kind is taken for it")
	}
}
