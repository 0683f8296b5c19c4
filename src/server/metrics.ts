/**
 * Figures for Prometheus, by its conventions (https://prometheus.io/docs/practices/naming/): base units, counters
 * end in _total. What the pipeline did is counted by the store when it is asked for, so every copy of the server says
 * the same and nothing is lost in a restart.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { MeanTimes, PipelineFigures } from '../core/browse-port.ts'
import type { Store } from '../core/store-ports.ts'
import { costMetrics } from './cost-metrics.ts'
import { healthMetrics } from './health-metrics.ts'
import { calibrationMetrics, kpiMetrics } from './kpi-metrics.ts'
import type { Feed } from './live/feed.ts'
import { onceWithin } from './once-within.ts'

/** The media type of the answer. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'
/** Who asks again within this gets the figures of last time, ms: a third of the shortest usual interval between two scrapes, 15 s. */
const FRESH_MS = 5_000
/** Means over 30 days stand this long, ms: they read every issue and vote of those days, and minutes change little of them. */
const MEANS_MS = 60_000
/** Key figures stand this long, ms: they read up to ten thousand cases each, and are read to judge weeks. */
const KPIS_MS = 300_000

/** What watching costs stands this long, ms: it is written every five minutes, and asking looks up each target. */
const COSTS_MS = 60_000

/** How the store fares stands this long, ms: on an embedded store it reads every page of what is recorded of errors. */
const HEALTH_MS = 900_000

/** The figures of one server. */
export interface Metrics {
  /** Counts one answered request. */
  answered(
    request: { readonly method: string; readonly route: string; readonly status: number },
    seconds: number,
  ): void
  text(): Promise<string>
}

/** The figures over a store. */
export function createMetrics(store: Pick<Store, 'browse' | 'read'>, feed: Pick<Feed, 'open'>): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const requests = new Histogram({
    name: 'dbmedic_http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers,
  })
  const streams = new Gauge({
    name: 'dbmedic_http_event_streams',
    help: 'Open streams of live updates.',
    registers,
  })
  const fill = pipelineMetrics(registers)
  const fillCosts = costMetrics(registers)
  const fillCalibration = calibrationMetrics(registers)
  const fillKpis = kpiMetrics(registers)
  const fillHealth = healthMetrics(registers)
  let means: MeanTimes | undefined
  let countedAt = Number.NEGATIVE_INFINITY
  const refresh = onceWithin(FRESH_MS, async () => {
    const begun = performance.now()
    const known = begun - countedAt < MEANS_MS ? means : undefined
    const figures = await store.browse.figures(known)
    if (known === undefined) [means, countedAt] = [figures, begun]
    fill(figures)
  })
  const refreshCosts = onceWithin(COSTS_MS, async () => fillCosts(await store.browse.watchingCosts()))
  const refreshKpis = onceWithin(KPIS_MS, async () => {
    fillKpis((await store.read.report('kpis')).rows)
    fillCalibration(await store.browse.reliability(null))
  })
  const refreshHealth = onceWithin(HEALTH_MS, async () =>
    fillHealth((await store.read.report('health')).rows),
  )
  return {
    answered: (labels, seconds) => requests.observe({ ...labels, status: String(labels.status) }, seconds),
    text: async () => {
      await refresh()
      await refreshCosts()
      await refreshKpis()
      await refreshHealth()
      streams.set(feed.open)
      return registry.metrics()
    },
  }
}

function pipelineMetrics(registers: Registry[]): (figures: PipelineFigures) => void {
  const gauge = <const L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Gauge({ name: `dbmedic_${name}`, help, labelNames: [...labelNames], registers })
  const counter = <const L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name: `dbmedic_${name}`, help, labelNames: [...labelNames], registers })
  const issues = gauge('issues_open', 'Issues that have not ended.', ['state', 'severity'])
  const suppressed = gauge('suppressions_active', 'Suppressions that hold.')
  const waiting = gauge('decisions_waiting', 'Decisions that wait for a vote.', ['risk'])
  const oldest = gauge('decision_waiting_oldest_seconds', 'Age of the oldest of them.', ['risk'])
  const runs = counter('executions_total', 'Runs that ended.', ['purpose', 'outcome'])
  const verdicts = counter('verdicts_total', 'Newest verdicts on runs.', ['verdict'])
  const votes = counter('approvals_total', 'Votes.', ['status'])
  const brier = gauge('confidence_brier_score', 'Mean squared error of confidence over reviewed lessons.')
  const reviewed = gauge('lessons_reviewed', 'Lessons that score is over.')
  const detect = gauge('time_to_detect_seconds', 'Mean from first event to issue, 30 days.')
  const acknowledge = gauge('time_to_acknowledge_seconds', 'Mean from decision to a person’s vote, 30 days.')
  const resolve = gauge('time_to_resolve_seconds', 'Mean from issue to its resolution, 30 days.')
  const silence = gauge('target_last_event_age_seconds', 'Since a target’s newest event.', ['target'])
  const single = (one: Gauge, value: number | null): void => {
    one.reset()
    // A figure that there is not is left out: 0 would be read as a very good one.
    one.set(value ?? Number.NaN)
  }
  return (figures) => {
    for (const each of [issues, waiting, oldest, runs, verdicts, votes, silence]) each.reset()
    for (const { state, severity, count } of figures.openIssues) issues.set({ state, severity }, count)
    for (const { riskLevel: risk, count, oldestSeconds } of figures.pending) {
      waiting.set({ risk }, count)
      oldest.set({ risk }, oldestSeconds)
    }
    for (const { purpose, outcome, count } of figures.runs) runs.inc({ purpose, outcome }, count)
    for (const { key, count } of figures.verdicts) verdicts.inc({ verdict: key }, count)
    for (const { key, count } of figures.votes) votes.inc({ status: key }, count)
    for (const { targetName, lastEventSeconds } of figures.targets)
      if (lastEventSeconds !== null) silence.set({ target: targetName }, lastEventSeconds)
    single(suppressed, figures.suppressed)
    single(brier, figures.brier.mean)
    single(reviewed, figures.brier.records)
    single(detect, figures.detectSeconds)
    single(acknowledge, figures.acknowledgeSeconds)
    single(resolve, figures.resolveSeconds)
  }
}
