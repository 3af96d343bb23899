package storetest_test

import (
	"testing"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/credentials/storetest"
)

func TestMemoryKeepsWhatAStorePromises(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) (credentials.Store, func(approvals.Grant)) {
		m := storetest.NewMemory()
		return m, m.Seed
	})
}
