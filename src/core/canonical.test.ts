import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { canonicalJson, type Json } from './canonical.ts'

/** A double from its IEEE 754 bits, as RFC 8785 Appendix B gives them. */
function fromBits(hex: string): number {
  const view = new DataView(new ArrayBuffer(8))
  view.setBigUint64(0, BigInt(`0x${hex}`))
  return view.getFloat64(0)
}

/** JSON values the canonical form takes: no integer beyond 2^53, no unpaired surrogate. */
const jsonValue: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .filter((n) => !Object.is(n, -0) && (!Number.isInteger(n) || Number.isSafeInteger(n))),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(fc.string({ unit: 'binary', maxLength: 6 }), tie('value'), {
      maxKeys: 5,
      noNullPrototype: true,
    }),
  ),
})).value

/** The same value with the members of every object in another order. */
function shuffled(value: Json, random: () => number): Json {
  if (Array.isArray(value)) return value.map((v) => shuffled(v as Json, random))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value as { [key: string]: Json })
    .map(([k, v]) => ({ entry: [k, shuffled(v, random)] as const, at: random() }))
    .sort((a, b) => a.at - b.at)
  return Object.fromEntries(entries.map((e) => e.entry))
}

describe('RFC 8785', () => {
  test('the example of section 3.2.2 has the text of section 3.2.3', () => {
    const value = JSON.parse(String.raw`{
      "numbers": [333333333.33333329, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`) as Json
    assert.equal(
      canonicalJson(value),
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    )
  })

  test('member names are ordered by UTF-16 code units, as in its sorting example', () => {
    const value: Json = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    }
    assert.deepEqual(Object.values(JSON.parse(canonicalJson(value))).slice(1), [
      'Carriage Return',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ])
    assert.ok(canonicalJson(value).startsWith('{"\\r":'))
    assert.ok(canonicalJson(value).includes('Return","1":"One","\u0080"'))
  })

  for (const [bits, text] of [
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ] as const) {
    test(`the number of bits ${bits} is written ${text} (Appendix B)`, () =>
      assert.equal(canonicalJson(fromBits(bits)), text))
  }
})

describe('what has no canonical text is refused', () => {
  for (const [what, value] of [
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['an integer a double cannot hold exactly', 2 ** 53],
    ['the 1E30 of the RFC, an integer beyond 2^53', 1e30],
    ['undefined', undefined],
    ['undefined inside an object', { a: undefined }],
    ['undefined inside an array', [undefined]],
    ['a hole in an array', new Array(2)],
    ['a bigint', 1n],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a date', new Date(0)],
    ['a map', new Map()],
    ['an unpaired high surrogate', 'a\ud800'],
    ['an unpaired low surrogate', '\udc00a'],
    ['an unpaired surrogate in a member name', { '\ud800': 1 }],
  ] as const) {
    test(what, () => assert.throws(() => canonicalJson(value as never), RangeError))
  }

  test('more than 64 levels, so that hostile input cannot exhaust the stack', () => {
    const nested = (levels: number): Json => (levels === 0 ? 1 : [nested(levels - 1)])
    assert.equal(canonicalJson(nested(64)).length, 129)
    assert.throws(() => canonicalJson(nested(65)), RangeError)
  })
})

describe('properties', () => {
  test('parsing the text gives the value back', () =>
    fc.assert(fc.property(jsonValue, (value) => assert.deepEqual(JSON.parse(canonicalJson(value)), value))))

  test('the text of the parsed text is the text itself', () =>
    fc.assert(
      fc.property(jsonValue, (value) => {
        const text = canonicalJson(value)
        assert.equal(canonicalJson(JSON.parse(text) as Json), text)
      }),
    ))

  test('the order of members does not matter', () =>
    fc.assert(
      fc.property(jsonValue, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (value, order) =>
        assert.equal(canonicalJson(shuffled(value, () => order.next().value)), canonicalJson(value)),
      ),
    ))

  test('different values have different texts', () =>
    fc.assert(
      fc.property(jsonValue, jsonValue, (a, b) => {
        const same = canonicalJson(a) === canonicalJson(b)
        if (same) assert.deepEqual(a, b)
        else assert.notDeepEqual(a, b)
      }),
    ))
})
