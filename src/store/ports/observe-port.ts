/** `observe`: shares of the targets by lease, events, samples, answers. */
import { type Expression, type SqlBool, sql } from 'kysely'
import type { EvidenceRequest, Target } from '../../core/nouns.ts'
import type { Lease, ObservePort } from '../../core/store-ports.ts'
import { bounded, now, nowPlus, padded, statement } from '../database/raw-sql.ts'
import { queriesOf, type Runner, type StoreDatabase } from '../database/store-database.ts'
import { jsonText } from '../rows/cells.ts'
import { requestOf, targetOf } from '../rows/pipeline-rows.ts'
import { giveBack, leaseEnd, takeRows } from './leases.ts'
import { readPort } from './read-port.ts'
import { sealOldEvents } from './seal-events.ts'
import { targetFailures, targetWatches } from './target-failures.ts'
import { writeEvents, writeSamples } from './write-events.ts'

type Answer = Parameters<ObservePort['answerRequest']>[2]

/** The observe port over the role's store. */
export function observePort(db: StoreDatabase): ObservePort {
  const q = queriesOf(db.dialect)
  return {
    read: readPort(db),
    leaseTargets: (lease, most) => db.transaction((runner) => leaseTargets(runner, lease, most)),
    releaseTargets: (owner) => db.transaction((runner) => giveBack(runner, 'targets', { owner, id: null })),
    setTargetIdentity: async (targetId, instanceUid) => {
      await db.write(
        q
          .updateTable('targets')
          .set({ instance_uid: instanceUid })
          .where('target_id', '=', targetId)
          .where((e) => e.or([e('instance_uid', 'is', null), e('instance_uid', '<>', instanceUid)])),
      )
    },
    appendEvents: async (events) => {
      if (events.length === 0) return 0
      // First, because what fails afterwards would make events that are stored look lost.
      await sealOldEvents(db, events.length)
      return db.transaction((runner) => writeEvents(runner, events))
    },
    appendSamples: async (samples) => {
      if (samples.length > 0) await db.transaction((runner) => writeSamples(runner, samples))
    },
    targetFailures: (targetId, since) => targetFailures(db, targetId, since),
    targetWatches: (targetId) => targetWatches(db, targetId),
    claimRequests: (lease, most) => db.transaction((runner) => claimRequests(runner, lease, most)),
    expireRequests: (owner, seconds, most) =>
      db.transaction((runner) => expireRequests(runner, { owner, seconds, most })),
    answerRequest: async (requestId, owner, answer) => {
      await db.write(answerStatement(db, { requestId, owner, answer }))
    },
  }
}

/** Renews what this owner holds, then takes free ones until it has `most`; gives all it holds. */
async function leaseTargets(runner: Runner, lease: Lease, most: number): Promise<readonly Target[]> {
  const { dialect } = runner
  const limit = bounded(most)
  const isHeld = sql<SqlBool>`lease_owner = ${lease.owner} AND lease_expires_at > ${now(dialect)} AND enabled = 1`
  const held = await runner.all(
    statement(
      dialect,
      sql<{
        id: number
      }>`SELECT target_id AS id FROM targets WHERE ${isHeld} ORDER BY target_id LIMIT ${sql.raw(String(limit))}`,
    ),
  )
  for (const { id } of held) {
    await runner.write(
      statement(
        dialect,
        sql`UPDATE targets SET lease_expires_at = ${leaseEnd(dialect, lease)} WHERE target_id = ${id} AND ${isHeld}`,
      ),
    )
  }
  if (held.length < limit) {
    const condition: Expression<SqlBool> = sql<SqlBool>`enabled = 1`
    await takeRows(runner, 'targets', { lease, condition, most: limit - held.length })
  }
  const q = queriesOf(dialect)
  const rows = await runner.all(
    q.selectFrom('targets').selectAll().where(isHeld).orderBy('target_id').limit(limit),
  )
  return rows.map(targetOf)
}

async function claimRequests(
  runner: Runner,
  lease: Lease,
  most: number,
): Promise<readonly EvidenceRequest[]> {
  const { dialect } = runner
  const condition = sql<SqlBool>`request_status = 'REQUESTED' AND target_id IN
    (SELECT target_id FROM targets WHERE lease_owner = ${lease.owner} AND lease_expires_at > ${now(dialect)})`
  const ids = await takeRows(runner, 'evidence_requests', { lease, condition, most })
  if (ids.length === 0) return []
  const rows = await runner.all(
    queriesOf(dialect)
      .selectFrom('evidence_requests')
      .selectAll()
      .where('request_id', 'in', padded(ids))
      .orderBy('request_id'),
  )
  return rows.map(requestOf)
}

/** Whoever asked has gone on without the answer. One that somebody is just answering is left to its lease. */
async function expireRequests(
  runner: Runner,
  given: { readonly owner: string; readonly seconds: number; readonly most: number },
): Promise<number> {
  const { dialect } = runner
  const lease = { owner: given.owner, seconds: 1 }
  const condition = sql<SqlBool>`request_status = 'REQUESTED' AND requested_at <= ${nowPlus(dialect, -given.seconds)}`
  const ids = await takeRows(runner, 'evidence_requests', { lease, condition, most: given.most })
  if (ids.length === 0) return 0
  const because = `nobody answered within ${given.seconds} s`
  await runner.write(
    queriesOf(dialect)
      .updateTable('evidence_requests')
      .set({ request_status: 'EXPIRED', answer: jsonText({ known: false, because }) })
      .where('request_id', 'in', padded(ids))
      .where('request_status', '=', 'REQUESTED'),
  )
  return ids.length
}

/** An answer counts once, and from the owner that took the question. */
function answerStatement(
  db: StoreDatabase,
  given: { readonly requestId: number; readonly owner: string; readonly answer: Answer },
) {
  const { answer } = given
  return queriesOf(db.dialect)
    .updateTable('evidence_requests')
    .set({
      request_status: answer.ok ? 'ANSWERED' : 'FAILED',
      answer: jsonText(answer.ok ? answer.answer : { known: false, because: answer.because }),
    })
    .where('request_id', '=', given.requestId)
    .where('lease_owner', '=', given.owner)
    .where('request_status', '=', 'REQUESTED')
}
