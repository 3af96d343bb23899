// Package shop fills a database with the sample shop that the demo and the tests
// give access to: made-up customers, orders and payments in schema shop, and the
// views that hide who they are in schema masked_shop.
//
//	shop.customers ──▶ masked_shop.customers   name, e-mail, phone, IBAN: keyed
//	shop.payments  ──▶ masked_shop.payments    pseudonyms (equal stays equal);
//	…                                          notes and streets: [redacted]
//
// The masked schema is written by hand after the template that `dbaccess mask`
// will follow; it is what the profile masked-read grants.
package shop
