/** A person at a door: keys made, votes signed and stored, on a real store with its rules. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { openFull } from '../../test/contract/store/context.ts'
import { startStore, type TestStore } from '../../test/store/support/stores.ts'
import { decide, makeIssue, makeWorld, newPerson, type World } from '../../test/support/pipeline-rows.ts'
import { createKey, unlockKey, verifyVote } from '../access/index.ts'
import type { DbmedicError } from '../core/errors.ts'
import type { Decision } from '../core/nouns.ts'
import type { Ballot } from '../pipeline/approve/index.ts'
import { parseConfig } from './config/load.ts'
import { addPerson, personNamed, proveIdentity, vote } from './people.ts'

const PASSPHRASE = 'a long enough passphrase'
const folder = mkdtempSync(join(tmpdir(), 'dbmedic-people-'))
const config = parseConfig(`keyring: ${join(folder, 'keyring')}\n`, 'f')
let server: TestStore
let world: World
let count = 0

before(async () => {
  server = await startStore('sqlite')
  const place = { userName: 'anna', folder: join(folder, 'keyring') }
  const { keyId, publicKey } = await createKey(place, PASSPHRASE)
  const anna = { userName: 'anna', keyId, publicKey, seed: (await unlockKey(place, PASSPHRASE)).seed }
  world = await makeWorld(await openFull(server), [anna, newPerson('bert'), newPerson('carl')])
  await add('dora', { mayAdminister: false })
  await add('emil', { mayAdminister: false })
  await add('dora-2', { personOf: 'dora' })
  await add('viewer', { mayApprove: false })
})
after(async () => {
  await world.store.close()
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

const add = (
  userName: string,
  change: { mayApprove?: boolean; mayAdminister?: boolean; personOf?: string } = {},
) =>
  addPerson(config, world.store.serve, {
    userName,
    passphrase: PASSPHRASE,
    displayName: userName,
    personOf: change.personOf ?? null,
    mayApprove: change.mayApprove ?? true,
    mayAdminister: change.mayAdminister ?? false,
    by: { userName: 'anna', passphrase: PASSPHRASE },
  })

let decision: Decision
beforeEach(async () => {
  count += 1
  decision = await decide(world, await makeIssue(world, `orders-${count}`))
})

const yes: Ballot = {
  decline: false,
  reason: 'CONFIDENT',
  notes: null,
  conditions: { undoPreconsented: false, windowStart: null },
}
const cast = (userName: string, change: { ballot?: Ballot; passphrase?: string; decision?: Decision } = {}) =>
  vote(config, world.store.serve, {
    decision: change.decision ?? decision,
    person: { userName, passphrase: change.passphrase ?? PASSPHRASE },
    ballot: change.ballot ?? yes,
  })

describe('a vote at the door', () => {
  test('is stored with a signature that the executor accepts', async () => {
    const done = await cast('dora')
    assert.ok('approvalId' in done)
    const [stored] = await world.store.read.approvals(decision.decisionId)
    assert.ok(stored)
    assert.equal(verifyVote(stored, await world.store.read.people(), []), null)
    assert.equal((await world.store.read.decision(decision.decisionId))?.decisionStatus, 'APPROVED')
  })

  test('of the same name in other letters is that person’s', async () => {
    const done = await cast('DORA')
    assert.ok('approvalId' in done)
    assert.equal(done.vote.adminUserId, 'dora')
  })

  test('is not cast with a wrong passphrase', () =>
    assert.rejects(
      cast('dora', { passphrase: 'another passphrase' }),
      (e: DbmedicError) => e.code === 'DBM_KEY_LOCKED',
    ))

  test('is not cast by somebody unknown', () =>
    assert.rejects(cast('nobody'), (e: DbmedicError) => e.code === 'DBM_USER_UNKNOWN'))

  test('of yes is refused where the person may not approve, before any key is asked for', async () => {
    const done = await cast('viewer', { passphrase: 'wrong anyway' })
    assert.ok('refused' in done)
    assert.equal(done.code, 'DBM_VOTE_INVALID')
    assert.deepEqual(await world.store.read.approvals(decision.decisionId), [])
  })

  test('is not cast twice', async () => {
    await cast('dora')
    const now = await world.store.read.decision(decision.decisionId)
    assert.ok(now !== null)
    const again = await cast('dora', { decision: now })
    assert.ok('refused' in again && again.because.includes('not waiting for a vote'), JSON.stringify(again))
    assert.equal((await world.store.read.approvals(decision.decisionId)).length, 1)
  })

  test('of no ends it', async () => {
    const done = await cast('emil', { ballot: { ...yes, decline: true, reason: 'BAD_TIMING' } })
    assert.ok('approvalId' in done)
    assert.equal((await world.store.read.decision(decision.decisionId))?.decisionStatus, 'DECLINED')
  })
})

describe('HIGH risk', () => {
  test('takes two persons: the first yes is conditional, the second by another makes it', async () => {
    const high = await decide(world, await makeIssue(world, `high-${count}`), {
      action: 'mysql/rebuild-table',
    })
    const first = await cast('dora', { decision: high })
    assert.ok('vote' in first)
    assert.equal(first.vote.approvalStatus, 'CONDITIONAL_APPROVAL')
    const still = await world.store.read.decision(high.decisionId)
    assert.equal(still?.decisionStatus, 'PENDING_APPROVAL')
    for (const userName of ['dora', 'DORA', 'dora-2']) {
      const again = await cast(userName, { decision: high, passphrase: 'not even asked for' })
      assert.ok('refused' in again && again.code === 'DBM_VOTE_INVALID')
      assert.match(again.because, /you voted on decision \d+ already, as dora \(CONDITIONAL_APPROVAL\)/)
      assert.match(again.toProceed, /Another person must approve it: dbmedic approve \d+ --as NAME/)
    }
    const no: Ballot = { ...yes, decline: true, reason: 'BAD_TIMING' }
    const declined = await cast('dora', { decision: high, ballot: no })
    assert.ok('refused' in declined && /dbmedic cancel \d+/.test(declined.toProceed))
    assert.equal((await world.store.read.approvals(high.decisionId)).length, 1)
    const second = await cast('emil', { decision: high })
    assert.ok('vote' in second)
    assert.equal(second.vote.approvalStatus, 'APPROVED')
    assert.equal((await world.store.read.decision(high.decisionId))?.decisionStatus, 'APPROVED')
  })
})

describe('a person’s key', () => {
  test('is found again where the file is there already, and not replaced', async () => {
    const made = await add('gina')
    assert.equal(made.made, true)
    await assert.rejects(add('gina'))
    assert.equal((await personNamed(world.store.serve, 'gina')).keyId, made.keyId)
  })

  test('proves who somebody is, and only that', async () => {
    assert.equal(
      (await proveIdentity(config, world.store.serve, { userName: 'dora', passphrase: PASSPHRASE })).userName,
      'dora',
    )
    await assert.rejects(
      proveIdentity(config, world.store.serve, { userName: 'dora', passphrase: 'no' }),
      (e: DbmedicError) => e.code === 'DBM_KEY_LOCKED',
    )
    await assert.rejects(
      proveIdentity(config, world.store.serve, { userName: 'bert', passphrase: PASSPHRASE }),
      (e: DbmedicError) => e.code === 'DBM_KEY_MISSING',
    )
  })
})
