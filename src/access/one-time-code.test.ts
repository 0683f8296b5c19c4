/** One-time codes against the vectors of their standards. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  base32,
  codeAddress,
  codeOf,
  newCodeSecret,
  newRecoveryCode,
  plainRecoveryCode,
  stepAt,
  stepOfCode,
} from './one-time-code.ts'

const ascii = (text: string): Buffer => Buffer.from(text, 'ascii')
const SEED = ascii('12345678901234567890')

test('codes are those of RFC 4226, appendix D', () => {
  const wanted = '755224 287082 359152 969429 338314 254676 287922 162583 399871 520489'.split(' ')
  assert.deepEqual(
    wanted.map((_code, counter) => codeOf(SEED, counter)),
    wanted,
  )
})

test('codes of a moment are those of RFC 6238, appendix B', () => {
  const seeds = {
    sha1: SEED,
    sha256: ascii('12345678901234567890123456789012'),
    sha512: ascii('1234567890123456789012345678901234567890123456789012345678901234'),
  }
  const vectors: readonly (readonly [number, string, string, string])[] = [
    [59, '94287082', '46119246', '90693936'],
    [1_111_111_109, '07081804', '68084774', '25091201'],
    [1_111_111_111, '14050471', '67062674', '99943326'],
    [1_234_567_890, '89005924', '91819424', '93441116'],
    [2_000_000_000, '69279037', '90698825', '38618901'],
    [20_000_000_000, '65353130', '77737706', '47863826'],
  ]
  for (const [seconds, ...codes] of vectors) {
    const found = (['sha1', 'sha256', 'sha512'] as const).map((algorithm) =>
      codeOf(seeds[algorithm], stepAt(seconds * 1000), { digits: 8, algorithm }),
    )
    assert.deepEqual(found, codes, `at ${seconds} s`)
  }
})

test('base32 is that of RFC 4648, section 10, without padding', () => {
  const wanted = ['', 'MY', 'MZXQ', 'MZXW6', 'MZXW6YQ', 'MZXW6YTB', 'MZXW6YTBOI']
  assert.deepEqual(
    wanted.map((_text, length) => base32(ascii('foobar').subarray(0, length))),
    wanted,
  )
})

test('a code is taken one step early or late and never again, nor one before it', () => {
  const nowMs = 1_800_000_015_000
  const now = stepAt(nowMs)
  const at = (step: number, lastStep = 0): number | null =>
    stepOfCode(SEED, codeOf(SEED, step), { nowMs, lastStep })
  assert.deepEqual(
    [-2, -1, 0, 1, 2].map((drift) => at(now + drift)),
    [null, now - 1, now, now + 1, null],
  )
  assert.equal(at(now, now), null, 'taken already')
  assert.equal(at(now - 1, now), null, 'older than the one that was taken')
  for (const code of ['', '12345', `${codeOf(SEED, now)}0`, codeOf(SEED, now).replace(/\d$/, 'x')])
    assert.equal(stepOfCode(SEED, code, { nowMs, lastStep: 0 }), null)
})

test('property: only the codes of three steps are taken, whatever the secret and the hour', () => {
  const secrets = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => Buffer.from(bytes))
  const digits = fc.integer({ min: 0, max: 999_999 }).map((n) => String(n).padStart(6, '0'))
  const hours = fc.integer({ min: 0, max: 4_000_000_000_000 })
  fc.assert(
    fc.property(secrets, digits, hours, (secret, code, nowMs) => {
      const now = stepAt(nowMs)
      const taken = [now - 1, now, now + 1].filter((step) => step > 0 && codeOf(secret, step) === code)
      assert.equal(stepOfCode(secret, code, { nowMs, lastStep: 0 }), taken[0] ?? null)
    }),
  )
})

test('secrets have 160 bits and the address an app reads names issuer, login and secret', () => {
  assert.equal(newCodeSecret().length, 20)
  const url = new URL(codeAddress(SEED, 'anna@example.org', 'dbmedic'))
  assert.equal(url.protocol, 'otpauth:')
  assert.equal(
    decodeURIComponent(url.pathname).replace(/^\/+/, '').replace('totp/', ''),
    'dbmedic:anna@example.org',
  )
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
    issuer: 'dbmedic',
    algorithm: 'SHA1',
    digits: '6',
    period: '30',
  })
})

test('recovery codes have 120 bits, differ, and are read however they are typed', () => {
  const codes = Array.from({ length: 200 }, newRecoveryCode)
  assert.equal(new Set(codes).size, codes.length)
  for (const code of codes) {
    assert.match(code, /^[A-Z2-7]{4}(-[A-Z2-7]{4}){5}$/)
    const plain = code.replaceAll('-', '')
    assert.equal(plainRecoveryCode(` ${code.toLowerCase().replaceAll('-', ' ')} `), plain)
  }
  assert.equal(plainRecoveryCode('ABCD-EFGH-IJKL-MNOP'), 'ABCDEFGHIJKLMNOP', 'made before')
  for (const typed of ['123456', 'ABCD-EFGH-IJKL-MNO', 'ABCD-EFGH-IJKL-MNO1', 'ABCD-EFGH-IJKL-MNOP-QRST', ''])
    assert.equal(plainRecoveryCode(typed), null)
})
