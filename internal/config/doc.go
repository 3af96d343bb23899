// Package config reads the config file.
//
// The structs' comments are its manual; config.example.yaml shows every key and
// is tested to parse. Reading is strict: an unknown key, a zero duration or a
// missing secret is a problem, and all problems are reported at once, each with
// its path ("databases[0].profiles[1].max"). Lists of named things are lists
// with `name:`, never maps, because map keys would lose their case.
//
// Secrets stand in the file as references, "env:NAME" or "file:/path", never
// as themselves.
package config
