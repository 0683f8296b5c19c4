/**
 * One installation: its store opened, its catalogue and targets mirrored, its roles started. Everything a
 * door (CLI, HTTP) needs is here.
 */
import { hostname } from 'node:os'
import { DbmedicError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Workspace } from '../core/sign-in-port.ts'
import type { Store } from '../core/store-ports.ts'
import { ROLES, type Role } from '../core/vocabulary.ts'
import { observe, Reasoner, runLoop, useStandingApprovals } from '../pipeline/index.ts'
import { calibrateConfidence, writeLessons } from '../pipeline/learn/index.ts'
import { createExecutor } from './act.ts'
import { actionOf, actionRows, ENGINE_IDS, engineEntry } from './catalogue.ts'
import type { Config, TargetConfig } from './config/schema.ts'
import { configuredModel } from './configured-model.ts'
import { FailureExplainer } from './explain-failures.ts'
import { recordHealings } from './record-healings.ts'
import { pruneHourly } from './retention.ts'
import { sha256 } from './sha256.ts'
import { openConfiguredStore, openExistingStore } from './store.ts'
import { connectionRow } from './target-address.ts'
import { VERSION } from './version.ts'
import { watchTarget } from './watch.ts'
import { FailureWatcher } from './watch-failures.ts'

/** An open installation. */
export interface Installation {
  readonly config: Config
  readonly store: Store
  readonly log: Log
  /** Name of this process in leases and records: host, process id, a random part. */
  readonly owner: string
  /** Ids of the administrators' keys pinned now; the configuration's if absent. */
  readonly pinned?: () => readonly string[]
}

/** Opens the store with the ports of the roles; an SQLite file that is not there is made. @throws DbmedicError if it cannot be reached or is of another version. */
export async function openInstallation(
  config: Config,
  log: Log,
  roles: readonly Role[] = ROLES,
): Promise<Installation> {
  return { config, store: await openConfiguredStore(config, roles), log, owner: ownName() }
}

/** The same on a store that is there already; none is made. @throws DbmedicError DBM_STORE_MISSING and as above */
export async function openExistingInstallation(
  config: Config,
  log: Log,
  roles: readonly Role[] = ROLES,
): Promise<Installation> {
  return { config, store: await openExistingStore(config, roles), log, owner: ownName() }
}

const ownName = (): string => `${hostname()}:${process.pid}:${Math.random().toString(36).slice(2, 8)}`

/** Brings the store's rows of actions and targets in step with this program and its configuration. */
export async function mirrorCatalogue(installation: Installation): Promise<void> {
  const { store, config } = installation
  if (store.serve === null) return
  await store.serve.mirrorActions(actionRows())
  const known = await store.read.targets()
  const workspaces = (await store.signIn?.workspaces()) ?? []
  for (const target of config.targets) {
    const row = known.find((t) => t.targetName === target.name)
    if (row === undefined) {
      await store.serve.addTarget({
        targetName: target.name,
        engine: target.engine,
        connection: connectionRow(target),
        workspaceName: knownWorkspace(workspaces, target),
      })
    } else {
      requireSameWorkspace(workspaces, target, await store.browse.workspaceOf(row.targetId))
      await store.serve.updateTarget(target.name, {
        connection: connectionRow(target),
        enabled: target.enabled,
      })
    }
  }
}

/** The workspace of a target that is added. @throws DbmedicError DBM_USAGE where there is none of that name */
function knownWorkspace(all: readonly Workspace[], { name, workspace }: TargetConfig): string {
  if (all.some((each) => each.workspaceName === workspace)) return workspace
  throw new DbmedicError('DBM_USAGE', {
    problem: `target ${name} is to be in workspace ${workspace}, which there is not`,
    hint: `Add it first: dbmedic workspaces add ${workspace} --as ADMIN`,
  })
}

/** Who sees and decides would otherwise not be whom the file says. @throws DbmedicError DBM_USAGE */
function requireSameWorkspace(
  all: readonly Workspace[],
  { name, workspace }: TargetConfig,
  workspaceId: number | null,
): void {
  const own = all.find((each) => each.workspaceId === workspaceId)?.workspaceName
  if (own === undefined || own === workspace) return
  throw new DbmedicError('DBM_USAGE', {
    problem: `target ${name} is in workspace ${own}, and stays there`,
    hint: `Write workspace: ${own} in dbmedic.yaml, or give the target another name.`,
  })
}

/**
 * Runs the roles this installation has ports for, until the signal aborts; `mirrorCatalogue` comes first. Resolves when
 * all have ended.
 */
export async function runRoles(
  installation: Installation,
  roles: readonly Role[],
  signal: AbortSignal,
): Promise<void> {
  const starters: Record<Role, () => Promise<void>> = {
    observe: () => runObserve(installation, signal),
    reason: () => runReason(installation, signal),
    serve: () => runServe(installation, signal),
    act: () => runAct(installation, signal),
    learn: () => runLearn(installation, signal),
  }
  const pruning = roles.includes('observe') ? pruneHourly(installation, signal) : Promise.resolve()
  await Promise.all([pruning, ...roles.map((role) => starters[role]())])
}

async function runObserve(i: Installation, signal: AbortSignal): Promise<void> {
  const port = i.store.observe
  if (port === null) return
  await observe({
    port,
    lease: lease(i),
    mostTargets: i.config.runtime.mostTargets,
    watch: (target) => watchTarget(target, { config: i.config, port, log: i.log }),
    tickMs: i.config.runtime.tickMs,
    nowMs: Date.now,
    signal,
    log: i.log,
  })
}

async function runReason(i: Installation, signal: AbortSignal): Promise<void> {
  const port = i.store.reason
  if (port === null) return
  const { analysis } = i.config
  const reasoner = new Reasoner({
    port,
    lease: lease(i),
    diagnosesOf: (engine) => engineEntry(engine).diagnoses,
    actionOf: (id) => actionOf(id),
    sha256,
    model: configuredModel(i.config, i.log),
    opening: i.config.detection.opening,
    history: analysis,
    abstainBelow: analysis.abstainBelow,
    settings: { minimumCalls: analysis.minimumCalls, unreadIndexDays: analysis.unreadIndexDays },
    answerTimeoutMs: analysis.answerTimeoutMs,
    version: VERSION,
    signal,
    log: i.log,
  })
  const explainer = new FailureExplainer(port.recovery, i.log)
  const watcher = new FailureWatcher({
    port,
    engines: ENGINE_IDS,
    watchesOf: (engine) => (ENGINE_IDS.includes(engine) ? engineEntry(engine).watches : null),
    answerTimeoutMs: analysis.answerTimeoutMs,
    signal,
    log: i.log,
  })
  await Promise.all([
    runLoop(() => reasoner.turn(), loop(i, signal, { name: 'analyze', idleMs: 300 })),
    runLoop(() => explainer.turn(), loop(i, signal, { name: 'recovery', idleMs: 5000 })),
    runLoop(() => recordHealings(port.healing, i.log), loop(i, signal, { name: 'recovery', idleMs: 5000 })),
    runLoop(() => watcher.turn(), loop(i, signal, { name: 'watch', idleMs: 5000 })),
  ])
}

async function runServe(i: Installation, signal: AbortSignal): Promise<void> {
  const port = i.store.serve
  if (port === null) return
  const refused = new Set<number>()
  await runLoop(
    async () => (await useStandingApprovals(port, i.log, refused)) > 0,
    loop(i, signal, { name: 'approve', idleMs: 1000 }),
  )
}

async function runAct(i: Installation, signal: AbortSignal): Promise<void> {
  const port = i.store.act
  if (port === null) return
  if (i.config.access.administrators.length === 0) {
    const message = 'no administrator is pinned: what is approved waits'
    i.log({ level: 'warn', stage: 'execute', message, next: 'dbmedic users pin NAME' })
  }
  const executor = createExecutor({
    config: i.config,
    port,
    lease: lease(i),
    log: i.log,
    ...(i.pinned === undefined ? {} : { administrators: i.pinned }),
  })
  await runLoop(() => executor.turn(), loop(i, signal, { name: 'execute', idleMs: 300 }))
  await executor.idle()
}

async function runLearn(i: Installation, signal: AbortSignal): Promise<void> {
  const port = i.store.learn
  if (port === null) return
  await runLoop(
    async () => {
      const written = await writeLessons(port, 50)
      const version = await calibrateConfidence(port, i.log)
      return written > 0 || version !== null
    },
    loop(i, signal, { name: 'learn', idleMs: 1000 }),
  )
}

/** The lease of this process. */
export const lease = (i: Installation): { readonly owner: string; readonly seconds: number } => ({
  owner: i.owner,
  seconds: i.config.runtime.leaseSeconds,
})

const loop = (
  i: Installation,
  signal: AbortSignal,
  turn: { readonly name: string; readonly idleMs: number },
) => ({
  name: turn.name,
  busyMs: 20,
  idleMs: turn.idleMs,
  failureMs: 30_000,
  signal,
  log: i.log,
})
