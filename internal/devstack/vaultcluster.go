package devstack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// VaultCluster is several Vault servers of our own that share their data by
// raft: one is active, the others stand by and take over if it dies.
//
// Its methods may be called by many at once; of Kill and Restart, those for one
// node by one at a time.
type VaultCluster struct {
	Addr      string // of a front that leads to whichever node is active, as a load balancer would
	RootToken string

	nodes []*Vault
	front *front

	mu   sync.Mutex // guards down
	down []bool     // by node: killed
}

// StartVaultCluster starts n servers, initialises the first, and joins and
// unseals the others. It returns when all have a vote, so that any minority of
// them may be killed. They are durable whatever the options say.
func StartVaultCluster(ctx context.Context, n int, o VaultOptions) (*VaultCluster, error) {
	if n < 1 {
		return nil, errors.New("a cluster needs a node")
	}
	o.Durable = true
	first, err := StartVault(ctx, o)
	if err != nil {
		return nil, err
	}
	first.standby = true
	c := &VaultCluster{RootToken: first.RootToken, nodes: []*Vault{first}, down: make([]bool, n)}
	fail := func(err error) (*VaultCluster, error) { return nil, errors.Join(err, c.Stop(ctx)) }
	// A node that joins has no vote until autopilot has watched it for so long.
	if _, err := first.call(ctx, http.MethodPost, "sys/storage/raft/autopilot/configuration", map[string]any{"server_stabilization_time": "1ms"}); err != nil {
		return fail(fmt.Errorf("let nodes vote at once: %w", err))
	}
	if err := c.grow(ctx, n, o); err != nil {
		return fail(err)
	}
	if err := c.waitVoters(ctx); err != nil {
		return fail(err)
	}
	addrs := make([]string, n)
	for i, node := range c.nodes {
		addrs[i] = strings.TrimPrefix(node.Addr, "http://")
	}
	if c.front, err = startFront(addrs); err != nil {
		return fail(err)
	}
	c.Addr = "http://" + c.front.addr()
	return c, nil
}

// grow starts the other nodes, all at once.
func (c *VaultCluster) grow(ctx context.Context, n int, o VaultOptions) error {
	o.join = c.nodes[0]
	nodes, errs := make([]*Vault, n), make([]error, n)
	var all sync.WaitGroup
	for i := 1; i < n; i++ {
		all.Go(func() { nodes[i], errs[i] = StartVault(ctx, o) })
	}
	all.Wait()
	for _, node := range nodes {
		if node != nil {
			c.nodes = append(c.nodes, node)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("start the other nodes: %w", err)
	}
	return nil
}

// join makes a fresh server a node of the leader's cluster, and unseals it: with
// the cluster's key, which is the leader's.
func (v *Vault) join(ctx context.Context, leader *Vault) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if _, err := v.call(ctx, http.MethodPost, "sys/storage/raft/join", map[string]any{"leader_api_addr": leader.Addr}); err != nil {
		return fmt.Errorf("join the cluster: %w", err)
	}
	v.key, v.RootToken, v.standby = leader.key, leader.RootToken, true
	return v.Unseal(ctx)
}

// waitVoters waits until every node has a vote.
func (c *VaultCluster) waitVoters(ctx context.Context) error {
	return eventually(ctx, "every node to have a vote", func(ctx context.Context) error {
		text, err := c.nodes[0].call(ctx, http.MethodGet, "sys/storage/raft/configuration", nil)
		if err != nil {
			return err
		}
		var answer struct {
			Data struct {
				Config struct {
					Servers []struct {
						Voter bool `json:"voter"`
					} `json:"servers"`
				} `json:"config"`
			} `json:"data"`
		}
		if err := json.Unmarshal(text, &answer); err != nil {
			return err
		}
		voters := 0
		for _, s := range answer.Data.Config.Servers {
			if s.Voter {
				voters++
			}
		}
		if voters < len(c.nodes) {
			return fmt.Errorf("%d of %d have one", voters, len(c.nodes))
		}
		return nil
	})
}

// Nodes are the addresses of all nodes, http://127.0.0.1:PORT, as Kill and
// Restart count them.
func (c *VaultCluster) Nodes() []string {
	addrs := make([]string, len(c.nodes))
	for i, node := range c.nodes {
		addrs[i] = node.Addr
	}
	return addrs
}

// Leader waits until a node is active and the front leads to it, and returns
// which.
func (c *VaultCluster) Leader(ctx context.Context) (int, error) {
	leader := -1
	err := eventually(ctx, "a node to be active", func(context.Context) error {
		leader = slices.Index(c.front.backends, c.front.active())
		if leader < 0 || c.killed(leader) {
			return errors.New("none is")
		}
		return nil
	})
	return leader, err
}

// Kill takes a node away at once (SIGKILL): what it was doing is cut short, and
// another takes over if it was the active one.
func (c *VaultCluster) Kill(i int) error {
	c.mu.Lock()
	c.down[i] = true
	c.mu.Unlock()
	return c.nodes[i].Kill()
}

// Restart brings a killed node back with its data and address, unseals it, and
// waits until it knows who leads.
func (c *VaultCluster) Restart(ctx context.Context, i int) error {
	if err := c.nodes[i].Restart(ctx); err != nil {
		return fmt.Errorf("restart node %d: %w", i, err)
	}
	c.mu.Lock()
	c.down[i] = false
	c.mu.Unlock()
	return eventually(ctx, "the node to follow", func(ctx context.Context) error {
		text, err := c.nodes[i].call(ctx, http.MethodGet, "sys/leader", nil)
		if err != nil {
			return err
		}
		var answer struct {
			Address string `json:"leader_address"`
		}
		if err := json.Unmarshal(text, &answer); err != nil || answer.Address == "" {
			return errors.Join(err, errors.New("it knows no leader"))
		}
		return nil
	})
}

func (c *VaultCluster) killed(i int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.down[i]
}

// Stop ends the front and all nodes, and removes their folders.
func (c *VaultCluster) Stop(ctx context.Context) error {
	var errs []error
	if c.front != nil {
		c.front.stop()
	}
	for _, node := range c.nodes {
		errs = append(errs, node.Kill(), node.Stop(ctx)) // in order they would elect a new leader after each
	}
	return errors.Join(errs...)
}

// eventually calls ok until it returns nil, for as long as a start may take. Its
// last word is the error.
func eventually(ctx context.Context, what string, ok func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ok(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", what, err)
		case <-tick.C:
		}
	}
}
