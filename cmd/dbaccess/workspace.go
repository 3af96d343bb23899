package main

import (
	"fmt"

	"dbaccess/bot"
	"dbaccess/internal/devslack"
)

// workspace is the local Slack of the demo and of the stories: its usual people
// and channels, with our app in it as its manifest says.
func workspace() devslack.Options {
	o := devslack.DefaultSeed()
	manifest, err := bot.Manifest(bot.ManifestOptions{})
	if err == nil {
		_, err = o.Install(manifest)
	}
	if err != nil { // a manifest that Slack would refuse too
		panic(fmt.Sprintf("install the app: %v", err))
	}
	return o
}
