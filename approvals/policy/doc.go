// Package policy turns policy files into routes: which reviews a request needs.
package policy
