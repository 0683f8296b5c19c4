/**
 * The observe role: holds leases on targets, watches each on its own, and answers the questions other roles
 * left for them. One dead target never delays another.
 */
import { DbmedicError } from '../core/errors.ts'
import { errorFields, type Log } from '../core/log.ts'
import type { Target } from '../core/nouns.ts'
import type { Lease, ObservePort } from '../core/store-ports.ts'
import { type Answerer, Answering } from './detect/index.ts'
import { runLoop } from './loop.ts'

/** One watched target. */
export interface WatchedTarget {
  /** Runs what is due; gives the number of new events. */
  tick(nowMs: number): Promise<number>
  readonly answer: Answerer
  close(): Promise<void>
}

/** What the observe role works with. */
export interface ObserveRole {
  readonly port: ObservePort
  readonly lease: Lease
  readonly mostTargets: number
  readonly watch: (target: Target) => WatchedTarget
  readonly tickMs: number
  readonly nowMs: () => number
  readonly signal: AbortSignal
  readonly log: Log
}

interface Running {
  readonly watched: WatchedTarget
  readonly stop: AbortController
  readonly ended: Promise<void>
}

/** Runs until the signal aborts; then releases its targets. */
export async function observe(role: ObserveRole): Promise<void> {
  const running = new Map<number, Running>()
  const failed = new Map<number, string>()
  const elsewhere = new Set<string>()
  const answering = answeringOf(role, running)
  const answers = runLoop(async () => (await answering.take()) > 0, loop(role, 'observe', 100))
  await runLoop(
    async () => {
      const held = await role.port.leaseTargets(role.lease, role.mostTargets)
      const ids = new Set(held.map((t) => t.targetId))
      for (const target of held) {
        if (running.has(target.targetId)) continue
        const started = startSafely(role, target, failed)
        if (started !== null) running.set(target.targetId, started)
      }
      if (held.length < role.mostTargets) await sayElsewhere(role, ids, elsewhere)
      for (const [id, watch] of running) {
        if (!ids.has(id)) {
          running.delete(id)
          await end(watch)
        }
      }
      return false
    },
    loop(role, 'observe', (role.lease.seconds * 1000) / 3),
  )
  await answers
  await answering.settled().catch(() => undefined)
  await Promise.all([...running.values()].map(end))
  await role.port.releaseTargets(role.lease.owner).catch(() => undefined)
}

/** Says once which targets another process watches: two on one store share the targets, meant or not. */
async function sayElsewhere(role: ObserveRole, held: ReadonlySet<number>, said: Set<string>): Promise<void> {
  const targets = (await role.port.read.targets()).filter((t) => t.enabled && !held.has(t.targetId))
  const now = new Set(targets.flatMap((t) => (t.leaseOwner ? [`${t.targetName}\n${t.leaseOwner}`] : [])))
  for (const each of now) {
    if (said.has(each)) continue
    const [target = '', owner = ''] = each.split('\n')
    role.log({
      ...errorFields(new DbmedicError('DBM_TARGET_HELD', { target, owner })),
      level: 'warn',
      stage: 'detect',
      target,
    })
  }
  said.clear()
  for (const each of now) said.add(each)
}

/** A target that cannot be watched (a secret that is not there, …) is said once and tried again; others go on. */
function startSafely(role: ObserveRole, target: Target, failed: Map<number, string>): Running | null {
  try {
    const running = start(role, target)
    failed.delete(target.targetId)
    return running
  } catch (error) {
    const said = errorFields(error)
    if (failed.get(target.targetId) !== said.message)
      role.log({ ...said, level: 'error', stage: 'detect', target: target.targetName })
    failed.set(target.targetId, said.message)
    return null
  }
}

function start(role: ObserveRole, target: Target): Running {
  const watched = role.watch(target)
  const stop = new AbortController()
  role.signal.addEventListener('abort', () => stop.abort(), { once: true })
  role.log({ level: 'info', stage: 'detect', message: 'watching', target: target.targetName })
  const ended = runLoop(async () => (await watched.tick(role.nowMs())) > 0, {
    name: 'detect',
    busyMs: role.tickMs,
    idleMs: role.tickMs,
    failureMs: 30_000,
    signal: stop.signal,
    log: (line) => role.log({ ...line, target: target.targetName }),
  })
  return { watched, stop, ended }
}

async function end(running: Running): Promise<void> {
  running.stop.abort()
  await running.ended
  await running.watched.close()
}

/** Requests are claimed for all held targets at once and answered side by side, each on its own target. */
const answeringOf = (role: ObserveRole, running: ReadonlyMap<number, Running>): Answering =>
  new Answering(role.port, {
    lease: role.lease,
    most: 32,
    log: role.log,
    answer: async (request) => {
      const watch = running.get(request.targetId)
      if (watch === undefined) throw new Error('the target is not watched here any more')
      return watch.watched.answer(request)
    },
  })

const loop = (role: ObserveRole, name: string, idleMs: number) => ({
  name,
  busyMs: 10,
  idleMs,
  failureMs: 30_000,
  signal: role.signal,
  log: role.log,
})
