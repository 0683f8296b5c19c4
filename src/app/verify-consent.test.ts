import assert from 'node:assert/strict'
import { before, describe, after as ended, test } from 'node:test'
import { startStore, type TestStore } from '../../test/store/support/stores.ts'
import {
  after,
  decide,
  full,
  makeIssue,
  makeWorld,
  newAnalysis,
  newGrant,
  newPerson,
  newVote,
  sha256,
  signerOf,
  type World,
} from '../../test/support/pipeline-rows.ts'
import { signGrant, signVote } from '../access/index.ts'
import { canonicalJson, type Json } from '../core/canonical.ts'
import type { Analysis, Approval, Decision } from '../core/nouns.ts'
import type { Binding } from '../core/plan.ts'
import type { Runnable, StandingApproval } from '../core/store-ports.ts'
import { ROLES } from '../core/vocabulary.ts'
import { openStore } from '../store/index.ts'
import { type ConsentInput, whyNoConsent } from './verify-consent.ts'

let store: TestStore
let world: World
let base: ConsentInput
let high: ConsentInput

before(async () => {
  store = await startStore('sqlite')
  world = await makeWorld(full(await openStore({ ...store.address, roles: ROLES })))
  base = await inputFor('consent', 'mysql/analyze-table', ['anna'])
  high = await inputFor('consent-high', 'mysql/rebuild-table', ['anna', 'bert'])
})
ended(async () => {
  await world.store.close()
  await store.stop()
})

/** A decision of the store with its votes, as the executor reads them; its evidence digest put right. */
async function inputFor(resource: string, action: string, voters: readonly string[]): Promise<ConsentInput> {
  const { store } = world
  const issueId = await makeIssue(world, resource)
  const stored = await decide(world, issueId, { action })
  const [analysis] = await store.read.analyses(issueId)
  const issue = await store.read.issue(issueId)
  assert.ok(analysis !== undefined && issue !== null)
  const decision = withEvidence(stored, analysis)
  const votes: Approval[] = []
  for (const [index, name] of voters.entries()) {
    const status = index < voters.length - 1 ? 'CONDITIONAL_APPROVAL' : 'APPROVED'
    votes.push(await voteOf(decision, name, { status, approvalId: index + 1 }))
  }
  const approval = votes.at(-1)
  assert.ok(approval !== undefined)
  return {
    runnable: { decision, approval, votes, issue, purpose: 'DO' },
    people: await store.read.people(),
    registrations: await store.read.registrations(),
    administrators: [world.anna.keyId],
    grants: [],
    analysis,
    now: await store.read.now(),
    sha256,
  }
}

function withEvidence(decision: Decision, analysis: Analysis): Decision {
  const binding = JSON.parse(decision.bindingText) as Binding
  const evidenceDigest = sha256(canonicalJson(analysis.evidence as unknown as Json))
  const bindingText = canonicalJson({ ...binding, evidenceDigest } as unknown as Json)
  return { ...decision, bindingText, planDigest: sha256(bindingText) }
}

async function voteOf(
  decision: Decision,
  name: string,
  more: { readonly status: Approval['approvalStatus']; readonly approvalId: number },
  change: Partial<Approval> = {},
): Promise<Approval> {
  const person = [world.anna, world.bert, world.carl].find((each) => each.userName === name)
  assert.ok(person !== undefined)
  const { signature: _, ...vote } = await newVote(world, decision, person, { status: more.status })
  const unsigned = { ...vote, ...change }
  const approvalTimestamp = await world.store.read.now()
  return {
    ...unsigned,
    signature: signVote(unsigned, person),
    approvalId: more.approvalId,
    approvalTimestamp,
    ...change,
  } as Approval
}

const withVotes = (
  input: ConsentInput,
  votes: readonly Approval[],
  more: Partial<Runnable> = {},
): ConsentInput => {
  const approval = votes.at(-1)
  assert.ok(approval !== undefined)
  return { ...input, runnable: { ...input.runnable, votes, approval, ...more } }
}

describe('consent as the executor judges it', () => {
  test('holds for one signed yes to a LOW plan and two to a HIGH one', () => {
    assert.equal(whyNoConsent(base), null)
    assert.equal(whyNoConsent(high), null)
  })

  test('HIGH risk with the vote of one person is none, whatever the store let pass', () => {
    const only = withVotes(high, high.runnable.votes.slice(-1))
    assert.match(String(whyNoConsent(only)), /two different persons/)
  })

  test('two logins of one person are one person, and the store cannot make two of them', async () => {
    const twin = newPerson('anna.two')
    const { keyId, publicKey } = twin
    const login = { userName: 'anna.two', displayName: 'Anna', personOf: 'anna', mayApprove: true }
    const signer = signerOf(world.anna)
    await world.store.serve.addUser({ ...login, mayAdminister: false, keyId, publicKey, signer })
    const [people, registrations] = [await world.store.read.people(), await world.store.read.registrations()]
    const { decision, votes } = high.runnable
    const { signature: _, ...vote } = await newVote(world, decision, twin, { status: 'APPROVED' })
    const second = { ...vote, approvalId: 9, approvalTimestamp: high.now, signature: signVote(vote, twin) }
    const both = { ...withVotes(high, [votes[0] as Approval, second]), people, registrations }
    assert.match(String(whyNoConsent(both)), /two different persons/)
    const apart = people.map((p) => (p.userName === 'anna.two' ? { ...p, personId: 99 } : p))
    assert.match(String(whyNoConsent({ ...both, people: apart })), /no administrator signed/)
  })

  test('rests on a pinned key: without one, or with another, nobody’s vote counts', () => {
    for (const administrators of [[], [world.bert.keyId]]) {
      assert.match(String(whyNoConsent({ ...base, administrators })), /no administrator .* vouches for anna/)
    }
    assert.match(String(whyNoConsent({ ...base, registrations: [] })), /vouches for anna/)
  })

  test('a first vote signed for another plan does not count for this one', async () => {
    const { decision, votes } = high.runnable
    const other = { ...decision, planDigest: 'a'.repeat(64) }
    const first = await voteOf(other, 'anna', { status: 'CONDITIONAL_APPROVAL', approvalId: 1 })
    assert.match(String(whyNoConsent(withVotes(high, [first, ...votes.slice(1)]))), /another decision/)
  })

  test('a vote moved from another decision does not count', async () => {
    const { decision } = base.runnable
    const moved = await voteOf({ ...decision, decisionId: decision.decisionId + 1 }, 'anna', {
      status: 'APPROVED',
      approvalId: 1,
    })
    assert.match(String(whyNoConsent(withVotes(base, [moved]))), /another decision/)
  })

  test('a vote signed with another person’s key does not count', async () => {
    const { decision } = base.runnable
    const forged = {
      ...(await voteOf(decision, 'bert', { status: 'APPROVED', approvalId: 1 })),
      adminUserId: 'anna',
    }
    assert.match(String(whyNoConsent(withVotes(base, [forged]))), /another key/)
    const renamed = { ...forged, keyId: world.anna.keyId }
    assert.match(String(whyNoConsent(withVotes(base, [renamed]))), /valid signature/)
  })

  test('keys exchanged between two people in the store make both their votes void', () => {
    const [anna, bert] = [world.anna, world.bert]
    const people = high.people.map((p) =>
      p.userName === 'anna'
        ? { ...p, publicKey: bert.publicKey }
        : p.userName === 'bert'
          ? { ...p, publicKey: anna.publicKey }
          : p,
    )
    assert.match(String(whyNoConsent({ ...high, people })), /no administrator signed/)
  })

  test('a voter who was deactivated since does not count', () => {
    const people = base.people.map((p) => ({ ...p, active: p.userName !== 'anna' }))
    assert.match(String(whyNoConsent({ ...base, people })), /no longer active/)
  })

  test('an expired vote does not count, nor one whose window has not begun, nor beside a no', async () => {
    const later = after(base.runnable.approval.expiresAt, 1)
    assert.match(String(whyNoConsent({ ...base, now: later })), /expired/)
    const conditions = { undoPreconsented: false, windowStart: after(base.now, 600) }
    const { decision } = base.runnable
    const early = await voteOf(decision, 'anna', { status: 'APPROVED', approvalId: 1 }, { conditions })
    assert.match(String(whyNoConsent(withVotes(base, [early]))), /window has not begun/)
    const no = await voteOf(decision, 'bert', { status: 'DECLINED', approvalId: 9 })
    assert.match(String(whyNoConsent(withVotes(base, [no, ...base.runnable.votes]))), /declined/)
  })

  test('an undo needs a vote that consents to it', () => {
    const undo = { ...base, runnable: { ...base.runnable, purpose: 'UNDO' as const } }
    assert.match(String(whyNoConsent(undo)), /does not consent to the undo/)
  })

  test('to an undo outlasts the account of its voter, and its validity, but not the voter’s key', async () => {
    const { decision } = base.runnable
    const conditions = { undoPreconsented: true, windowStart: null }
    const yes = await voteOf(decision, 'anna', { status: 'APPROVED', approvalId: 1 }, { conditions })
    const shutOut = base.people.map((p) =>
      p.userName === 'anna' ? { ...p, active: false, mayApprove: false } : p,
    )
    const undo = { ...withVotes(base, [yes], { purpose: 'UNDO' }), people: shutOut }
    assert.equal(whyNoConsent(undo), null)
    assert.equal(whyNoConsent({ ...undo, now: after(yes.expiresAt, 1) }), null)
    assert.match(String(whyNoConsent(withVotes(undo, [yes], { purpose: 'DO' }))), /no longer active/)
    const forged = { ...yes, signature: signVote({ ...yes, keyId: world.bert.keyId }, world.bert) }
    assert.match(String(whyNoConsent(withVotes(undo, [forged], { purpose: 'UNDO' }))), /valid signature/)
    const { keyId, publicKey } = world.bert
    const another = shutOut.map((p) => (p.userName === 'anna' ? { ...p, keyId, publicKey } : p))
    assert.match(String(whyNoConsent({ ...undo, people: another })), /no administrator signed/)
    assert.match(String(whyNoConsent({ ...undo, people: [] })), /no administrator signed/)
    assert.match(String(whyNoConsent({ ...undo, registrations: [] })), /vouches for anna/)
  })

  test('other evidence than the one voted on is refused, and so is none', () => {
    const [claim] = newAnalysis(1).evidence
    assert.ok(claim !== undefined && base.analysis !== null)
    const analysis = { ...base.analysis, evidence: [{ ...claim, value: 0.9 }] }
    assert.match(String(whyNoConsent({ ...base, analysis })), /evidence is not the one/)
    assert.match(String(whyNoConsent({ ...base, analysis: null })), /cannot be read/)
  })
})

describe('a vote under a standing approval, as the executor judges it', () => {
  /** A use of a grant, correctly signed by its giver, whatever its bounds say. */
  async function underGrant(
    change: Partial<StandingApproval>,
    conditions = { undoPreconsented: false, windowStart: null },
  ): Promise<ConsentInput> {
    const { signature: _, ...bounds } = { ...(await newGrant(world, world.anna)), ...change }
    const grant: StandingApproval = {
      ...bounds,
      signature: signGrant(bounds, world.anna),
      standingApprovalId: 1,
      usesLeft: 1,
      revokedAt: null,
      ...change,
    } as StandingApproval
    const own = await voteOf(base.runnable.decision, 'anna', { status: 'APPROVED', approvalId: 1 })
    const vote = {
      ...own,
      conditions,
      authenticationMethod: 'standing',
      standingApprovalId: 1,
      signature: grant.signature,
    }
    return { ...withVotes(base, [vote]), grants: [grant] }
  }

  test('counts within the grant', async () => {
    assert.equal(whyNoConsent(await underGrant({})), null)
    assert.equal(whyNoConsent(await underGrant({ usesLeft: 0 })), null, 'its own use is the last')
  })

  test('carries no undo, whatever its row says', async () => {
    const input = await underGrant({}, { undoPreconsented: true, windowStart: null })
    const undo = { ...input, runnable: { ...input.runnable, purpose: 'UNDO' as const } }
    assert.match(String(whyNoConsent(undo)), /consents to no undo/)
  })

  const outside: readonly (readonly [string, Partial<StandingApproval>, RegExp])[] = [
    ['another target', { targetIds: [99] }, /other targets/],
    [
      'a parameter beyond its bound',
      { parameterBounds: { table: { any: true }, rows: { min: 1, max: 4 } } },
      /bounds/,
    ],
    ['another action', { actionName: 'mysql/kill-query' }, /another action/],
    ['another version', { actionVersion: 2 }, /another version/],
    ['a root cause it is not for', { rootCauseCode: 'MISSING_INDEX' }, /root cause/],
    ['a confidence below its minimum', { minimumConfidence: 0.9 }, /confidence/],
    ['a grant that had expired', { validUntil: '2026-01-01T00:00:00.000000Z' }, /expired/],
    ['a grant that was revoked', { revokedAt: '2026-01-01T00:00:00.000000Z' }, /revoked/],
  ]
  for (const [what, change, because] of outside) {
    test(`does not count for ${what}`, async () => {
      assert.match(String(whyNoConsent(await underGrant(change))), because)
    })
  }
})
