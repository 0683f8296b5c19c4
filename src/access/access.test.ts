import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import fc from 'fast-check'
import type { Approval } from '../core/nouns.ts'
import type { Person, StandingApproval } from '../core/store-ports.ts'
import {
  approverCount,
  createKey,
  generateKey,
  keyIdOf,
  mayUse,
  readPublicHalf,
  signGrant,
  signText,
  signVote,
  unlockKey,
  verifyGrant,
  verifyText,
  verifyVote,
  weaknessOf,
  whyNotApprove,
} from './index.ts'

const folder = mkdtempSync(join(tmpdir(), 'dbmedic-keyring-'))
after(() => rmSync(folder, { recursive: true }))
const code = (expected: string) => (error: unknown) => {
  assert.equal((error as { code?: string }).code, expected)
  return true
}
const PASSPHRASE = 'correct horse battery'

describe('the keyring', () => {
  const place = { userName: 'anna', folder }
  const path = join(folder, 'anna.json')

  test('a key opens with its passphrase only, and its file is the owner’s alone', async () => {
    const made = await createKey(place, PASSPHRASE)
    assert.deepEqual(readPublicHalf(place), made)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    const key = await unlockKey(place, PASSPHRASE)
    assert.equal(key.keyId, keyIdOf(Buffer.from(made.publicKey, 'base64')))
    assert.ok(verifyText('text', signText('text', key.seed), made.publicKey))
    assert.ok(!readFileSync(path, 'utf8').includes(key.seed.toString('base64')))
    await assert.rejects(unlockKey(place, `${PASSPHRASE} `), code('DBM_KEY_LOCKED'))
    await assert.rejects(unlockKey(place, ''), code('DBM_KEY_LOCKED'))
  })

  test('an existing key is never replaced', async () => {
    const before = readFileSync(path, 'utf8')
    await assert.rejects(createKey(place, PASSPHRASE), code('DBM_KEY_EXISTS'))
    assert.equal(readFileSync(path, 'utf8'), before)
  })

  test('a file others may read, a link, another user’s and a missing file are refused', async () => {
    for (const mode of [0o640, 0o604, 0o620, 0o606]) {
      chmodSync(path, mode)
      await assert.rejects(unlockKey(place, PASSPHRASE), code('DBM_KEY_FILE'))
    }
    chmodSync(path, 0o600)
    symlinkSync(path, join(folder, 'link.json'))
    assert.throws(() => readPublicHalf({ userName: 'link', folder }), code('DBM_KEY_FILE'))
    writeFileSync(join(folder, 'bert.json'), readFileSync(path), { mode: 0o600 })
    assert.throws(() => readPublicHalf({ userName: 'bert', folder }), code('DBM_KEY_FILE'))
    assert.throws(() => readPublicHalf({ userName: 'carl', folder }), code('DBM_KEY_MISSING'))
    for (const userName of ['../anna', 'a/b', '', '.anna', 'anna\0']) {
      assert.throws(() => readPublicHalf({ userName, folder }), code('DBM_KEY_FILE'))
    }
  })

  test('any changed member of the file is noticed', async () => {
    const original = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
    const other = generateKey()
    const changes: Record<string, unknown>[] = [
      { keyId: other.keyId },
      { publicKey: other.publicKey.toString('base64') },
      { publicKey: other.publicKey.toString('base64'), keyId: other.keyId },
      { salt: Buffer.alloc(16).toString('base64') },
      { nonce: Buffer.alloc(12).toString('base64') },
      { sealed: Buffer.alloc(48).toString('base64') },
      { sealed: '' },
      { kdf: { name: 'scrypt', N: 2, r: 8, p: 1 } },
      { kdf: { name: 'scrypt', N: 2 ** 30, r: 8, p: 1 } },
      { schema: 'dbmedic/keyring/2' },
      { extra: 'member' },
    ]
    for (const change of changes) {
      writeFileSync(path, JSON.stringify({ ...original, ...change }))
      await assert.rejects(unlockKey(place, PASSPHRASE), (error: { code?: string }) =>
        ['DBM_KEY_FILE', 'DBM_KEY_LOCKED'].includes(error.code ?? ''),
      )
    }
    for (const text of ['', 'null', '[]', '{', '"x"', 'x'.repeat(20_000)]) {
      writeFileSync(path, text)
      await assert.rejects(unlockKey(place, PASSPHRASE), code('DBM_KEY_FILE'))
    }
    writeFileSync(path, JSON.stringify(original))
    assert.equal((await unlockKey(place, PASSPHRASE)).keyId, original.keyId)
  })

  test('weak passphrases make no key', async () => {
    for (const weak of [
      '',
      'short',
      '123456789',
      'aaaaaaaaaaaaaaa',
      '          x',
      '1234567890',
      'abcdefghijkl',
      'carlcarlcarl',
      'carl12',
      'dbmedic-2026!',
      'Administrator1',
      'PasswordPassword',
      'P@ssw0rd12345678',
      'Change me, please'.slice(0, 13),
      'mysql_root_admin',
      'qwertyuiop12',
    ]) {
      assert.notEqual(weaknessOf(weak, 'carl'), null, weak)
      await assert.rejects(createKey({ userName: 'carl', folder }, weak), code('DBM_KEY_PASSPHRASE'))
    }
    for (const strong of [
      'größer als nötig',
      '58203917460275',
      '%§&/()=?!$#+*',
      'the password of grey herons',
    ])
      assert.equal(weaknessOf(strong, 'carl'), null, 'of any kind of characters')
  })
})

const key = generateKey()
const stranger = generateKey()
const unlocked = { userName: 'anna', keyId: key.keyId, seed: key.seed }
const anna: Person = {
  userName: 'anna',
  personId: 2,
  displayName: 'Anna',
  active: true,
  mayApprove: true,
  mayAdminister: false,
  keyId: key.keyId,
  publicKey: key.publicKey.toString('base64'),
}
const unsigned: Approval = {
  approvalId: 1,
  approvalTimestamp: '2026-11-21T00:00:00.000000Z',
  decisionId: 7,
  actionId: 3,
  planDigest: 'a'.repeat(64),
  riskLevel: 'LOW',
  adminUserId: 'anna',
  approvalStatus: 'APPROVED',
  approvalReason: 'CONFIDENT',
  adminNotes: null,
  conditions: { undoPreconsented: false, windowStart: null },
  authenticationMethod: 'key',
  signature: '',
  keyId: key.keyId,
  standingApprovalId: null,
  expiresAt: '2026-11-21T01:00:00.000000Z',
}
const vote: Approval = { ...unsigned, signature: signVote(unsigned, unlocked) }
const plainGrant: StandingApproval = {
  standingApprovalId: 5,
  actionName: 'mysql/analyze-table',
  actionVersion: 1,
  targetIds: [1, 2],
  parameterBounds: { rows: { min: 1, max: 9 } },
  issueCategory: 'STATISTICS',
  rootCauseCode: 'STALE_STATISTICS',
  minimumConfidence: 0.8,
  maximumUses: 3,
  validUntil: '2026-12-21T00:00:00.000000Z',
  grantedBy: 'anna',
  reason: 'routine',
  signature: '',
  keyId: key.keyId,
  usesLeft: 3,
  grantedAt: '2026-11-21T00:00:00.000000Z',
  revokedAt: null,
  revokedBy: null,
}
const grant: StandingApproval = { ...plainGrant, signature: signGrant(plainGrant, unlocked) }

describe('signatures', () => {
  test('a vote is valid exactly as it was signed, with the voter’s registered key', () => {
    assert.equal(verifyVote(vote, [anna], []), null)
    const changes: Partial<Approval>[] = [
      { decisionId: 8 },
      { actionId: 4 },
      { planDigest: 'b'.repeat(64) },
      { riskLevel: 'HIGH' },
      { approvalStatus: 'CONDITIONAL_APPROVAL' },
      { approvalReason: 'ROUTINE' },
      { conditions: { undoPreconsented: true, windowStart: null } },
      { conditions: { undoPreconsented: false, windowStart: '2026-11-22T00:00:00.000000Z' } },
      { expiresAt: '2026-11-22T00:00:00.000000Z' },
      { adminUserId: 'bert' },
      { keyId: stranger.keyId },
      { signature: signVote({ ...vote, keyId: stranger.keyId }, { ...unlocked, ...stranger }) },
      { standingApprovalId: 5 },
      { authenticationMethod: 'standing' },
    ]
    for (const change of changes) {
      assert.notEqual(verifyVote({ ...vote, ...change }, [anna], []), null, JSON.stringify(change))
    }
  })

  test('inactive, demoted, keyless and re-keyed voters do not count', () => {
    const others: Partial<Person>[] = [
      { active: false },
      { mayApprove: false },
      { keyId: null },
      { publicKey: null },
      { publicKey: stranger.publicKey.toString('base64') },
      { publicKey: stranger.publicKey.toString('base64'), keyId: stranger.keyId },
    ]
    for (const change of others) assert.notEqual(verifyVote(vote, [{ ...anna, ...change }], []), null)
    assert.notEqual(verifyVote(vote, [], []), null)
  })

  test('a vote under a grant needs that very grant, unrevoked, LOW risk and truly signed', () => {
    const standing: Approval = {
      ...vote,
      authenticationMethod: 'standing',
      standingApprovalId: 5,
      signature: grant.signature,
    }
    assert.equal(verifyVote(standing, [anna], [grant]), null)
    assert.equal(verifyGrant(grant, [anna]), null)
    assert.notEqual(verifyVote(standing, [anna], []), null)
    assert.notEqual(verifyVote({ ...standing, riskLevel: 'MEDIUM' }, [anna], [grant]), null)
    assert.notEqual(verifyVote(standing, [anna], [{ ...grant, revokedAt: grant.grantedAt }]), null)
    assert.notEqual(verifyVote(standing, [anna], [{ ...grant, targetIds: [1, 2, 3] }]), null)
    assert.notEqual(verifyVote(standing, [anna], [{ ...grant, maximumUses: 4 }]), null)
    assert.notEqual(verifyVote(standing, [anna], [{ ...grant, minimumConfidence: 0.1 }]), null)
    assert.equal(verifyVote(standing, [anna], [{ ...grant, targetIds: [2, 1] }]), null)
  })

  test('no other bytes pass as a signature', () => {
    const good = signText('text', key.seed)
    const publicKey = key.publicKey.toString('base64')
    fc.assert(
      fc.property(
        fc.string(),
        fc.oneof(fc.base64String(), fc.string(), fc.constant(good)),
        (text, signature) => {
          assert.equal(verifyText(text, signature, publicKey), text === 'text' && signature === good)
        },
      ),
    )
    for (const bent of [`${good} `, good.slice(0, -1), `-${good.slice(1)}`, `${good}AAAA`]) {
      assert.equal(verifyText('text', bent, publicKey), false)
    }
    assert.equal(verifyText('text', good, 'AAAA'), false)
  })
})

describe('rights', () => {
  const bert: Person = { ...anna, userName: 'bert', personId: 3 }
  const anna2: Person = { ...anna, userName: 'anna2' }

  test('only active approvers with a key approve; everybody active may halt', () => {
    assert.ok(mayUse(anna, 'approve'))
    assert.ok(!mayUse(anna, 'administer'))
    assert.ok(!mayUse({ ...anna, keyId: null }, 'approve'))
    assert.ok(!mayUse({ ...anna, active: false }, 'halt'))
    assert.ok(mayUse({ ...anna, mayApprove: false }, 'halt'))
    assert.ok(mayUse(anna, 'release'))
    assert.ok(!mayUse({ ...anna, mayApprove: false, mayAdminister: false }, 'release'))
    assert.ok(mayUse({ ...anna, mayApprove: false, mayAdminister: true }, 'release'))
    assert.ok(!mayUse({ ...anna, mayAdminister: true, active: false }, 'release'))
  })

  test('a second login of the proposer is still the proposer, and counts as one approver', () => {
    assert.equal(approverCount([anna, anna2]), 1)
    const decision = { proposedBy: 'ANNA', riskLevel: 'MEDIUM' as const }
    assert.notEqual(whyNotApprove(anna2, decision, [anna, anna2, bert]), null)
    assert.equal(whyNotApprove(bert, decision, [anna, anna2, bert]), null)
    assert.equal(whyNotApprove(anna2, decision, [anna, anna2]), null)
    assert.notEqual(whyNotApprove(anna, { proposedBy: 'dbmedic', riskLevel: 'HIGH' }, [anna, anna2]), null)
    assert.equal(whyNotApprove(anna, { proposedBy: 'dbmedic', riskLevel: 'HIGH' }, [anna, bert]), null)
  })
})
