/** Requests that are taken, for every address that changes what is done about failures: rows made ready, and who asks. */
import { FailureExplainer } from '../../../src/app/explain-failures.ts'
import { takenFailures } from '../../../src/app/index.ts'
import { sha256 } from '../../support/pipeline-rows.ts'
import type { ApiWorld } from './api-world.ts'
import { as, type Maker, next } from './change.ts'
import { failureReport } from './failure-report.ts'

/** A kind of failure that the analyst has looked at. */
async function explained({ world: { store, targetId } }: ApiWorld, count = 1): Promise<string> {
  const report = failureReport({ object: `shop.${next()}`, count })
  const batchDigest = sha256(report.signature)
  await store.serve.recordFailures({
    ...{ workspaceId: 1, reportedBy: 'otto', batchDigest, bodyDigest: batchDigest, dropped: 0 },
    failures: takenFailures([report], { application: 'shop', targetId }),
  })
  const explainer = new FailureExplainer(store.reason.recovery, () => undefined)
  while (await explainer.turn());
  return report.signature
}

/** A watch that waits to be accepted; those before it are ended, so that the target has room for it. */
async function watchOf(api: ApiWorld): Promise<number> {
  const { store, targetId } = api.world
  await api.asOwner("UPDATE failure_watches SET ended_by = 'otto' WHERE ended_by IS NULL")
  const signature = await explained(api, 10)
  const failures = await store.reason.watches.recurring([{ failureType: 'TABLE_NOT_FOUND' }], 200)
  const question = { kind: 'migrations', params: {} }
  const newest = failures.findLast((each) => each.targetId === targetId)
  if (newest === undefined) throw new Error('nothing comes back')
  const plan = { kind: 'pending-migrations', subject: null, question, limit: null } as const
  const watch = { ...plan, intervalSeconds: 3600, taskId: newest.taskId, targetId, reason: next() }
  if (!(await store.reason.watches.propose(watch))) throw new Error('it was not proposed')
  const found = (await store.read.failurePattern(1, signature))?.recovery?.watches[0]
  if (found === undefined) throw new Error('it is not on record')
  return found.watchId
}

/** Switches of recovery, and watches. */
export const RECOVERY_CHANGES: Readonly<Record<string, Maker>> = {
  'POST /api/errors/patterns/{signature}/recovery/off': async (api) =>
    as(api, 'operator', {
      url: `/api/errors/patterns/${await explained(api)}/recovery/off`,
      payload: { reason: next() },
      status: 204,
    }),
  'POST /api/errors/patterns/{signature}/recovery/on': async (api) => {
    const signature = await explained(api)
    const off = { workspaceId: 1, signature, on: false, reason: next(), by: 'otto' }
    await api.world.store.serve.switchRecovery(off)
    const url = `/api/errors/patterns/${signature}/recovery/on`
    return as(api, 'approver', { url, payload: { reason: next() }, status: 204 })
  },
  'POST /api/watches/{watchId}/accept': async (api) =>
    as(api, 'operator', {
      url: `/api/watches/${await watchOf(api)}/accept`,
      payload: { days: 30 },
      status: 204,
    }),
  'POST /api/watches/{watchId}/end': async (api) =>
    as(api, 'operator', { url: `/api/watches/${await watchOf(api)}/end`, status: 204 }),
}
