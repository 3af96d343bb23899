package devslack

import (
	"slices"
	"strings"
)

// method is one Web API method: https://docs.slack.dev/reference/methods.
type method struct {
	scope string // what the token must hold; empty: nothing, or run decides
	rate  rate
	args  string // the arguments it takes, beside token
	run   func(*call) (object, error)
}

const (
	messageArgs = "channel text blocks attachments metadata markdown_text thread_ts username icon_emoji icon_url as_user link_names parse "
	viewArgs    = "view trigger_id interactivity_pointer"
)

var methods = map[string]method{
	"apps.connections.open": {rate: tier3, run: (*call).connectionsOpen},
	"auth.test":             {rate: often, run: (*call).authTest},
	"bots.info":             {scope: "users:read", rate: tier3, args: "bot team_id", run: (*call).botsInfo},
	"team.info":             {scope: "team:read", rate: tier3, args: "team domain", run: (*call).teamInfo},

	"users.info":            {scope: "users:read", rate: tier4, args: "user include_locale", run: (*call).usersInfo},
	"users.list":            {scope: "users:read", rate: tier2, args: "cursor limit include_locale team_id", run: (*call).usersList},
	"users.lookupByEmail":   {scope: "users:read.email", rate: tier3, args: "email", run: (*call).usersLookupByEmail},
	"usergroups.list":       {scope: "usergroups:read", rate: tier2, args: "include_count include_disabled include_users team_id", run: (*call).usergroupsList},
	"usergroups.users.list": {scope: "usergroups:read", rate: tier2, args: "usergroup include_disabled team_id", run: (*call).usergroupsUsersList},

	// The scope of these depends on the channel.
	"conversations.info":    {rate: tier3, args: "channel include_locale include_num_members", run: (*call).conversationsInfo},
	"conversations.list":    {rate: tier2, args: "cursor limit exclude_archived types team_id", run: (*call).conversationsList},
	"conversations.members": {rate: tier4, args: "channel cursor limit", run: (*call).conversationsMembers},
	"conversations.open":    {scope: "im:write", rate: tier3, args: "channel users return_im prevent_creation", run: (*call).conversationsOpen},
	"conversations.join":    {scope: "channels:join", rate: tier3, args: "channel", run: (*call).conversationsJoin},

	"chat.postMessage":   {scope: "chat:write", rate: posting, args: messageArgs + "mrkdwn reply_broadcast unfurl_links unfurl_media", run: (*call).chatPostMessage},
	"chat.postEphemeral": {scope: "chat:write", rate: tier4, args: messageArgs + "user", run: (*call).chatPostEphemeral},
	"chat.update":        {scope: "chat:write", rate: tier3, args: messageArgs + "ts reply_broadcast file_ids unfurl_links unfurl_media", run: (*call).chatUpdate},
	"chat.delete":        {scope: "chat:write", rate: tier3, args: "channel ts as_user", run: (*call).chatDelete},
	"chat.getPermalink":  {rate: often, args: "channel message_ts", run: (*call).chatGetPermalink},

	"reactions.add":    {scope: "reactions:write", rate: tier3, args: "channel name timestamp", run: (*call).reactionsAdd},
	"reactions.remove": {scope: "reactions:write", rate: tier2, args: "channel name timestamp", run: (*call).reactionsRemove},
	"reactions.get":    {scope: "reactions:read", rate: tier3, args: "channel timestamp full", run: (*call).reactionsGet},

	"views.open":    {rate: tier4, args: viewArgs, run: (*call).viewsOpen},
	"views.push":    {rate: tier4, args: viewArgs, run: (*call).viewsPush},
	"views.update":  {rate: tier4, args: "view view_id external_id hash", run: (*call).viewsUpdate},
	"views.publish": {rate: tier4, args: "view user_id hash", run: (*call).viewsPublish},

	"blocks.validate": {rate: tier4, args: "blocks message view", run: (*call).blocksValidate},

	"files.getUploadURLExternal":   {scope: "files:write", rate: tier4, args: "filename length alt_txt snippet_type", run: (*call).filesGetUploadURL},
	"files.completeUploadExternal": {scope: "files:write", rate: tier4, args: "files channel_id channels initial_comment thread_ts blocks", run: (*call).filesCompleteUpload},
	"files.info":                   {scope: "files:read", rate: tier4, args: "file count cursor limit page", run: (*call).filesInfo},
	"files.delete":                 {scope: "files:write", rate: tier3, args: "file", run: (*call).filesDelete},
}

// strangers returns the arguments of a call that its method does not know. Slack
// itself passes over them in silence; here they are mistakes.
func (c *call) strangers(m method) []string {
	known := strings.Fields(m.args)
	var unknown []string
	for name := range c.args {
		if name != "token" && !slices.Contains(known, name) {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	return unknown
}
