import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { column, index, ordersTable, selectivity, tableUse } from '../../../test/support/mysql-answers.ts'
import type { ColumnSelectivity, TableDefinition, TableUse } from '../../engines/mysql/shapes.ts'
import {
  combine,
  type IndexAdvice,
  LONGEST_KEY_BYTES,
  MOST_COLUMNS,
  type NoAdvice,
  recommendIndex,
} from './recommend-index.ts'

const ask = (
  table: TableDefinition,
  use: TableUse,
  more: { readonly selectivity?: ColumnSelectivity; readonly rowsPerCall?: number } = {},
): IndexAdvice | NoAdvice =>
  recommendIndex({
    table,
    use,
    selectivity: more.selectivity ?? selectivity(table.columns.map((c) => c.column)),
    rowsPerCall: more.rowsPerCall ?? 1,
  })
const keys = (advice: IndexAdvice | NoAdvice): readonly string[] =>
  'columns' in advice ? advice.columns.map((c) => `${c.column}${c.direction === 'DESC' ? ' DESC' : ''}`) : []
const because = (advice: IndexAdvice | NoAdvice): string => ('because' in advice ? advice.because : '')

/** Distinct values by column; the others have one. */
const distinct = (counts: { readonly [column: string]: number }): ColumnSelectivity => ({
  ...selectivity([]),
  columns: Object.entries(counts).map(([name, n]) => ({
    column: name,
    distinct: n,
    topShare: 1 / n,
    nullShare: 0,
    averageBytes: 8,
  })),
})

describe('an index recommendation', () => {
  test('puts equality before range, and the most selective first', () => {
    const use = tableUse({ equal: ['status', 'customer_id'], range: ['created_at'] })
    const advice = ask(ordersTable(), use, {
      selectivity: distinct({ status: 5, customer_id: 20_000, created_at: 90 }),
    })
    assert.deepEqual(keys(advice), ['customer_id', 'status', 'created_at'])
  })
  test('takes a range for a third of what the equalities leave', () => {
    const counts = distinct({ customer_id: 100, created_at: 90 })
    const share = (range: readonly string[]): number | null => {
      const advice = ask(ordersTable(), tableUse({ range }), { selectivity: counts })
      return 'columns' in advice ? advice.selectivity : null
    }
    assert.equal(share([]), 0.01)
    assert.ok(Math.abs((share(['created_at']) ?? 1) - 0.01 / 3) < 1e-12)
  })
  test('takes one range, the most selective', () => {
    const use = tableUse({ equal: ['status'], range: ['created_at', 'customer_id'] })
    const advice = ask(ordersTable(), use, {
      selectivity: distinct({ status: 5, customer_id: 9, created_at: 90 }),
    })
    assert.deepEqual(keys(advice), ['status', 'created_at'])
  })
  test('serves the order asked for behind equalities, in its direction', () => {
    const use = tableUse({ sort: [{ column: 'created_at', direction: 'DESC' }] })
    assert.deepEqual(keys(ask(ordersTable(), use)), ['customer_id', 'created_at DESC'])
  })
  test('leaves an order out that goes both ways, or stands behind a range', () => {
    const both = tableUse({
      sort: [
        { column: 'created_at', direction: 'DESC' },
        { column: 'status', direction: 'ASC' },
      ],
    })
    assert.deepEqual(keys(ask(ordersTable(), both)), ['customer_id'])
    const range = tableUse({ range: ['status'], sort: [{ column: 'created_at', direction: 'ASC' }] })
    assert.deepEqual(keys(ask(ordersTable(), range)), ['customer_id', 'status'])
  })
  test('is no use for a wrapped or mismatched column', () => {
    for (const part of [
      { wrapped: [{ column: 'customer_id', how: 'ABS()' }] },
      { mismatched: [{ column: 'customer_id', columnType: 'varchar(9)', otherType: 'integer' }] },
    ])
      assert.match(because(ask(ordersTable(), tableUse(part))), /no predicate/)
  })
  test('takes a prefix of a long column, and never sorts by one', () => {
    const advice = ask(
      ordersTable(),
      tableUse({ equal: ['note'], sort: [{ column: 'id', direction: 'DESC' }] }),
    )
    assert.deepEqual('columns' in advice ? advice.columns : [], [
      { column: 'note', prefix: 64, direction: 'ASC' },
    ])
    const sorted = ask(ordersTable(), tableUse({ sort: [{ column: 'note', direction: 'ASC' }] }))
    assert.deepEqual(keys(sorted), ['customer_id'])
  })
  test('knows that a secondary index ends in the primary key', () => {
    const use = tableUse({ sort: [{ column: 'id', direction: 'ASC' }] })
    assert.deepEqual(keys(ask(ordersTable(), use)), ['customer_id'])
    const there = ordersTable({ indexes: [index('PRIMARY', ['id']), index('k_c', ['customer_id'])] })
    assert.match(because(ask(there, use)), /k_c already serves/)
  })
  test('is not made for what the primary key serves', () =>
    assert.match(because(ask(ordersTable(), tableUse({ equal: ['id'] }))), /PRIMARY already serves/))
  test('accepts equality columns of an existing index in any order', () => {
    const there = ordersTable({ indexes: [index('PRIMARY', ['id']), index('k', ['status', 'customer_id'])] })
    assert.match(because(ask(there, tableUse({ equal: ['customer_id', 'status'] }))), /k already serves/)
  })
  test('names a hidden index instead of building it again, and prefers a visible one', () => {
    const hidden = index('k_hidden', ['customer_id'], { visible: false })
    const one = ask(ordersTable({ indexes: [index('PRIMARY', ['id']), hidden] }), tableUse())
    assert.equal('hidden' in one ? one.hidden : '', 'k_hidden')
    const two = ask(ordersTable({ indexes: [hidden, index('k', ['customer_id'])] }), tableUse())
    assert.equal('hidden' in two, false)
  })
  test('a FULLTEXT or HASH index serves no comparison', () => {
    const there = ordersTable({ indexes: [index('ft', ['customer_id'], { kind: 'FULLTEXT' })] })
    assert.deepEqual(keys(ask(there, tableUse())), ['customer_id'])
  })
  test('covers the output for more than fifty rows a call, if that is short', () => {
    const use = tableUse({ output: ['id', 'created_at'] })
    assert.deepEqual(keys(ask(ordersTable(), use, { rowsPerCall: 51 })), ['customer_id', 'created_at'])
    assert.deepEqual(keys(ask(ordersTable(), use, { rowsPerCall: 50 })), ['customer_id'])
    const long = tableUse({ output: ['id', 'status'] })
    assert.deepEqual(keys(ask(ordersTable(), long, { rowsPerCall: 51 })), ['customer_id'])
    const text = tableUse({ output: ['note'] })
    assert.deepEqual(keys(ask(ordersTable(), text, { rowsPerCall: 51 })), ['customer_id'])
  })
  test('leaves out a column that is longer than its row format allows', () => {
    const wide = column('customer_id', { dataType: 'varchar', columnType: 'varchar(255)', maxBytes: 1_020 })
    const table = ordersTable({ rowFormat: 'Compact', columns: [wide, column('status')] })
    assert.deepEqual(keys(ask(table, tableUse({ equal: ['customer_id', 'status'] }))), ['status'])
    assert.match(because(ask(table, tableUse())), /longer than an index entry/)
  })
  test('does not guess how much a range leaves', () => {
    const advice = ask(ordersTable(), tableUse({ equal: [], range: ['created_at'] }))
    assert.equal('columns' in advice ? advice.selectivity : 0, null)
  })
  test('never takes a column no index can hold', () => {
    const table = ordersTable({ columns: [column('customer_id', { dataType: 'json', maxBytes: null })] })
    assert.match(because(ask(table, tableUse())), /no predicate/)
  })
  test('predicates overlap: shares are damped in ascending order', () => {
    assert.equal(combine([]), 1)
    assert.equal(combine([0.25, 0.01]), 0.01 * 0.5)
  })
})

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] as const
const name = fc.constantFrom(...NAMES)
const some = (max: number): fc.Arbitrary<string[]> => fc.uniqueArray(name, { maxLength: max })
const anyColumn = (of: string) =>
  fc
    .record({
      type: fc.constantFrom('bigint', 'varchar', 'text', 'json', 'datetime', 'varbinary'),
      maxBytes: fc.oneof(fc.constant(null), fc.integer({ min: 1, max: 4_000 })),
    })
    .map(({ type, maxBytes }) => column(of, { dataType: type, columnType: type, maxBytes }))
const anyIndex = fc
  .record({
    n: fc.nat(999),
    columns: fc.uniqueArray(name, { minLength: 1, maxLength: 4 }),
    visible: fc.boolean(),
    kind: fc.constantFrom('BTREE', 'BTREE', 'BTREE', 'FULLTEXT'),
  })
  .map(({ n, columns, visible, kind }) => index(`k${n}`, columns, { visible, kind }))
const anyTable = fc
  .record({
    columns: fc.tuple(...NAMES.map(anyColumn)),
    indexes: fc.array(anyIndex, { maxLength: 9 }),
    primary: fc.uniqueArray(name, { minLength: 1, maxLength: 2 }),
    rowFormat: fc.constantFrom('Dynamic', 'Compact', 'Redundant'),
  })
  .map(({ columns, indexes, primary, rowFormat }) =>
    ordersTable({ columns, rowFormat, indexes: [index('PRIMARY', primary), ...indexes] }),
  )
const anyUse = fc
  .record({
    equal: some(5),
    range: some(3),
    output: some(4),
    sorts: fc.array(fc.tuple(name, fc.constantFrom('ASC' as const, 'DESC' as const)), { maxLength: 3 }),
    wrapped: some(2),
    mismatched: some(2),
  })
  .map(({ equal, range, output, sorts, wrapped, mismatched }) =>
    tableUse({
      equal,
      range,
      output,
      sort: sorts.map(([c, direction]) => ({ column: c, direction })),
      wrapped: wrapped.map((c) => ({ column: c, how: 'ABS()' })),
      mismatched: mismatched.map((c) => ({ column: c, columnType: 'x', otherType: 'y' })),
    }),
  )
const anySelectivity = fc
  .array(fc.tuple(name, fc.integer({ min: 0, max: 1_000_000 }), fc.double({ min: 0, max: 1, noNaN: true })))
  .map((rows) => ({
    ...selectivity([]),
    columns: rows.map(([c, n, topShare]) => ({
      column: c,
      distinct: n,
      topShare,
      nullShare: 0,
      averageBytes: 8,
    })),
  }))
const question = fc.record({
  table: anyTable,
  use: anyUse,
  selectivity: anySelectivity,
  rowsPerCall: fc.integer({ min: 0, max: 500 }),
})

describe('any index recommendation', () => {
  const advised = (check: (q: Parameters<typeof recommendIndex>[0], advice: IndexAdvice) => void): void => {
    fc.assert(
      fc.property(question, (q) => {
        const advice = recommendIndex(q)
        if ('columns' in advice) check(q, advice)
      }),
      { numRuns: 2_000 },
    )
  }

  test('is one of one to five different columns that the table has', () =>
    advised(({ table }, { columns }) => {
      assert.ok(columns.length >= 1 && columns.length <= MOST_COLUMNS)
      assert.equal(new Set(columns.map((c) => c.column)).size, columns.length)
      for (const c of columns) assert.ok(table.columns.some((d) => d.column === c.column))
    }))

  test('has every equality column before any other', () =>
    advised(({ use }, { columns, serves }) => {
      // An equality it cannot serve (inside a function, say) may still ride along to spare reading the row.
      const flags = columns.map((c) => serves.includes(c.column) && use.equal.includes(c.column))
      assert.equal(flags.lastIndexOf(true) + 1, flags.filter(Boolean).length)
    }))

  test('never narrows by a wrapped or mismatched column', () =>
    advised(({ use }, { serves }) => {
      const bad = [...use.wrapped, ...use.mismatched].map((w) => w.column)
      assert.ok(serves.every((c) => !bad.includes(c)))
    }))

  test('serves only columns that are in it', () =>
    advised((_q, { columns, serves }) => {
      assert.ok(serves.length > 0)
      assert.ok(serves.every((s) => columns.some((c) => c.column === s)))
    }))

  test('fits into a key', () =>
    advised(({ table }, { columns }) => {
      const bytes = columns.map((c) =>
        c.prefix === null
          ? (table.columns.find((d) => d.column === c.column)?.maxBytes ?? 99_999)
          : c.prefix * 4,
      )
      assert.ok(bytes.reduce((a, b) => a + b, 0) <= LONGEST_KEY_BYTES.DYNAMIC)
      if (table.rowFormat !== 'Dynamic') assert.ok(bytes.every((b) => b <= LONGEST_KEY_BYTES.COMPACT))
    }))

  test('is the left part of no visible index there is', () =>
    advised(({ table }, { columns }) => {
      for (const there of table.indexes.filter((i) => i.visible && i.kind === 'BTREE')) {
        const head = there.columns.slice(0, columns.length).map((c) => c.column)
        assert.notDeepEqual(
          head,
          columns.map((c) => c.column),
          there.index,
        )
      }
    }))

  test('is the same whatever order the question lists its columns in', () => {
    fc.assert(
      fc.property(question, (q) => {
        const turned = {
          ...q,
          use: { ...q.use, equal: q.use.equal.toReversed(), output: q.use.output.toReversed() },
        }
        assert.deepEqual(recommendIndex(turned), recommendIndex(q))
        assert.deepEqual(recommendIndex(q), recommendIndex(q))
      }),
      { numRuns: 500 },
    )
  })
})
