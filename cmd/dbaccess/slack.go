package main

import (
	"net/url"

	"github.com/spf13/cobra"

	"dbaccess/bot"
	"dbaccess/internal/fault"
)

func newSlackCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "slack", Short: "Set up the Slack app"}
	var o bot.ManifestOptions
	manifest := &cobra.Command{
		Use:   "manifest",
		Short: "Print the manifest of the Slack app",
		Long: `Prints what Slack has to know of the app: names, command, shortcuts, scopes and
events. On api.slack.com/apps, Create New App, From a manifest, paste it; when a
newer version of dbaccess prints another one, paste that on the app's page App
Manifest, and install the app anew if Slack asks for it.

Without --url the app uses Socket Mode, and nothing of yours has to be reachable.
With it, Slack sends signed requests to that address (slack.transport: http).
docs/slack-setup.md goes through all of it.`,
		Example: `  dbaccess slack manifest
  dbaccess slack manifest --url https://dbaccess.example.com --name "DB Access"`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkManifest(o); err != nil {
				return err
			}
			text, err := bot.Manifest(o)
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(text)
			return err
		},
	}
	manifest.Flags().StringVar(&o.URL, "url", "", "how Slack reaches the server over HTTP, such as https://dbaccess.example.com (default: Socket Mode)")
	manifest.Flags().StringVar(&o.Name, "name", "dbaccess", "what the app is called in Slack, at most 35 characters")
	cmd.AddCommand(manifest)
	return cmd
}

// checkManifest refuses what Slack would.
func checkManifest(o bot.ManifestOptions) error {
	if n := len([]rune(o.Name)); n < 1 || n > 35 {
		return fault.New(fault.Invalid, "--name must have 1 to 35 characters.", "")
	}
	if o.URL == "" {
		return nil
	}
	u, err := url.Parse(o.URL)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return fault.New(fault.Invalid, "--url must be a plain https:// address: Slack sends requests to no other.", "It is public_url, or slack.request_url if Slack reaches the server elsewhere.")
	}
	return nil
}
