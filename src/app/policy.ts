/** What the installation allows an action, from the configuration, our own records and the moment. */
import { statfs } from 'node:fs/promises'
import type { ActionPolicy } from '../core/action.ts'
import type { Target } from '../core/nouns.ts'
import type { ReadPort } from '../core/store-ports.ts'
import { fromMs, toMs, type UtcTime } from '../core/time.ts'
import { engineEntry } from './catalogue.ts'
import type { Config } from './config/schema.ts'
import { deniedSchemas } from './store.ts'

/** Runs that our own records are read from: of an index hidden, or a file changed, before them there is no record. */
const OWN_RUNS_MOST = 1000
/** How old the newest reading of a replica's lag may be, s, at pace 1: some of its windows. */
const LAG_FRESH_SECONDS = 60
const LAG_READINGS_MOST = 100

/** The policy for a run on a target now. @throws RangeError for a target of an engine this program does not have. */
export async function policyFor(config: Config, read: ReadPort, targetId: number): Promise<ActionPolicy> {
  const now = await read.now()
  const windows = await read.changeWindows(targetId)
  const targets = await read.targets()
  const target = targets.find((t) => t.targetId === targetId) ?? null
  const of: Asked = { config, read, targets, now }
  const replicas = target === null ? null : await replicasOf(of, target)
  return {
    ...config.actions,
    denySchemas: deniedSchemas(config),
    diskFreeBytes: await diskFreeBytes(config, target),
    insideChangeWindow: windows.some((w) => w.startsAt <= now && now < w.endsAt),
    beforeSeconds: config.verification.beforeSeconds,
    settleSeconds: config.verification.settleSeconds,
    afterSeconds: config.verification.afterSeconds,
    minimumCalls: config.verification.minimumCalls,
    ...(target === null ? {} : await saidByRuns(read, target)),
    ...(replicas === null ? {} : { replicas }),
  }
}

/** What our own runs did to the server or folder this target is now. */
async function saidByRuns(read: ReadPort, target: Target) {
  const { ownRuns } = engineEntry(target.engine)
  const { targetId, instanceUid } = target
  const runs = await read.runs({ targetId, actionNames: ownRuns.actionNames, limit: OWN_RUNS_MOST })
  return ownRuns.say(runs, instanceUid)
}

interface Asked {
  readonly config: Config
  readonly read: ReadPort
  readonly targets: readonly Target[]
  readonly now: UtcTime
}

/** The replicas as configured, and the worst lag if each of them is watched; null where nothing is said of them. */
async function replicasOf(of: Asked, target: Target): Promise<NonNullable<ActionPolicy['replicas']> | null> {
  const same = (a: string | null | undefined, b: string): boolean => a?.toLowerCase() === b.toLowerCase()
  const stated = of.config.targets.find((t) => same(t.name, target.targetName))?.replicas ?? null
  const followers = of.config.targets.filter((t) => same(t.replicaOf, target.targetName))
  if (stated === null && followers.length === 0) return null
  const count = Math.max(stated ?? 0, followers.length)
  if (count > followers.length) return { count, worstLagSeconds: null }
  const rows = followers.map((follower) => of.targets.find((t) => same(t.targetName, follower.name)))
  const lags = await Promise.all(rows.map(async (row) => (row?.enabled ? lagOf(of, row) : null)))
  const known = lags.filter((lag) => lag !== null)
  return { count, worstLagSeconds: known.length === count && count > 0 ? Math.max(...known) : null }
}

/**
 * Lag of a replica by its newest reading, s; null without a fresh one, or while a channel stands still. A replica falls
 * behind by at most a second a second, so the age of the reading is added.
 */
async function lagOf({ config, read, now }: Asked, replica: Target): Promise<number | null> {
  const freshMs = LAG_FRESH_SECONDS * 1000 * Math.max(1, config.detection.pace)
  const samples = await read.samples({
    targetId: replica.targetId,
    seriesKind: 'server',
    seriesKey: 'replication',
    from: fromMs(toMs(now) - freshMs),
    to: fromMs(toMs(now) + freshMs),
    limit: LAG_READINGS_MOST,
  })
  const newest = samples.at(-1)
  const lag = newest?.measures['lag_seconds']
  if (newest === undefined || lag === undefined) return null
  return lag + Math.max(0, (toMs(now) - toMs(newest.windowEnd)) / 1000)
}

/** Free bytes where the target's data lies: read now where we can see it, else what the configuration says. */
async function diskFreeBytes(config: Config, target: Target | null): Promise<number | null> {
  const path = config.targets.find((t) => t.name === target?.targetName)?.dataPath ?? null
  if (path === null) return config.actions.diskFreeBytes
  try {
    const { bavail, bsize } = await statfs(path)
    return bavail * bsize
  } catch {
    return null
  }
}
