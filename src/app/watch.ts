/** Composes the watch of one target: engine, detectors, series, and the answers to other roles' questions. */
import type { Json } from '../core/canonical.ts'
import type { Engine } from '../core/engine.ts'
import type { Log } from '../core/log.ts'
import type { EvidenceRequest, Target } from '../core/nouns.ts'
import type { Observer } from '../core/observer.ts'
import { propose } from '../core/proposal.ts'
import type { ObservePort } from '../core/store-ports.ts'
import { TargetWatch } from '../pipeline/detect/index.ts'
import type { WatchedTarget } from '../pipeline/index.ts'
import { actionOf, engineEntry } from './catalogue.ts'
import type { Config } from './config/schema.ts'
import { policyFor } from './policy.ts'
import { ReportedFailures, withStoreInstruments } from './reported-failures.ts'
import { liveCredentials } from './secrets.ts'
import { sha256 } from './sha256.ts'
import { addressOf, configOf, targetsBeside } from './target-address.ts'
import { readWatchedFailures } from './watched-failures.ts'

/** Opens the observer of a target. @throws DbmedicError if it is not configured or a secret is missing. */
export function openObserver(config: Config, target: Target): Observer<never, never> {
  const own = configOf(config, target)
  return engineEntry(target.engine).engine.observe(addressOf(target, own, config), {
    monitor: liveCredentials(own.monitor),
    planner: own.planner === null ? null : liveCredentials(own.planner),
  })
}

/** The first rare looks (catalogs, sizes) of the targets of one server come this far apart in the mean, ms at pace 1. */
const FIRST_RARE_LOOK_MS = 1_000

/** Longest fold of calm windows, ms at pace 1. */
const CALM_WINDOW_MOST_MS = 30_000
/** Shortest that is worth folding, ms at pace 1: statements are read every 10 s. */
const CALM_WINDOW_LEAST_MS = 20_000

/**
 * Verification compares means of a thirtieth of its after-window, so calm windows of that length lose it nothing
 * (default 900 s: 30 s, three windows in one). Where that is shorter than two windows nothing is folded.
 */
function calmWindowMs({ verification, detection }: Config): number {
  const bin = Math.min(CALM_WINDOW_MOST_MS * detection.pace, (verification.afterSeconds * 1000) / 30)
  return bin < CALM_WINDOW_LEAST_MS * detection.pace ? 0 : bin
}

/** A target that has its server for itself is looked at whole at once. */
function firstRareWithinMs(config: Config, target: Target): number {
  const others = targetsBeside(configOf(config, target), config).filter((one) => one.enabled).length - 1
  return Math.max(0, others) * FIRST_RARE_LOOK_MS * config.detection.pace
}

/** The watch of one target. */
export function watchTarget(
  target: Target,
  parts: { readonly config: Config; readonly port: ObservePort; readonly log: Log },
): WatchedTarget {
  const { config, port, log } = parts
  const entry = engineEntry(target.engine)
  const reported = new ReportedFailures(target.targetId, port)
  const observer = withStoreInstruments(openObserver(config, target), {
    reportedFailures: () => reported.read(),
    watchedFailures: () => readWatchedFailures(target.targetId, port),
  })
  const watch = new TargetWatch<never, never>({
    target,
    observer,
    detectors: entry.detectors,
    series: (o) => entry.engine.series(o),
    port,
    storeNow: () => port.read.now(),
    sha256,
    log,
    closing: config.detection.closing,
    thresholds: config.detection.thresholds,
    paceFactor: config.detection.pace,
    calmWindowMs: calmWindowMs(config),
    firstRareWithinMs: firstRareWithinMs(config, target),
    random: Math.random,
  })
  return {
    tick: (nowMs) => watch.tick(nowMs),
    answer: (request) => answer({ config, port, observer, engine: entry.engine, request }),
    close: () => observer.close(),
  }
}

interface AnswerInput {
  readonly config: Config
  readonly port: ObservePort
  readonly observer: Observer<never, never>
  readonly engine: Engine<never, never>
  readonly request: EvidenceRequest
}

async function answer(input: AnswerInput): Promise<Json> {
  const { kind, params } = input.request.question
  if (kind === 'preview') return preview(input)
  if (kind === 'capabilities') return (await input.observer.capabilities()) as unknown as Json
  if (kind === 'check') return check(input)
  const ask = input.observer.ask as unknown as (k: string, p: unknown) => Promise<Json>
  return ask(kind, params)
}

/** How the target is for the one who watches it: who answers, what is there and missing, what watching costs. */
async function check({ observer }: AnswerInput): Promise<Json> {
  const identity = await observer.identity()
  if (!identity.known) return identity as unknown as Json
  const { version, flavour, epoch, weak } = identity.value
  const value = {
    identity: { version, flavour, epoch, weak },
    capabilities: await observer.capabilities(),
    cost: observer.cost(),
  }
  return { known: true, value: value as unknown as Json, at: identity.at, source: 'check' }
}

/** Renders a candidate on the live target, as it would be approved, without doing anything. */
async function preview(input: AnswerInput): Promise<Json> {
  const params = input.request.question.params
  const identity = await input.observer.identity()
  if (!identity.known) return identity as unknown as Json
  const action = actionOf(String(params.actionId))
  if (action === null) throw new RangeError(`there is no action ${String(params.actionId)}`)
  if (action.engine !== input.engine.id)
    throw new RangeError(`${action.id} is no action for a target of engine ${input.engine.id}`)
  const { flavour, version, weak } = identity.value
  const proposal = await propose<never>({
    action,
    given: (params.given ?? {}) as { readonly [name: string]: Json },
    resolve: input.engine.resolve,
    ask: input.observer.ask,
    policy: await policyFor(input.config, input.port.read, input.request.targetId),
    server: { flavour, version, weakIdentity: weak },
    affectedSeries: (params.affectedSeries ?? []) as readonly string[],
  })
  const value =
    'refused' in proposal
      ? proposal
      : { proposal, instanceUid: identity.value.instanceUid, epoch: identity.value.epoch }
  return { known: true, value: value as unknown as Json, at: identity.at, source: `preview of ${action.id}` }
}
