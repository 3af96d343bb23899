package main

import (
	"dbaccess/bot"
	"dbaccess/internal/devslack"
)

// workspace is the local Slack of the demo and of the stories: its usual people
// and channels, with our app in it and the shortcuts that the app has.
func workspace() devslack.Options {
	o := devslack.DefaultSeed()
	for _, sc := range bot.Shortcuts() {
		o.Shortcuts = append(o.Shortcuts, devslack.Shortcut{Type: sc.Type, CallbackID: sc.CallbackID, Name: sc.Name, Description: sc.About})
	}
	return o
}
