import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { maskMessage } from './mask-message.ts'

describe('a server’s message, as it is kept', () => {
  const cases: readonly (readonly [text: string, code: number | null, kept: string])[] = [
    [
      "Incorrect integer value: 'secret' for column 'age' at row 3",
      1366,
      'Incorrect integer value: ? at row 3',
    ],
    ["Truncated incorrect DOUBLE value: 'secret'", 1292, 'Truncated incorrect DOUBLE value: ?'],
    ["Duplicate entry 'secret' for key 'users.mail'", 1062, "Duplicate entry '?' for key 'users.mail'"],
    ["Duplicate entry 'it's for key 'x' secret' for key 'mail'", 1062, "Duplicate entry '?' for key 'mail'"],
    ["Duplicate entry 'secret that the server cut", 1062, 'Duplicate entry ?'],
    ["Incorrect string value: 'secret", 1366, 'Incorrect string value: ?'],
    ["near 'a' and 'secret", null, 'near ?'],
    ["value 'it's secret", null, 'value ?'],
    ["value 'a'b' x 'secret words", null, 'value ?'],
    ['value "secret', null, 'value ?'],
    ['value `secret', null, 'value ?'],
    [
      'Cannot add or update a child row: a foreign key constraint fails (`s`.`t`, CONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES `b` (`id`))',
      1452,
      'Cannot add or update a child row: a foreign key constraint fails (?))',
    ],
    ["Table 'shop.orders' doesn't exist", 1146, "Table 'shop.orders' doesn't exist"],
    ['Query execution was interrupted', 1317, 'Query execution was interrupted'],
    ['Lost connection', null, 'Lost connection'],
  ]
  for (const [text, code, kept] of cases) {
    test(`keeps of ${JSON.stringify(text.slice(0, 60))} what is no value`, () => {
      assert.equal(maskMessage(text, code), kept)
    })
  }

  test('of which the server cut the end keeps nothing after the first quote', () => {
    const text = `Incorrect value: 'a' for column 'b' ${'x'.repeat(480)}' at row 1`
    assert.equal(maskMessage(text, 1366), 'Incorrect value: ?')
  })

  test('holds no word of a value, whatever quotes the value has and wherever it is cut', () => {
    const value = fc.array(fc.constantFrom('SECRET', "'", '"', '`', ' ', ')', 'at row SECRET', '.'), {
      maxLength: 8,
    })
    fc.assert(
      fc.property(value, fc.integer({ min: 0, max: 90 }), (parts, cut) => {
        const whole = `Incorrect value: '${parts.join('')}' for column 'c' at row 1`
        for (const text of [whole, whole.slice(0, Math.max(18, cut))])
          assert.ok(!maskMessage(text, 1366).includes('SECRET'), text)
      }),
      { numRuns: 500 },
    )
  })
})
