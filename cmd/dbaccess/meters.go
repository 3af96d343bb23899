package main

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"dbaccess/bot"
	"dbaccess/credentials"
)

// meters are the figures behind /metrics. Each server has its own registry, so
// that several can live in one test.
type meters struct {
	registry *prometheus.Registry
	ends     *prometheus.CounterVec   // grants proven ended, by reason
	lateness prometheus.Histogram     // due second to proof, elapsed grants only
	todos    *prometheus.HistogramVec // follow-ups done, by kind and outcome
	sweeps   *prometheus.CounterVec   // sweeps, by outcome
	held     prometheus.Gauge         // roles that the last sweep of this server left to a person
	alarms   prometheus.Counter       // times that people were told of such roles
	unknown  prometheus.Counter       // statements of which nobody can say whether they took effect
	replays  *prometheus.CounterVec   // identity tokens that came twice, by issuer
	slack    *prometheus.HistogramVec // what Slack sent: how long until it was acknowledged, by transport, kind and outcome
}

func newMeters() *meters {
	m := &meters{
		registry: prometheus.NewRegistry(),
		ends: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "dbaccess_grants_ended_total", Help: "Grants proven ended, by reason.",
		}, []string{"reason"}),
		lateness: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "dbaccess_end_lateness_seconds", Help: "From a grant's due second to the proof that it is over.",
			Buckets: []float64{.1, .2, .3, .5, .75, 1, 2, 5, 10, 30, 60, 300},
		}),
		todos: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "dbaccess_todo_seconds", Help: "Follow-ups done, by kind and outcome.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"kind", "outcome"}),
		sweeps: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "dbaccess_sweeps_total", Help: "Sweeps, by outcome.",
		}, []string{"outcome"}),
		held: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "dbaccess_roles_held", Help: "Roles that no grant explains and that wait for `dbaccess reconcile`; the highest of all servers counts.",
		}),
		alarms: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "dbaccess_sweep_alarms_total", Help: "Alarms of the sweep.",
		}),
		slack: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "dbaccess_slack_delivery_seconds", Help: "What Slack sent, from its arrival to its acknowledgement; Slack waits for 3 seconds.",
			Buckets: []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2, 3},
		}, []string{"transport", "kind", "outcome"}),
	}
	m.unknown = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "dbaccess_statements_unknown_total", Help: "Statements of which nobody can say whether they took effect: a person must look.",
	})
	m.replays = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "dbaccess_identity_replays_total", Help: "Identity tokens that came a second time, by issuer: what they were given first was ended.",
	}, []string{"issuer"})
	m.registry.MustRegister(m.unknown, m.replays, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.ends, m.lateness, m.todos, m.sweeps, m.held, m.alarms, m.slack)
	return m
}

func (m *meters) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// ended notes one grant's proven end, and how long after it should have.
func (m *meters) ended(g credentials.Grant, late time.Duration) {
	m.ends.WithLabelValues(string(g.Reason)).Inc()
	if g.Reason == credentials.Elapsed {
		m.lateness.Observe(late.Seconds())
	}
}

// waiting has /metrics say how many calls of the API wait for an answer now.
func (m *meters) waiting(now func() int) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "dbaccess_api_waiting", Help: "Calls of the API that wait for people or a statement now.",
	}, func() float64 { return float64(now()) }))
}

// replayed notes an identity token of that issuer of the config that came twice.
func (m *meters) replayed(issuer string) { m.replays.WithLabelValues(issuer).Inc() }

// alarmed notes that people were told of roles that wait for them.
func (m *meters) alarmed(int) { m.alarms.Inc() }

// swept notes one sweep.
func (m *meters) swept(report credentials.SweepReport, err error) {
	m.held.Set(float64(report.Held))
	m.sweeps.WithLabelValues(outcomeOf(err)).Inc()
}

func outcomeOf(err error) string {
	if err != nil {
		return "error"
	}
	return "done"
}

func (m *meters) todo(kind string, took time.Duration, err error) {
	m.todos.WithLabelValues(kind, outcomeOf(err)).Observe(took.Seconds())
}

// delivered notes one thing that Slack sent.
func (m *meters) delivered(d bot.Delivery) {
	m.slack.WithLabelValues(d.Transport, d.Kind, d.Outcome).Observe(d.Took.Seconds())
}
