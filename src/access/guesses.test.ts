import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { COMMON_WORDS, KEY_WAYS, PRODUCT_WORDS } from './common-words.ts'
import { guessesOf } from './guesses.ts'
import { weaknessOf } from './passphrase.ts'

const USER = ['anna', 'Anna-Lena Weber-Groß'] as const
const weak = (password: string): string | null => weaknessOf(password, ...USER)

/** Of the form people choose, at least ten characters long. */
const GUESSED = [
  ...['password123', 'Password@123', 'P@ssw0rd123', 'Passwort2024', 'passwordpassword'],
  ...['dbmedic2026', 'dbmedic-admin', 'mysql_root_admin', 'Administrator1', 'changeme123', 'Welcome@2024'],
  ...[
    'qwertyuiop',
    'qwertzuiop!',
    'asdfghjkl1',
    '1qaz2wsx3edc',
    '1q2w3e4r5t',
    'zaq12wsxcde3',
    '!@#$%^&*()',
    '147258369a',
  ],
  ...['1234567890', '12345678910', '0987654321', 'abcdefghij', 'Abcd@12345', 'a1b2c3d4e5', '1122334455'],
  ...[
    'Summer2024!',
    'winter 2025',
    'november11',
    'iloveyou123',
    'football99!',
    'dragon12345',
    'trustno1trustno1',
  ],
  ...['michael1985', 'Jennifer.1990', 'manchester1', 'realmadrid7', 'starwars1977', 'strawberry'],
  ...['annaanna2026', 'weber-anna-1', 'Anna.Weber!', 'lena31.12.1990', 'groß-weber1'],
] as const

/** Nothing anybody would try early. */
const KEPT = [
  ...[
    'four plain words here',
    'größer als nötig',
    'plum teapot',
    'der hund bellt laut',
    'the password of grey herons',
  ],
  ...[
    '58203917460275',
    'gX7#kp2!vQz9',
    'xkqzvbnwpt',
    '%§&/()=?!$#+*',
    'j4fS<2lkqw',
    '\u{1F40E}\u{1F50B}\u{1F4CE} сорок две совы',
  ],
] as const

describe('a password that is soon guessed', () => {
  for (const each of GUESSED)
    test(`${each} is refused`, () => assert.match(weak(each) ?? '', /^it is soon guessed, being made of/))
  for (const each of KEPT) test(`${each} is taken`, () => assert.equal(weak(each), null))

  test('is one word of the list with a year, a count or a mark behind it, written however', () => {
    const ends = ['2024', '123', '!', '1', '12345']
    const all = [...PRODUCT_WORDS, ...COMMON_WORDS]
    const taken = all.filter((word, at) => {
      const written =
        at % 2 === 0 ? word.replace(/^./, (first) => first.toUpperCase()) : word.replaceAll('a', '@')
      const password = `${written}${ends[at % ends.length]}`
      return [...password].length >= 10 && weak(password) === null
    })
    assert.deepEqual(taken, [])
    assert.ok(all.length > 1500)
  })

  test('is any way over the keyboard, forwards and backwards', () => {
    const long = KEY_WAYS.filter((way) => way.length >= 10).flatMap((way) => [
      way,
      [...way].reverse().join(''),
    ])
    assert.deepEqual(
      long.filter((way) => weak(way) === null),
      [],
    )
  })

  test('is told by what it is made of, not by itself', () => {
    assert.equal(weak('Summer2024'), 'it is soon guessed, being made of common words and a year or date')
    assert.equal(
      weak('anna1qaz2wsx'),
      'it is soon guessed, being made of names of yours and ways over the keyboard',
    )
  })
})

describe('guesses', () => {
  test('of anything are a number, and what is said of a password never repeats it', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 10, maxLength: 40 }), (password) => {
        assert.ok(Number.isFinite(guessesOf(password, USER).log10))
        assert.ok(!weak(password)?.includes(password))
      }),
      { numRuns: 100 },
    ))

  test('of anything are counted in bounded time, whatever repeats', () => {
    const began = performance.now()
    for (const text of [
      'abcde'.repeat(100),
      'ab'.repeat(250),
      'aab'.repeat(160),
      'İ'.repeat(500),
      '\ud800x'.repeat(250),
    ])
      assert.ok(guessesOf(text, USER).log10 >= 0)
    assert.ok(performance.now() - began < 20_000)
  })
})
