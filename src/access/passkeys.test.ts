/** Answers of browsers under passkeys, right and wrong, as an authenticator of the test makes them. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Otherwise, SoftPasskey } from '../../test/support/soft-passkey.ts'
import { PASSKEY_ALGORITHMS } from '../core/passkeys.ts'
import { challengeOf, checkAnswer, type KnownPasskey, readPasskey } from './passkeys.ts'

const place = { origin: 'https://dbmedic.example.org', rpId: 'dbmedic.example.org' }
const challenge = 'a-challenge-of-32-bytes-in-base64url_000000'
const asked = { place, challenge }
const handle = Buffer.alloc(32, 7)

/** A passkey and what is kept of it. */
function registered(algorithm: (typeof PASSKEY_ALGORITHMS)[number] = 'ES256') {
  const passkey = new SoftPasskey(place, algorithm)
  const made = passkey.made({ challenge, userHandle: handle.toString('base64url') })
  const read = readPasskey(made, asked)
  assert.ok(!('problem' in read), JSON.stringify(read))
  const known: KnownPasskey = { ...read, userHandle: handle.toString('hex') }
  return { passkey, read, known }
}

for (const algorithm of PASSKEY_ALGORITHMS)
  test(`${algorithm}: what was made is read, and an answer under it is taken with its counter`, () => {
    const { passkey, read, known } = registered(algorithm)
    assert.deepEqual(
      [read.algorithm, read.credentialId, read.signCount, read.isSyncable],
      [algorithm, passkey.credentialId.toString('base64url'), 1, false],
    )
    const answer = passkey.used(challenge)
    assert.equal(challengeOf(answer.clientData), challenge)
    assert.deepEqual(checkAnswer(answer, { ...asked, passkey: known }), { signCount: 2 })
  })

test('an answer to another question, of another place, unverified, or for another login is told apart', () => {
  const { passkey, known } = registered()
  const cases: readonly (readonly [Otherwise, string])[] = [
    [{ challenge: 'another-challenge-of-base64url' }, 'MALFORMED'],
    [{ type: 'webauthn.create' }, 'MALFORMED'],
    [{ origin: 'https://dbmedic.example.org.evil.test' }, 'OTHER_PLACE'],
    [{ origin: 'http://dbmedic.example.org' }, 'OTHER_PLACE'],
    [{ rpId: 'example.org' }, 'OTHER_PLACE'],
    [{ client: { crossOrigin: true } }, 'OTHER_PLACE'],
    [{ client: { topOrigin: 'https://evil.test' } }, 'OTHER_PLACE'],
    [{ flags: 0x01 }, 'NOT_VERIFIED'],
    [{ flags: 0x04 }, 'NOT_VERIFIED'],
    [{ flags: 0x15 }, 'MALFORMED'],
    [{ flags: 0x0d }, 'MALFORMED'],
    [{ userHandle: Buffer.alloc(32, 8).toString('base64url') }, 'OTHER_LOGIN'],
  ]
  for (const [wrong, problem] of cases)
    assert.deepEqual(
      checkAnswer(passkey.used(challenge, wrong), { ...asked, passkey: known }),
      { problem },
      JSON.stringify(wrong),
    )
  assert.ok(
    'signCount' in checkAnswer(passkey.used(challenge, { userHandle: null }), { ...asked, passkey: known }),
  )
})

test('a counter that stays or goes back is a copy; an authenticator without one is none', () => {
  const { passkey, known } = registered()
  const at = (signCount: number, kept: number) =>
    checkAnswer(passkey.used(challenge, { signCount }), { ...asked, passkey: { ...known, signCount: kept } })
  assert.deepEqual(at(7, 7), { problem: 'COUNTER' })
  assert.deepEqual(at(6, 7), { problem: 'COUNTER' })
  assert.deepEqual(at(0, 7), { problem: 'COUNTER' })
  assert.deepEqual(at(8, 7), { signCount: 8 })
  assert.deepEqual(at(0, 0), { signCount: 0 })
})

test('an answer under another key, or of which a byte is another, is not taken', () => {
  const { passkey, known } = registered()
  const other = registered()
  assert.deepEqual(checkAnswer(other.passkey.used(challenge), { ...asked, passkey: known }), {
    problem: 'SIGNATURE',
  })
  const answer = passkey.used(challenge)
  fc.assert(
    fc.property(
      fc.constantFrom('clientData', 'authenticatorData', 'signature' as const),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (member, at, by) => {
        const bytes = Buffer.from(answer[member], 'base64url')
        bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ by
        const spoiled = { ...answer, [member]: bytes.toString('base64url') }
        assert.ok('problem' in checkAnswer(spoiled, { ...asked, passkey: known }))
      },
    ),
    { numRuns: 300 },
  )
})

test('what is no answer at all is malformed, whatever it is, and nothing throws', () => {
  const { known } = registered()
  const text = fc.oneof(
    fc.base64String(),
    fc.string(),
    fc.json().map((json) => Buffer.from(json).toString('base64url')),
  )
  fc.assert(
    fc.property(text, text, text, text, (credentialId, clientData, authenticatorData, signature) => {
      const answer = { credentialId, clientData, authenticatorData, signature, userHandle: null }
      assert.ok('problem' in checkAnswer(answer, { ...asked, passkey: known }))
      const made = { credentialId, clientData, authenticatorData, publicKey: signature }
      assert.ok('problem' in readPasskey(made, asked))
      challengeOf(clientData)
    }),
    { numRuns: 300 },
  )
})

test('a new passkey is of this question and place, verified, whole, and of a kind of key that is taken', () => {
  const passkey = new SoftPasskey(place)
  const problemOf = (wrong: Otherwise, over: object = {}) => {
    const read = readPasskey({ ...passkey.made({ challenge }, wrong), ...over }, asked)
    return 'problem' in read ? read.problem : null
  }
  assert.equal(problemOf({}), null)
  assert.equal(problemOf({ origin: 'http://localhost:8642' }), 'OTHER_PLACE')
  assert.equal(problemOf({ challenge: 'another-challenge-of-base64url' }), 'MALFORMED')
  assert.equal(problemOf({ type: 'webauthn.get' }), 'MALFORMED')
  assert.equal(problemOf({ flags: 0x41 }), 'NOT_VERIFIED')
  assert.equal(problemOf({ flags: 0x05 }), 'MALFORMED', 'no credential in it')
  assert.equal(problemOf({}, { credentialId: 'AAAA' }), 'MALFORMED', 'another id than the one inside')
  const foreign = new SoftPasskey(place).made({ challenge }).publicKey
  assert.equal(problemOf({}, { publicKey: foreign }), 'MALFORMED', 'another key than the one inside')
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey
  const publicKey = short.export({ format: 'der', type: 'spki' }).toString('base64url')
  assert.equal(problemOf({}, { publicKey }), 'MALFORMED', 'too short a key')
})
