/** Composes the executor: engines with executor credentials, the catalogue, and the check of signatures. */
import type { Actuator } from '../core/actuator.ts'
import type { Json } from '../core/canonical.ts'
import { DbmedicError } from '../core/errors.ts'
import { forTarget, type Log } from '../core/log.ts'
import type { Execution } from '../core/nouns.ts'
import type { Binding } from '../core/plan.ts'
import type { ActPort, Lease, Runnable } from '../core/store-ports.ts'
import { fromMs, toMs } from '../core/time.ts'
import {
  askAbandoned,
  type Executed,
  executeApproved,
  type FoundAbandoned,
  scopeOf,
  stopSwitch,
} from '../pipeline/execute/index.ts'
import { Executor } from '../pipeline/index.ts'
import { windowMeans } from '../pipeline/verify/index.ts'
import { type AnyAction, actionOf, definitionDigestOf, engineEntry } from './catalogue.ts'
import type { Config } from './config/schema.ts'
import { policyFor } from './policy.ts'
import { readCredentials } from './secrets.ts'
import { sha256 } from './sha256.ts'
import { addressOf, configOf } from './target-address.ts'
import { whyNoConsent } from './verify-consent.ts'

/** The executor of this process. */
export function createExecutor(parts: ExecutorParts): Executor {
  const { config, port, lease, log } = parts
  return new Executor({
    port,
    lease,
    log,
    runsByItself: config.runtime.runApproved,
    engineOf: async (targetId) => (await targetOf(port, targetId)).engine,
    limitsOf: (name) => actionOf(name)?.limits ?? null,
    execute: (runnable) => execute(parts, runnable),
    askAbandoned: (execution) => askTarget(config, port, execution),
  })
}

/** What an executor is composed of. */
export interface ExecutorParts {
  readonly config: Config
  readonly port: ActPort
  readonly lease: Lease
  readonly log: Log
  /** Ids of the administrators' keys pinned now; the configuration's if absent. */
  readonly administrators?: () => readonly string[]
}

/** Nothing pinned verifies nobody: what is approved waits. @throws DbmedicError DBM_NO_ADMINISTRATOR_PINNED */
function pinnedAdministrators({ config, administrators }: ExecutorParts): readonly string[] {
  const pinned = administrators?.() ?? config.access.administrators
  if (pinned.length === 0) throw new DbmedicError('DBM_NO_ADMINISTRATOR_PINNED', {})
  return pinned
}

async function execute(parts: ExecutorParts, runnable: Runnable): Promise<Executed | null> {
  const { config, port, lease, log } = parts
  const administrators = pinnedAdministrators(parts)
  const target = await targetOf(port, runnable.decision.targetId)
  return executeApproved<never>(runnable, {
    port,
    actuator: await actuatorOf(config, port, target.targetId),
    resolve: engineEntry(target.engine).engine.resolve,
    actionOf: (name, version) => ofEngine(target.engine, actionOf(name, version)),
    definitionDigestOf,
    policy: await policyFor(config, port.read, target.targetId),
    verifyVotes: (r) => verifyVotes(port, r, administrators),
    measureBefore: (binding) => measureBefore(port, binding),
    sha256,
    lease,
    nowMs: Date.now,
    log: forTarget(log, target.targetName),
  })
}

/** An action of another engine is none for the target. */
const ofEngine = (engine: string, action: AnyAction | null): AnyAction | null =>
  action?.engine === engine ? action : null

async function targetOf(port: ActPort, targetId: number) {
  const target = (await port.read.targets()).find((t) => t.targetId === targetId)
  if (target === undefined)
    throw new DbmedicError('DBM_TARGET_UNKNOWN', {
      target: `number ${targetId}`,
      known: 'see dbmedic targets',
    })
  return target
}

async function actuatorOf(config: Config, port: ActPort, targetId: number): Promise<Actuator<never>> {
  const target = await targetOf(port, targetId)
  const own = configOf(config, target)
  if (own.executor === null) throw new DbmedicError('DBM_NO_EXECUTOR', { target: target.targetName })
  return engineEntry(target.engine).engine.act(addressOf(target, own, config), readCredentials(own.executor))
}

/** The rows consent is judged from, read now. */
async function verifyVotes(
  port: ActPort,
  runnable: Runnable,
  administrators: readonly string[],
): Promise<string | null> {
  const { analysisId, issueId } = runnable.decision
  const analyses = await port.read.analyses(issueId)
  return whyNoConsent({
    runnable,
    people: await port.read.people(),
    registrations: await port.read.registrations(),
    administrators,
    grants: await port.read.standingApprovals(),
    analysis: analyses.find((a) => a.analysisId === analysisId) ?? null,
    now: await port.read.now(),
    sha256,
  })
}

/** Means of the affected series over the before-window, for the record of the run. */
async function measureBefore(port: ActPort, binding: Binding): Promise<Json> {
  const now = await port.read.now()
  const from = fromMs(toMs(now) - binding.verification.beforeSeconds * 1000)
  const series: { [name: string]: Json } = {}
  for (const name of binding.verification.affectedSeries) {
    const [seriesKind = '', ...key] = name.split(':')
    const samples = await port.read.samples({
      targetId: binding.target.id,
      seriesKind,
      seriesKey: key.join(':'),
      from,
      to: now,
      limit: 5000,
    })
    const { means, calls } = windowMeans(samples, binding.verification.metricName, 1)
    series[name] = {
      windows: means.length,
      calls,
      mean: means.length === 0 ? null : means.reduce((a, b) => a + b, 0) / means.length,
    }
  }
  return {
    metric: binding.verification.metricName,
    unit: binding.verification.metricUnit,
    from,
    to: now,
    series,
  }
}

async function askTarget(config: Config, port: ActPort, execution: Execution): Promise<FoundAbandoned> {
  const unknown = (found: string): FoundAbandoned => ({
    run: 'unknown',
    holds: 'unknown',
    found,
    timeIsOver: true,
  })
  const decision = await port.read.decision(execution.decisionId)
  if (decision === null) return unknown('its decision cannot be read')
  const binding = JSON.parse(decision.bindingText) as Binding
  const action = actionOf(binding.action.name, binding.action.version)
  if (action === null) return unknown(`this program has no ${binding.action.name}`)
  return askAbandoned<never>({
    execution,
    // Credentials that cannot be read make the target one that cannot be asked.
    actuator: { open: async () => (await actuatorOf(config, port, decision.targetId)).open() },
    action,
    binding,
    policy: await policyFor(config, port.read, decision.targetId),
    runnable: { purpose: execution.purpose },
    isHalted: stopSwitch(await port.read.halts(), scopeOf(binding)) !== null,
    nowMs: Date.now,
  })
}
