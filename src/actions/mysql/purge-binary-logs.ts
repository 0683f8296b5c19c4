/** Deletes binary logs older than an instant: gone for replicas and for point-in-time recovery. */
import type { Postcondition } from '../../core/action.ts'
import type { BinaryLog } from '../../engines/mysql/shapes.ts'
import { exactly, NONE } from './forecast.ts'
import { guard, LOCK_WAIT_GUARDS, lockWaitGuard, statement } from './guards.ts'
import { DAY, HOUR, oncePerServer } from './limits.ts'
import {
  type Condition,
  defineAction,
  given,
  type MysqlContext,
  met,
  unknown,
  unmet,
} from './mysql-action.ts'
import { touchesNoObject } from './preconditions/objects.ts'
import { backupFresh } from './preconditions/replicas-and-backups.ts'
import { serverHealthy, serverWritable } from './preconditions/server-state.ts'
import { bytesText } from './quantities.ts'
import { verifyBy } from './verification.ts'

const PARAMETERS = {
  /** Logs last written before it go. */
  before: { type: 'instant', minimumAgeSeconds: 3 * DAY },
  /** Number of the oldest log when this was proposed: it must still be there, and must be gone afterwards. */
  oldestLog: { type: 'integer', min: 1, max: 2_147_483_647, unit: 'log number' },
} as const

type Context = MysqlContext<typeof PARAMETERS>

/** Hours between the newest backup and the instant, so that no log that recovery needs is deleted. */
const BACKUP_MARGIN_HOURS = 1

/** `mysql-bin.000123` is number 123; null for what is no log's name. */
function logNumber(log: BinaryLog | undefined): number | null {
  const digits = /\.(\d{6,10})$/.exec(log?.name ?? '')?.[1]
  return digits === undefined ? null : Number(digits)
}

const logExists: Condition<typeof PARAMETERS> = {
  id: 'X1',
  rule: 'Binary logging is on, there is more than one log, and the oldest is the one named.',
  test: async ({ ask, params }) =>
    given(await ask('binary-logs', {}), (logs) => {
      const oldest = logNumber(logs[0])
      if (oldest === null) return unmet('the server has no binary logs', 'There is nothing to delete.')
      if (logs.length === 1) return unmet('only the log in use is left', 'There is nothing to delete.')
      return oldest === params.oldestLog
        ? met(`${logs.length} logs, the oldest is number ${oldest}`)
        : unmet(`the oldest log is number ${oldest}, not ${params.oldestLog}`, 'Propose it anew.')
    }),
}

/** A replica that is away is not to be seen from here, so the installation must say how many there are. */
const replicasPast: Condition<typeof PARAMETERS> = {
  id: 'replicas-past',
  rule: 'All replicas are watched and connected, and have applied everything up to the instant.',
  test: async ({ ask, params, policy }) => {
    const topology = await ask('topology', {})
    if (!topology.known) return unknown(topology.because, topology.toProceed)
    const { replicas } = policy
    if (replicas === undefined)
      return unknown(
        'how many replicas there are is not known',
        'State `replicas` of this target in dbmedic.yaml, 0 if there are none.',
      )
    if (replicas.count !== topology.value.replicas)
      return unmet(
        `${replicas.count} replicas are watched, ${topology.value.replicas} are connected`,
        'Reconnect the missing one first.',
      )
    if (replicas.count === 0) return met('there are no replicas')
    if (replicas.worstLagSeconds === null)
      return unknown('how far replicas are behind is not known', 'Make every replica a target of dbmedic.')
    const age = (Date.parse(topology.at) - Date.parse(params.before)) / 1000
    return replicas.worstLagSeconds + HOUR < age
      ? met(
          `the last replica is ${replicas.worstLagSeconds} s behind, the instant is ${Math.round(age)} s ago`,
        )
      : unmet(`a replica is ${replicas.worstLagSeconds} s behind`, 'Choose an earlier instant.')
  },
}

/** Recovery to a point in time needs every log since the newest backup. */
const backupCovers: Condition<typeof PARAMETERS> = {
  id: 'backup-covers',
  rule: 'The instant lies before the newest tested backup, so recovery needs none of the logs deleted.',
  test: async ({ ask, params, policy }) => {
    if (policy.backupAgeHours === null)
      return unknown(
        'the age of the newest tested backup is not known',
        'State `actions.backupAgeHours` in dbmedic.yaml, the age of the newest backup that was restored as a test.',
      )
    const least = policy.backupAgeHours + BACKUP_MARGIN_HOURS
    return given(await ask('topology', {}), (_, at) => {
      const age = (Date.parse(at) - Date.parse(params.before)) / (1000 * HOUR)
      const facts = `the instant is ${age.toFixed(1)} h ago, the newest tested backup ${policy.backupAgeHours} h`
      return age >= least ? met(facts) : unmet(facts, 'Choose an instant before that backup.')
    })
  },
}

/** `2026-11-18 04:00:00`, in the UTC that a guard sets. @throws RangeError for what is no instant. */
function utcText(instant: string): string {
  const ms = Date.parse(instant)
  if (Number.isNaN(ms)) throw new RangeError('not an instant')
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ')
}

async function oldestGone({ ask, params }: Context): Promise<Postcondition> {
  const reading = await ask('binary-logs', {})
  if (!reading.known) return { holds: 'unknown', found: reading.because }
  const oldest = logNumber(reading.value[0])
  if (oldest === null) return { holds: 'unknown', found: 'the server shows no binary logs' }
  return { holds: oldest > params.oldestLog, found: `the oldest log is number ${oldest}` }
}

const WHY_NOT = 'deleted logs cannot be brought back'
const UTC_GUARD = "SET SESSION time_zone='+00:00'"

/** The action. */
export const purgeBinaryLogs = defineAction({
  id: 'mysql/purge-binary-logs',
  category: 'STORAGE',
  title: 'Delete old binary logs',
  risk: 'HIGH',
  riskReason: 'A replica or a recovery that still needs a deleted log is lost.',
  issueCategories: ['STORAGE', 'REPLICATION'],
  parameters: PARAMETERS,
  template: 'PURGE BINARY LOGS BEFORE {before}',
  estimatedDurationSeconds: 5,
  conditions: [
    logExists,
    touchesNoObject,
    replicasPast,
    backupCovers,
    backupFresh,
    serverHealthy,
    serverWritable,
  ],
  guards: [...LOCK_WAIT_GUARDS, UTC_GUARD],
  verification: 'The oldest log is a newer one; the disk has more room.',
  undo: { whyNot: WHY_NOT },
  limits: oncePerServer(DAY, 1),
  privileges: [
    '[MySQL] GRANT BINLOG_ADMIN, REPLICATION CLIENT ON *.* TO {executor}',
    '[MariaDB] GRANT BINLOG ADMIN, BINLOG MONITOR ON *.* TO {executor}',
  ],
  render: async ({ params, policy }) => ({
    plan: {
      guards: [lockWaitGuard(policy), guard(UTC_GUARD)],
      steps: [statement(`PURGE BINARY LOGS BEFORE '${utcText(params.before)}'`, policy.statementTimeoutMs)],
    },
    undo: { whyNot: WHY_NOT },
    objects: [],
  }),
  forecast: async ({ ask }) => {
    const reading = await ask('binary-logs', {})
    const bytes = reading.known ? reading.value.reduce((sum, log) => sum + log.bytes, 0) : 0
    return {
      lockClass: 'the binary log index, for a moment',
      blocks: 'commits that rotate the log, for moments',
      durationMs: { low: 1, expected: 500, high: 60_000 },
      rowsTouched: NONE,
      bytesWritten: exactly(0),
      replicaLagSeconds: NONE,
      diskPeakBytes: NONE,
      basis: `the server does not say when a log was written; of ${bytesText(bytes)} those older than the instant go`,
    }
  },
  verificationPlan: (context) =>
    verifyBy(context, {
      postcondition: 'the oldest log is a newer one than before',
      metricName: 'binary_log_bytes',
      metricUnit: 'bytes',
    }),
  postcondition: oldestGone,
})
