/**
 * The trace the model finds once a process settles under the name it runs under, on a real store: by the
 * store's clock the lease has run out, by the executor's own it has not.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ROLES } from '../../src/core/vocabulary.ts'
import { reconcileAbandoned } from '../../src/pipeline/execute/reconcile.ts'
import { openSqlite, openStore, sqliteSession, up } from '../../src/store/index.ts'
import {
  decide,
  full,
  makeIssue,
  makeWorld,
  newVote,
  queueRun,
  step,
  type World,
} from '../support/pipeline-rows.ts'

const LEASE = { owner: 'host:1:abc', seconds: 1 }

describe('a run settled by the very process that still works on it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dbmedic-adopted-run-'))
  let world: World

  before(async () => {
    const path = join(folder, 'store.db')
    const database = openSqlite({ path })
    await up(sqliteSession(database))
    database.close()
    world = await makeWorld(full(await openStore({ path, roles: ROLES })))
  })
  after(async () => {
    await world.store.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Runs a decision up to its start and lets the lease run out. */
  async function startedAndExpired(resource: string): Promise<number> {
    const { serve, act } = world.store
    const decision = await decide(world, await makeIssue(world, resource))
    await serve.insertApproval(await newVote(world, decision, world.anna))
    const executionId = await queueRun(world, decision.decisionId, LEASE.owner)
    assert.ok(await act.startExecution(executionId, LEASE, null))
    await sleep(1_100)
    return executionId
  }

  test('may send nothing more, and cannot renew what it believes to hold', async () => {
    const { act, read } = world.store
    const executionId = await startedAndExpired('orders')
    const adopted: string[] = []
    const port = {
      ...act,
      adoptExecution: async (id: number, lease: typeof LEASE) => {
        const isAdopted = await act.adoptExecution(id, { ...lease, seconds: 60 })
        if (isAdopted) adopted.push(lease.owner)
        // The task wakes up between the adoption and the end that the settler writes.
        await assert.rejects(act.recordSteps(id, LEASE.owner, [step(0, await read.now(), false)]), /GOV-046/)
        assert.equal(await act.renewLease(id, LEASE), false)
        return isAdopted
      },
    }
    const ask = async () => assert.fail('nothing was sent, so the target is not asked')
    assert.equal(
      await reconcileAbandoned(port, { lease: LEASE, ask, nameOf: async () => 'shop', log: () => undefined }),
      1,
    )
    assert.deepEqual(adopted, ['host:1:abc:settle'])
    const [run] = (await read.executions({ limit: 10 })).filter((each) => each.executionId === executionId)
    assert.deepEqual([run?.executionStatus, run?.executionOutcome], ['FAILED', 'REFUSED'])
  })

  test('under the same name it could: the store sees no change of owner', async () => {
    const { act, read } = world.store
    const executionId = await startedAndExpired('customers')
    assert.ok(await act.adoptExecution(executionId, { ...LEASE, seconds: 60 }))
    await act.recordSteps(executionId, LEASE.owner, [step(0, await read.now(), false)])
  })
})
