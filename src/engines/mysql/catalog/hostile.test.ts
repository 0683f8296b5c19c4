import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Parameter } from '../../../core/parameters.ts'
import { isSystemSchema, validateGiven } from './given.ts'

/** Hostile inputs that no shape may hold, whatever the catalog says. */
const SHAPELESS: readonly unknown[] = [
  undefined,
  null,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  [],
  {},
  { toString: () => 'orders' },
  { valueOf: () => 7 },
  true,
  Symbol('x'),
  () => 'orders',
  new Date(0),
  'a\0b',
  'a\u202Eb',
  'a\u200bb',
  'trailing ',
  'x'.repeat(65),
  'a\ud800',
  'allkeys-lru\r\nFLUSHALL',
  { $gt: '' },
]
const NUMBERS: readonly unknown[] = [
  '12',
  '0x6162',
  '1e3',
  '1 OR 1=1',
  '1;KILL 2',
  '-1',
  '18446744073709551616',
  '１２',
  '1_000',
  '16GB',
  '',
  -0,
  1.5,
  2 ** 53,
  Number('9007199254740993'),
  -1,
  10_001,
]
const DECIMALS: readonly unknown[] = [
  '1e3',
  '-0',
  '+1',
  '.5',
  '1.',
  '01',
  '1_000',
  '１.５',
  'NaN',
  '0x1',
  '1.2345',
  0.5,
  '11',
  '0.04',
  "0.5'",
  '1 ',
]
const INSTANTS: readonly unknown[] = [
  "PT1H'",
  '2026-01-01',
  '2026-01-01T00:00:00',
  '2026-13-01T00:00:00Z',
  '2026-01-01T00:00:00+00:00',
  0,
  'now()',
]

const types: Readonly<Record<string, Parameter>> = {
  table: { type: 'table' },
  index: { type: 'index', of: 't' },
  columns: { type: 'columns', of: 't', most: 5 },
  connection: { type: 'connection' },
  account: { type: 'account' },
  integer: { type: 'integer', min: 0, max: 10_000, unit: 'rows' },
  decimal: { type: 'decimal', min: '0.05', max: '10', digits: 3, unit: 'seconds' },
  enum: { type: 'enum', values: ['ON', 'OFF'] },
  instant: { type: 'instant', minimumAgeSeconds: 0 },
}

const given = (type: string, value: unknown) => validateGiven({ p: types[type] as Parameter }, { p: value })
const isRefused = (type: string, value: unknown): boolean => 'refused' in given(type, value)

test('what no parameter can be is refused by every placeholder type', () => {
  for (const type of Object.keys(types))
    for (const value of SHAPELESS) assert.ok(isRefused(type, value), `${type} ${String(value)}`)
})

test('numbers must be numbers, exact and within bounds', () => {
  for (const value of NUMBERS) assert.ok(isRefused('integer', value), String(value))
  for (const value of DECIMALS) assert.ok(isRefused('decimal', value), String(value))
  for (const value of ['0.05', '10', '10.000', '0.5']) assert.ok(!isRefused('decimal', value), value)
  const refused = given('integer', 10_001)
  assert.ok('refused' in refused && refused.code === 'DBM_OUT_OF_BOUNDS')
})

test('words, instants and connection ids are read to the letter', () => {
  for (const value of ['on', 'ON; SET GLOBAL x=1', 'ON ', 'toString', 0]) assert.ok(isRefused('enum', value))
  for (const value of INSTANTS) assert.ok(isRefused('instant', value), String(value))
  const connection = {
    instanceUid: 'u',
    epoch: '2026-01-01T00:00:00Z',
    connectionId: '5',
    user: 'app',
    host: 'h:1',
    database: null,
    transactionId: null,
    transactionStartedAt: null,
    queryId: null,
    statementFingerprintId: null,
  }
  assert.ok(!isRefused('connection', connection))
  for (const id of ['05', '-5', '5 ', '0x5', '1e3', '5;KILL 6', '18446744073709551616', 5, '５', '']) {
    assert.ok(isRefused('connection', { ...connection, connectionId: id }), String(id))
  }
  const { host: _host, ...withoutHost } = connection
  assert.ok(isRefused('connection', withoutHost))
  assert.ok(isRefused('connection', { ...connection, extra: 1 }))
})

test('a column is given by name alone: expressions, lists, directions in the name and repeats are refused or mean a name', () => {
  const column = (name: string) => ({ column: name, prefix: null, direction: 'ASC' })
  assert.ok(isRefused('columns', [column('a'), column('A')]))
  assert.ok(isRefused('columns', [column('a'), column('a')]))
  assert.ok(isRefused('columns', ['a']))
  assert.ok(
    isRefused(
      'columns',
      Array.from({ length: 6 }, (_, at) => column(`c${at}`)),
    ),
  )
  assert.ok(isRefused('columns', [{ ...column('a'), direction: 'DESC, b' }]))
  for (const prefix of [0, -1, '10', 1.5, 3_073])
    assert.ok(isRefused('columns', [{ ...column('a'), prefix }]))
})

test('system schemas are refused in any case', () => {
  for (const schema of ['mysql', 'MySQL', 'sys', 'performance_schema', 'INFORMATION_SCHEMA', 'ndbinfo']) {
    assert.ok(isSystemSchema(schema))
    assert.ok(isRefused('table', { schema, table: 'user' }))
  }
})

test('unknown, missing, inherited and accessor members are refused; nothing is polluted', () => {
  const schema = { p: types.integer as Parameter }
  for (const text of [
    '{"p":1,"q":2}',
    '{}',
    '{"p":1,"__proto__":{"x":1}}',
    '{"p":1,"constructor":1}',
    '[1]',
    '1',
    'null',
  ]) {
    assert.ok('refused' in validateGiven(schema, JSON.parse(text)), text)
  }
  assert.ok('refused' in validateGiven(schema, Object.create({ p: 1 })))
  assert.ok(
    'refused' in
      validateGiven(schema, {
        get p() {
          return 1
        },
      }),
  )
  assert.equal(({} as { x?: unknown }).x, undefined)
})

test('no input whatever makes validation throw, and no refusal repeats the input', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.keys(types)),
      fc.anything({ withNullPrototype: true, withBigInt: true }),
      (type, value) => {
        const found = given(type, value)
        if ('refused' in found && typeof value === 'string' && value.length > 12)
          assert.ok(!found.because.includes(value))
      },
    ),
    { numRuns: 2_000 },
  )
})
