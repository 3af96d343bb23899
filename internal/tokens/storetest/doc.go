// Package storetest says what every tokens.Store must do, and has a small one in
// memory for tests of the rules.
//
// [Run] is the conformance suite: the real store and [Memory] pass the same tests,
// so that what holds of the rules over the one holds over the other.
package storetest
