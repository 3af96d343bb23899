// Command vaultbin finds a Vault server for tests and the demo, or builds one,
// and prints its path: `make vault`.
package main
