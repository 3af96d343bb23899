package identity

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"dbaccess/internal/fault"
)

// PersonConfig is one person as the config's identity.people lists them.
type PersonConfig struct {
	Name   string   // unique; small letters, digits, dot, dash and underscore
	Email  string   // may be empty
	Slack  []string // Slack user ids; all of them are this one person
	Groups []string // what policy files call groups; may be empty
	Logins []string // "issuer:subject": who they are elsewhere; all of them are this one person
}

// ServiceConfig is one service as the config's identity.services lists them. How
// its tokens are recognised is not the directory's.
type ServiceConfig struct {
	Name   string   // unique among services; as of people
	Groups []string // what policy files call groups; may be empty. They give no seat: services never review
}

// ErrNobody means that whoever acts is in no directory.
var ErrNobody = fault.New(fault.Denied, "You are not known to dbaccess.",
	"Ask the owner of dbaccess to add you to identity.people in its config.")

// Directory knows everybody. It does not change; a new config makes a new one.
type Directory struct {
	byName  map[string]Principal
	bySlack map[string]string    // Slack id -> name
	byEmail map[string]string    // mailbox -> name
	byLogin map[string]login     // "issuer:subject" in small letters -> whose
	members map[string][]string  // group -> names of people, sorted
	served  map[string]Principal // services by their principal name
}

// login is one entry of somebody's logins.
type login struct {
	exact string // as listed
	name  string // whose
}

// NewDirectory builds the directory of these people and services. All problems are
// reported at once, each with its path in the config.
func NewDirectory(people []PersonConfig, services ...ServiceConfig) (*Directory, error) {
	d := &Directory{
		byName:  make(map[string]Principal, len(people)),
		bySlack: map[string]string{},
		byEmail: map[string]string{},
		byLogin: map[string]login{},
		members: map[string][]string{},
		served:  map[string]Principal{},
	}
	b := builder{Directory: d, namedAt: map[string]string{}, slackAt: map[string]string{}, emailAt: map[string]string{}}
	for i, p := range people {
		b.add(fmt.Sprintf("identity.people[%d]", i), p)
	}
	for i, c := range services {
		b.serve(fmt.Sprintf("identity.services[%d]", i), c)
	}
	if len(b.problems) > 0 {
		return nil, errors.Join(b.problems...)
	}
	for group := range d.members {
		slices.Sort(d.members[group])
	}
	return d, nil
}

// Person returns the person of that name, or a fault of kind NotFound.
func (d *Directory) Person(name string) (Principal, error) {
	p, ok := d.byName[name]
	if !ok {
		return Principal{}, fault.New(fault.NotFound, fmt.Sprintf("There is no person named %q.", name),
			"Names are those of identity.people in the config.")
	}
	return clone(p), nil
}

// Principal returns who has that name: a person, a service or an agent of a
// person. An agent is in the groups of its person and of no others, so that it may
// never ask for more. A fault of kind NotFound if there is nobody of that name.
func (d *Directory) Principal(name string) (Principal, error) {
	switch named := Named(name); named.Kind {
	case Service:
		p, ok := d.served[name]
		if !ok {
			return Principal{}, fault.New(fault.NotFound, fmt.Sprintf("There is no service named %q.", strings.TrimPrefix(name, servicePrefix)),
				"Services are those of identity.services in the config.")
		}
		return clone(p), nil
	case Agent:
		agent, _, _ := strings.Cut(name, agentMark)
		if !isName(agent) {
			return Principal{}, fault.New(fault.NotFound, fmt.Sprintf("There is no agent named %q.", name), "")
		}
		person, err := d.Person(named.For)
		if err != nil {
			return Principal{}, err
		}
		named.Email, named.Groups = person.Email, person.Groups
		return named, nil
	default:
		return d.Person(name)
	}
}

// BySlack returns the person with that Slack user id, or ErrNobody.
func (d *Directory) BySlack(id string) (Principal, error) {
	name, ok := d.bySlack[id]
	if !ok {
		return Principal{}, ErrNobody.With(fmt.Errorf("slack user %q", id))
	}
	return clone(d.byName[name]), nil
}

// ByEmail returns the person with that e-mail address, whatever its case, or
// ErrNobody. Whether the address is really theirs is the caller's to know.
func (d *Directory) ByEmail(email string) (Principal, error) {
	name, ok := d.byEmail[mailbox(email)]
	if !ok || email == "" {
		return Principal{}, ErrNobody.With(fmt.Errorf("e-mail %q", email))
	}
	return clone(d.byName[name]), nil
}

// ByLogin returns the person who lists that subject of that issuer, exactly so, or
// ErrNobody.
func (d *Directory) ByLogin(issuer, subject string) (Principal, error) {
	key := issuer + ":" + subject
	if l, ok := d.byLogin[strings.ToLower(key)]; ok && l.exact == key {
		return clone(d.byName[l.name]), nil
	}
	return Principal{}, ErrNobody.With(fmt.Errorf("login %q", key))
}

// ByAccount is ByLogin for names that people have at a code host, where Alice-GH
// and alice-gh are the same. It is for telling who is behind a job, which takes
// rights away and never gives any.
func (d *Directory) ByAccount(issuer, account string) (Principal, error) {
	key := issuer + ":" + account
	if l, ok := d.byLogin[strings.ToLower(key)]; ok {
		return clone(d.byName[l.name]), nil
	}
	return Principal{}, ErrNobody.With(fmt.Errorf("account %q", key))
}

// Members returns the people of a group, sorted by name; none if the group is
// unknown.
func (d *Directory) Members(group string) []Principal {
	var list []Principal
	for _, name := range d.members[group] {
		list = append(list, clone(d.byName[name]))
	}
	return list
}

// Groups returns the names of all groups that somebody is in, sorted.
func (d *Directory) Groups() []string {
	list := make([]string, 0, len(d.members))
	for group := range d.members {
		list = append(list, group)
	}
	slices.Sort(list)
	return list
}

// builder fills a directory and collects what is wrong.
type builder struct {
	*Directory
	namedAt  map[string]string // name -> path of who has it
	slackAt  map[string]string // Slack id -> path of who has it
	emailAt  map[string]string // e-mail in small letters -> path of who has it
	problems []error
}

func (b *builder) problem(path, format string, args ...any) {
	b.problems = append(b.problems, fmt.Errorf("%s: %s", path, fmt.Sprintf(format, args...)))
}

func (b *builder) add(path string, c PersonConfig) {
	namePath := path + ".name"
	switch first := b.namedAt[c.Name]; {
	case c.Name == "":
		b.problem(namePath, "is empty")
	case !isName(c.Name):
		b.problem(namePath, "%q may have only small letters, digits, dot, dash and underscore", c.Name)
	case first != "":
		b.problem(namePath, "%q is taken by %s", c.Name, first)
	default:
		b.namedAt[c.Name] = namePath
	}
	switch first := b.emailAt[strings.ToLower(c.Email)]; {
	case c.Email == "":
	case !isEmail(c.Email):
		b.problem(path+".email", "%q is not an e-mail address", c.Email)
	case first != "": // one person under two names could review their own requests
		b.problem(path+".email", "%q is taken by %s; one person with several Slack ids is one entry", c.Email, first)
	default:
		b.emailAt[strings.ToLower(c.Email)] = path + ".email"
		b.byEmail[mailbox(c.Email)] = c.Name
	}
	for i, id := range c.Slack {
		b.addSlack(fmt.Sprintf("%s.slack[%d]", path, i), id, c.Name)
	}
	for i, l := range c.Logins {
		b.addLogin(fmt.Sprintf("%s.logins[%d]", path, i), l, c.Name)
	}
	p := Principal{Kind: Person, Name: c.Name, Email: c.Email, Slack: slices.Clone(c.Slack), Groups: slices.Clone(c.Groups)}
	slices.Sort(p.Groups)
	for i, group := range c.Groups {
		groupPath := fmt.Sprintf("%s.groups[%d]", path, i)
		switch {
		case group == "":
			b.problem(groupPath, "is empty")
		case !isName(group):
			b.problem(groupPath, "%q may have only small letters, digits, dot, dash and underscore", group)
		case slices.Contains(c.Groups[:i], group):
			b.problem(groupPath, "%q is listed twice", group)
		default:
			b.members[group] = append(b.members[group], c.Name)
		}
	}
	b.byName[c.Name] = p
}

func (b *builder) serve(path string, c ServiceConfig) {
	name := ServiceName(c.Name)
	_, taken := b.served[name]
	switch {
	case c.Name == "":
		b.problem(path+".name", "is empty")
	case !isName(c.Name):
		b.problem(path+".name", "%q may have only small letters, digits, dot, dash and underscore", c.Name)
	case taken:
		b.problem(path+".name", "%q is taken by another service", c.Name)
	}
	p := Principal{Kind: Service, Name: name, Groups: slices.Clone(c.Groups)}
	slices.Sort(p.Groups)
	for i, group := range c.Groups {
		if !isName(group) || slices.Contains(c.Groups[:i], group) {
			b.problem(fmt.Sprintf("%s.groups[%d]", path, i), "%q is not a group's name, or is listed twice", group)
		}
	}
	b.served[name] = p
}

func (b *builder) addSlack(path, id, name string) {
	switch first := b.slackAt[id]; {
	case id == "":
		b.problem(path, "is empty")
	case !isSlackID(id):
		b.problem(path, "%q is not a Slack user id, which looks like U024BE7LH", id)
	case first != "":
		b.problem(path, "%q is taken by %s", id, first)
	default:
		b.slackAt[id] = path
		b.bySlack[id] = name
	}
}

func (b *builder) addLogin(path, exact, name string) {
	issuer, subject, found := strings.Cut(exact, ":")
	first, taken := b.byLogin[strings.ToLower(exact)]
	switch {
	case !found || !isName(issuer) || subject == "" || strings.TrimSpace(subject) != subject:
		b.problem(path, "%q is not an issuer's name and a log-in there, such as github:alice", exact)
	case taken: // two people behind one log-in could review each other's own requests
		b.problem(path, "%q is taken by %s", exact, first.name)
	default:
		b.byLogin[strings.ToLower(exact)] = login{exact: exact, name: name}
	}
}

// isName keeps names short and plain: they stand in cards, policy files, logs
// and the names of events.
func isName(s string) bool {
	return len(s) <= 64 && consists(s, "abcdefghijklmnopqrstuvwxyz0123456789._-")
}

func isSlackID(s string) bool {
	return consists(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
}

func isEmail(s string) bool {
	local, domain, found := strings.Cut(s, "@")
	return found && local != "" && domain != "" && !strings.ContainsAny(s, " \t\r\n<>,;") && !strings.Contains(domain, "@")
}

func consists(s, of string) bool {
	return strings.Trim(s, of) == "" && s != ""
}

// mailbox is one spelling of an address, whose letters A to Z no mail server tells
// from a to z. Of other letters Unicode has several that become the same small one,
// and mail to them goes to different people.
func mailbox(email string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, email)
}

// clone keeps callers from changing the directory through a slice.
func clone(p Principal) Principal {
	p.Groups, p.Slack, p.Claims = slices.Clone(p.Groups), slices.Clone(p.Slack), slices.Clone(p.Claims)
	return p
}
