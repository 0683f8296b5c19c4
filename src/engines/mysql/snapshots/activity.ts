/**
 * Window `activity`: sessions, open transactions and waits at one moment (M3, M4, M6). The raw statements seen on
 * the way go into the sample book; what leaves here is masked.
 */

import type { UtcTime } from '../../../core/time.ts'
import { fingerprint } from '../../../sql/index.ts'
import { type Collected, type Collector, type CollectorTarget, known } from '../collector.ts'
import { asWritten } from '../named-constants.ts'
import { type LiveSession, type LiveTransaction, readTransactions } from '../questions/process-list.ts'
import type { Activity, Session, Transaction } from '../shapes.ts'
import { readLockWaits, readMetadataWaits } from './lock-waits.ts'
import { type ProgramKinds, readProgramKinds } from './program-names.ts'

/** Sessions kept of one reading: all that are not idle, and idle ones as far as there is room. */
const SESSIONS_MAX = 2_000
const FINGERPRINT_CHARACTERS_MAX = 1_024
/** How much of a statement the process list is asked for; a longer one is cut and therefore no sample. */
const STATEMENT_CHARACTERS = 65_536

/** Reads the moment. Needs PROCESS; row-lock waits on MySQL also SELECT on performance_schema. */
export const activityCollector: Collector<'activity', ProgramKinds> = {
  name: 'activity',
  everyMs: 5_000,
  heavy: false,
  async collect(target, before): Promise<Collected<Activity, ProgramKinds>> {
    const reader = {
      query: (sql: string, values?: readonly (string | number | null)[]) => target.query(sql, values),
    }
    const transactions = await readTransactions(reader)
    const { at, sessions: live } = await target.shared.sessions(0)
    const programs = await readProgramKinds(target, before)
    const lockWaits = await readLockWaits(target, transactions)
    const metadataWaits = await readMetadataWaits(target, live)
    const sessions = live.map((session) => shown(target, session, { at, programs }))
    const value: Activity = {
      at,
      epoch: target.identity.epoch,
      sessions: bounded(sessions),
      transactions: shownTransactions(transactions, sessions),
      lockWaits,
      metadataWaits,
      threadsRunning: live.filter(isRunning).length,
    }
    const source = `process list, INNODB_TRX, ${target.server.flavour === 'mariadb' ? 'INNODB_LOCK_WAITS' : 'data_lock_waits'}`
    return { outcome: known(value, at, source), state: programs }
  },
}

/** As the server's own `Threads_running`, of which this saves the reading: what is neither idle nor a background thread. */
function isRunning(session: LiveSession): boolean {
  return (
    !['Sleep', 'Daemon', 'Connect'].includes(session.command) &&
    !/^Binlog Dump|^Slave_|^Replica_/.test(session.command)
  )
}

function shown(
  target: CollectorTarget,
  session: LiveSession,
  seen: { readonly at: UtcTime; readonly programs: ProgramKinds },
): Session {
  const { statement, ...facts } = session
  const kind = kindOf(target, session, seen.programs)
  const named = { ...facts, kind, fingerprintId: null, fingerprint: null }
  if (statement === null || statement === '' || kind === 'own') return named
  const { id, text } = fingerprint(asWritten(statement, target.dialect), target.dialect)
  if (kind === 'client' && statement.length < STATEMENT_CHARACTERS) {
    target.samples.put(id, { rawText: statement, database: session.database, at: seen.at })
  }
  return { ...named, fingerprintId: id, fingerprint: text.slice(0, FINGERPRINT_CHARACTERS_MAX) }
}

function kindOf(target: CollectorTarget, session: LiveSession, programs: ProgramKinds): Session['kind'] {
  if (target.accounts.ownConnections().has(session.connectionId)) return 'own'
  if (session.kind !== 'client') return session.kind
  return programs.kinds.get(session.connectionId) ?? 'client'
}

function bounded(sessions: readonly Session[]): readonly Session[] {
  if (sessions.length <= SESSIONS_MAX) return sessions
  return sessions
    .toSorted(
      (a, b) => Number(a.command === 'Sleep') - Number(b.command === 'Sleep') || b.seconds - a.seconds,
    )
    .slice(0, SESSIONS_MAX)
}

/** Transactions of others, with how long their session has been idle. */
function shownTransactions(
  transactions: readonly LiveTransaction[],
  sessions: readonly Session[],
): readonly Transaction[] {
  const byId = new Map(sessions.map((session) => [session.connectionId, session]))
  return transactions.flatMap(({ startedAt, ...one }) => {
    const session = byId.get(one.connectionId)
    if (session?.kind === 'own' || startedAt === null) return []
    const { transactionId, connectionId, ageSeconds, state, rowsLocked, rowsModified } = one
    const idleSeconds = session?.command === 'Sleep' ? Math.max(0, session.seconds) : null
    return [
      { transactionId, connectionId, startedAt, ageSeconds, state, rowsLocked, rowsModified, idleSeconds },
    ]
  })
}
