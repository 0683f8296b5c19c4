import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Json } from '../../core/canonical.ts'
import { AnswerBook, asReading } from './answers.ts'

const reading = {
  known: true,
  value: { rows: 3 },
  at: '2026-11-21T10:00:00.000000Z',
  source: 'test',
} as const

test('an answer is found whatever the order of the question’s parameters', () => {
  const book = new AnswerBook()
  book.put({ kind: 'table', params: { schema: 's', table: 't' } }, reading)
  const answers = book.view<{ table: { params: { schema: string; table: string }; answer: unknown } }>()
  assert.equal(answers.get('table', { table: 't', schema: 's' }), reading)
  assert.equal(answers.get('table', { table: 'other', schema: 's' }), undefined)
  assert.equal(book.has({ kind: 'table', params: { table: 't', schema: 's' } }), true)
  assert.equal(book.has({ kind: 'index', params: { table: 't', schema: 's' } }), false)
})

test('a stored answer is read back as it was given', () => {
  assert.deepEqual(asReading(reading), reading)
  const unknown = { known: false, because: 'no privilege', toProceed: 'GRANT it.' } as const
  assert.deepEqual(asReading(unknown), unknown)
})

test('anything malformed is unknown, never an answer', () =>
  fc.assert(
    fc.property(
      fc.oneof(
        fc.jsonValue(),
        fc.record({ known: fc.jsonValue(), at: fc.jsonValue(), source: fc.jsonValue() }),
        fc.record({ known: fc.constant(false), because: fc.jsonValue() }),
      ),
      (value) => {
        const read = asReading(value as Json)
        const record = value as {
          readonly known?: unknown
          readonly at?: unknown
          readonly source?: unknown
        } | null
        const whole =
          record?.known === true && typeof record.at === 'string' && typeof record.source === 'string'
        assert.equal(read.known, whole)
        if (!read.known) assert.equal(typeof read.because, 'string')
      },
    ),
  ))
