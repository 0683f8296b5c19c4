/** Whom the executor believes: only people whom a chain of signatures ties to a pinned key. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { NO_REGISTRATION, registrationText } from '../core/consent.ts'
import type { NewRegistration } from '../core/people.ts'
import type { Person, Registration } from '../core/store-ports.ts'
import { generateKey, type KeyPair, signText, trustedPeople } from './index.ts'

const keys = new Map<string, KeyPair>()
const keyOf = (name: string): KeyPair => {
  const key = keys.get(name) ?? generateKey()
  keys.set(name, key)
  return key
}
const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex')

/** What a registration of the tests says, where it is not the usual. */
interface Said extends Partial<Omit<NewRegistration, 'registrationNo' | 'previousDigest'>> {
  readonly userName: string
  readonly signedBy: string
  /** Whose secret key makes the signature; the signer's if absent. */
  readonly with?: string
  /** Whose public key is registered; the login's own if absent. */
  readonly keyFrom?: string
}

const PERSONS: Readonly<Record<string, number>> = { anna: 2, bert: 3, carl: 4, eve: 9 }

/** A store's list, each over the digest of the one before. */
function list(...said: readonly Said[]): Registration[] {
  const made: Registration[] = []
  let previousDigest = NO_REGISTRATION
  for (const [at, each] of said.entries()) {
    const { with: signs, keyFrom, ...rest } = each
    const key = keyOf(keyFrom ?? each.userName)
    const plain: NewRegistration = {
      registrationNo: at + 1,
      previousDigest,
      personId: PERSONS[each.userName.toLowerCase()] ?? 50,
      active: true,
      mayApprove: true,
      mayAdminister: each.userName === each.signedBy,
      keyId: key.keyId,
      signerKeyId: keyOf(each.signedBy).keyId,
      ...rest,
    }
    const text = registrationText(plain)
    previousDigest = sha256(text)
    made.push({
      ...plain,
      publicKey: key.publicKey.toString('base64'),
      signature: signText(text, keyOf(signs ?? each.signedBy).seed),
      registeredAt: '2026-11-21T00:00:00.000000Z',
    })
  }
  return made
}

/** The rows a store of these registrations has: the newest of each login, forged or not. */
function rows(registrations: readonly Registration[]): Person[] {
  const newest = new Map(registrations.map((each) => [each.userName.toLowerCase(), each]))
  return [...newest.values()].map((r) => ({ ...r, displayName: r.userName }))
}

const PINS = [keyOf('anna').keyId]
const ROOT: Said = { userName: 'anna', signedBy: 'anna' }
const BERT: Said = { userName: 'bert', signedBy: 'anna' }
const votersOf = (registrations: readonly Registration[], pins: readonly string[] = PINS): string[] =>
  trustedPeople(rows(registrations), registrations, pins)
    .people.filter((p) => p.active && p.mayApprove)
    .map((p) => p.userName)

describe('people an administrator vouches for', () => {
  test('are those whose registrations lead back to a pinned key, through other administrators too', () => {
    const carl = { userName: 'carl', signedBy: 'bert' }
    assert.deepEqual(votersOf(list(ROOT, BERT)), ['anna', 'bert'])
    assert.deepEqual(votersOf(list(ROOT, BERT, carl)), ['anna', 'bert'], 'bert administers nobody')
    assert.deepEqual(votersOf(list(ROOT, { ...BERT, mayAdminister: true }, carl)), ['anna', 'bert', 'carl'])
    assert.deepEqual(votersOf(list(ROOT, BERT), []), [], 'nothing pinned, nobody believed')
    assert.deepEqual(votersOf(list(ROOT, BERT), [keyOf('eve').keyId]), [])
  })

  test('are none of those a thief of the store’s account writes', () => {
    const forged: readonly (readonly [what: string, Said, RegExp])[] = [
      ['in anna’s name, signed by himself', { userName: 'eve', signedBy: 'anna', with: 'eve' }, /vouches/],
      ['by himself, as an administrator', { userName: 'eve', signedBy: 'eve' }, /vouches/],
      [
        'by himself under anna’s name and his key',
        { userName: 'eve', signedBy: 'anna', signerKeyId: keyOf('eve').keyId, with: 'eve' },
        /vouches/,
      ],
      [
        'with anna’s public key and his signature',
        { userName: 'eve', signedBy: 'eve', keyFrom: 'anna' },
        /vouches/,
      ],
      ['by an approver who is no administrator', { userName: 'eve', signedBy: 'bert' }, /vouches/],
    ]
    for (const [what, said, because] of forged) {
      const registrations = list(ROOT, BERT, said)
      assert.deepEqual(votersOf(registrations), ['anna', 'bert'], what)
      assert.match(trustedPeople(rows(registrations), registrations, PINS).whyNot('EVE') ?? '', because, what)
    }
  })

  test('keep what was signed when their login is forged into another key, person or right', () => {
    const exchanged = list(ROOT, BERT, { ...BERT, with: 'eve', keyFrom: 'eve' })
    assert.deepEqual(
      votersOf(exchanged),
      ['anna'],
      'the forged key does not count, and bert’s row has no other',
    )
    assert.match(
      trustedPeople(rows(exchanged), exchanged, PINS).whyNot('bert') ?? '',
      /what no administrator signed/,
    )
    const another = list(ROOT, BERT, { ...BERT, with: 'eve', personId: 77 })
    assert.deepEqual(votersOf(another), ['anna'])
    const viewer = { ...BERT, mayApprove: false }
    assert.deepEqual(votersOf(list(ROOT, viewer, { ...BERT, with: 'eve' })), ['anna'])
    const shutOut = { ...BERT, active: false }
    assert.deepEqual(votersOf(list(ROOT, BERT, shutOut)), ['anna'])
    assert.deepEqual(votersOf(list(ROOT, BERT, shutOut, { ...BERT, with: 'bert' })), ['anna'])
    assert.deepEqual(votersOf(list(ROOT, BERT, shutOut, BERT)), ['anna', 'bert'])
  })

  test('have no more rights than the store’s row gives them', () => {
    const registrations = list(ROOT, BERT)
    const people = rows(registrations).map((p) => (p.userName === 'bert' ? { ...p, active: false } : p))
    const [, bert] = trustedPeople(people, registrations, PINS).people
    assert.deepEqual([bert?.active, bert?.mayApprove], [false, true])
  })

  test('are no longer vouched for by who was an administrator, a pinned one too', () => {
    const admin = { ...BERT, mayAdminister: true }
    const gone = { userName: 'anna', signedBy: 'bert', active: false, mayAdminister: true }
    const carl = { userName: 'carl', signedBy: 'anna' }
    assert.deepEqual(votersOf(list(ROOT, admin, gone, carl)), ['bert'])
    assert.deepEqual(
      votersOf(list(ROOT, admin, gone, ROOT)),
      ['bert'],
      'a root does not register itself again',
    )
    const second = { userName: 'anna2', signedBy: 'anna2', keyFrom: 'anna', with: 'anna' }
    const again = { ...second, signerKeyId: keyOf('anna').keyId }
    assert.deepEqual(votersOf(list(ROOT, admin, gone, again)), ['bert'], 'nor under another name')
  })

  test('stay vouched for when the root’s key is exchanged, and when another administrator is pinned', () => {
    const rekeyed = list(
      ROOT,
      BERT,
      { ...ROOT, keyFrom: 'anna-new' },
      {
        userName: 'carl',
        signedBy: 'anna',
        signerKeyId: keyOf('anna-new').keyId,
        with: 'anna-new',
      },
    )
    assert.deepEqual(votersOf(rekeyed), ['anna', 'bert', 'carl'])
    const old = { userName: 'carl', signedBy: 'anna' }
    assert.deepEqual(votersOf(list(ROOT, BERT, { ...ROOT, keyFrom: 'anna-new' }, old)), ['anna', 'bert'])
    const bert = { userName: 'bert', signedBy: 'bert' }
    const moved = list(ROOT, { ...BERT, mayAdminister: true }, bert, { userName: 'anna', signedBy: 'bert' })
    assert.deepEqual(votersOf(moved, [keyOf('bert').keyId]).sort(), ['anna', 'bert'])
  })

  test('are none if the list has a gap, another order or a changed row', () => {
    const whole = list(ROOT, BERT, { ...BERT, active: false })
    const [first, second, third] = whole as [Registration, Registration, Registration]
    for (const broken of [
      [second, third],
      [first, third],
      [first, third, second],
      [first, { ...second, mayApprove: false }, third],
      [first, second, { ...third, previousDigest: first.previousDigest }],
    ]) {
      const trust = trustedPeople(rows(whole), broken, PINS)
      assert.deepEqual(trust.people, [])
      assert.match(trust.whyNot('anna') ?? '', /does not follow/)
    }
  })

  test('never gain a right from any registrations that no trusted key signed', () => {
    const name = fc.constantFrom('anna', 'bert', 'carl', 'eve', 'ANNA')
    const forged = fc.record({
      userName: name,
      signedBy: name,
      // Keys of an outsider, of a voter who administers nothing, and of one who was shut out.
      with: fc.constantFrom('eve', 'bert', 'carl'),
      keyFrom: fc.constantFrom('anna', 'bert', 'carl', 'eve'),
      active: fc.boolean(),
      mayApprove: fc.boolean(),
      mayAdminister: fc.boolean(),
      personId: fc.constantFrom(2, 3, 4, 9),
    })
    const honest = [ROOT, BERT, { userName: 'carl', signedBy: 'anna', active: false }]
    fc.assert(
      fc.property(fc.array(forged, { maxLength: 6 }), (said) => {
        const registrations = list(...honest, ...said)
        const { people } = trustedPeople(rows(registrations), registrations, PINS)
        for (const person of people.filter((p) => p.active && p.mayApprove)) {
          assert.ok(['anna', 'bert'].includes(person.userName.toLowerCase()), person.userName)
          assert.equal(person.keyId, keyOf(person.userName.toLowerCase()).keyId)
          assert.equal(person.personId, PERSONS[person.userName.toLowerCase()])
        }
        assert.ok(people.every((p) => !p.mayAdminister || p.userName.toLowerCase() === 'anna'))
      }),
      { numRuns: 400 },
    )
  })
})
