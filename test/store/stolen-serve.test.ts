/**
 * Who holds the password of the `serve` role writes whatever that account may, by SQL and by the program's own port,
 * and has an executor look at it: nothing it writes becomes consent, because no administrator's key signed it.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { whyNoConsent } from '../../src/app/verify-consent.ts'
import type { Decision } from '../../src/core/nouns.ts'
import type { RegistrationSigner, Runnable } from '../../src/core/store-ports.ts'
import { openFull } from '../contract/store/context.ts'
import {
  decide,
  type FullStore,
  makeIssue,
  makeWorld,
  newGrant,
  newPerson,
  newVote,
  setActive,
  signerOf,
  type TestPerson,
  type World,
} from '../support/pipeline-rows.ts'
import { availableStores, startStore, type TestStore } from './support/stores.ts'

const THIEF = newPerson('eve')
/** Signs in the name of another, with the thief's key: all that a store can be made to hold. */
const posing = (person: TestPerson): RegistrationSigner => ({
  ...signerOf(THIEF),
  userName: person.userName,
  keyId: person.keyId,
})

for (const { name, missing } of await availableStores()) {
  describe(`a stolen account of serve on ${name}`, { skip: missing ?? false }, () => {
    let server: TestStore
    let store: FullStore
    let world: World
    let count = 0
    before(async () => {
      server = await startStore(name)
      store = await openFull(server)
      world = await makeWorld(store)
    })
    after(async () => {
      await store.close()
      await server.stop()
    })

    const proposed = async (action = 'mysql/analyze-table'): Promise<Decision> => {
      count += 1
      return decide(world, await makeIssue(world, `stolen-${count}`), { action })
    }
    /** What the executor would say of the run, from rows as it reads them. */
    const judged = async (
      decision: Decision,
      purpose: Runnable['purpose'] = 'DO',
    ): Promise<string | null> => {
      const { read } = store
      const now = (await read.decision(decision.decisionId)) ?? decision
      const votes = await read.approvals(decision.decisionId)
      const approval = votes.find((v) => v.approvalStatus === 'APPROVED')
      const issue = await read.issue(decision.issueId)
      assert.ok(approval !== undefined && issue !== null, 'the store took the votes')
      const binding = JSON.parse(now.bindingText) as { evidenceDigest: string }
      const analyses = await read.analyses(decision.issueId)
      return whyNoConsent({
        runnable: { decision: now, approval, votes, issue, purpose },
        people: await read.people(),
        registrations: await read.registrations(),
        administrators: [world.anna.keyId],
        grants: await read.standingApprovals(),
        analysis: analyses.find((a) => a.analysisId === decision.analysisId) ?? null,
        now: await read.now(),
        // The evidence of these decisions is of a kind of its own; here the question is whose votes count.
        sha256: () => binding.evidenceDigest,
      })
    }
    const login = (person: TestPerson) => ({
      userName: person.userName,
      displayName: person.userName,
      personOf: null,
      mayApprove: true,
      mayAdminister: false,
      keyId: person.keyId,
      publicKey: person.publicKey,
    })
    const yes = (decision: Decision, person: TestPerson, change: Parameters<typeof newVote>[3] = {}) =>
      newVote(world, decision, person, change)

    test('an honest vote counts, so the refusals below are not of everything', async () => {
      const decision = await proposed()
      await store.serve.insertApproval(await yes(decision, world.anna))
      assert.equal(await judged(decision), null)
    })

    test('registers an approver with a key of its own in an administrator’s name, and its vote does not count', async () => {
      await store.serve.addUser({ ...login(THIEF), signer: posing(world.anna) })
      const decision = await proposed()
      await store.serve.insertApproval(await yes(decision, THIEF))
      const [listed] = (await store.act.runnable(100)).filter(
        (r) => r.decision.decisionId === decision.decisionId,
      )
      assert.ok(listed !== undefined, 'to the store it is an approval like any other')
      assert.match(String(await judged(decision)), /no administrator .* vouches for eve/)
    })

    test('makes it an administrator, who signs for a second one: neither counts', async () => {
      await store.serve.changeUser('eve', { mayAdminister: true }, posing(world.anna))
      const second = newPerson('mallory')
      await store.serve.addUser({ ...login(second), signer: signerOf(THIEF) })
      const decision = await proposed('mysql/rebuild-table')
      await store.serve.insertApproval(await yes(decision, THIEF, { status: 'CONDITIONAL_APPROVAL' }))
      await store.serve.insertApproval(await yes(decision, second))
      assert.match(String(await judged(decision)), /vouches for (eve|mallory)/)
    })

    test('puts its own key in an approver’s place, and the approver’s name carries nothing any more', async () => {
      const key = { keyId: THIEF.keyId, publicKey: THIEF.publicKey }
      await store.serve.changeUser('bert', { key }, posing(world.anna))
      const decision = await proposed()
      await store.serve.insertApproval(await yes(decision, { ...THIEF, userName: 'bert' }))
      assert.match(String(await judged(decision)), /says of bert what no administrator signed/)
      await store.serve.changeUser('bert', { key: world.bert }, signerOf(world.anna))
      const next = await proposed()
      await store.serve.insertApproval(await yes(next, world.bert))
      assert.equal(await judged(next), null, 'an administrator puts it right')
    })

    test('lets a person in again who was shut out, with that person’s own key: the vote does not count', async () => {
      await setActive(world, 'carl', false)
      await store.serve.changeUser('carl', { active: true }, posing(world.anna))
      const decision = await proposed()
      await store.serve.insertApproval(await yes(decision, world.carl))
      assert.match(String(await judged(decision)), /no longer active/)
      await setActive(world, 'carl', true)
      assert.equal(await judged(decision), null)
    })

    test('gives ahead in a forged person’s name: the grant carries no vote', async () => {
      const grant = await newGrant(world, THIEF)
      const standingApprovalId = await store.serve.grantStanding(grant)
      const decision = await proposed()
      const vote = await yes(decision, THIEF)
      await store.serve.insertApproval({
        ...vote,
        standingApprovalId,
        authenticationMethod: 'standing',
        signature: grant.signature,
      })
      assert.match(String(await judged(decision)), /vouches for eve/)
    })

    test('consents to an undo in a forged person’s name: nothing is undone by it', async () => {
      const decision = await proposed()
      const vote = await yes(decision, THIEF, { conditions: { undoPreconsented: true } })
      await store.serve.insertApproval(vote)
      assert.match(String(await judged(decision, 'UNDO')), /vouches for eve/)
    })

    test('cannot write a login or change a registration by SQL of its own', async () => {
      const serve = await server.connect('serve')
      try {
        for (const sql of [
          "UPDATE users SET is_admin = 1 WHERE user_id = 'bert'",
          "INSERT INTO users (user_id, person_id, is_active, is_approver, is_admin) VALUES ('mal', 2, 1, 1, 1)",
          'UPDATE user_registrations SET signature = signature',
          'DELETE FROM user_registrations',
          'INSERT INTO user_registrations SELECT * FROM user_registrations WHERE registration_no = 2',
        ]) {
          await assert.rejects(serve.run(sql), /GOV-0|denied/, sql)
        }
      } finally {
        await serve.close()
      }
    })

    test('and what it wrote is in the audit chain, with the digest of what it claimed', async () => {
      const owner = await server.connect('owner')
      try {
        const rows = await owner.rows(
          `SELECT canonical FROM audit_log WHERE canonical LIKE '%user_registrations%' AND canonical LIKE '%eve%'`,
        )
        const registrations = await store.read.registrations()
        assert.equal(registrations.filter((r) => r.userName === 'eve').length, 2)
        assert.equal(rows.length >= 2, true)
        assert.ok(rows.every((row) => /registration_digest/.test(String(row['canonical']))))
      } finally {
        await owner.close()
      }
    })

    test('several copies registering at once each get a place in the list, and the list stays whole', async () => {
      const copies = await Promise.all([1, 2, 3].map(() => openFull(server)))
      try {
        const people = Array.from({ length: 6 }, (_, at) => newPerson(`copy-${at}`))
        await Promise.all(
          people.map((person, at) =>
            (copies[at % 3] as FullStore).serve.addUser({ ...login(person), signer: signerOf(world.anna) }),
          ),
        )
        const registrations = await store.read.registrations()
        assert.deepEqual(
          registrations.map((r) => r.registrationNo),
          registrations.map((_, at) => at + 1),
        )
        const decision = await proposed()
        await store.serve.insertApproval(await yes(decision, people[5] as TestPerson))
        assert.equal(await judged(decision), null)
      } finally {
        for (const copy of copies) await copy.close()
      }
    })
  })
}
