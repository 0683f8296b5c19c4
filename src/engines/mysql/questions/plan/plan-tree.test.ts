import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { PlanStep } from '../../../../core/plan-step.ts'
import type { LoggedPlanRow } from '../../slow-log/index.ts'
import { finishTree } from './finish-tree.ts'
import { loggedTree } from './logged-tree.ts'
import { readPlanJson } from './plan-json.ts'

/** A tree as indented words: what is nested in what, and what was read of each. */
function words(step: PlanStep, depth = 0): string[] {
  const { operation, name, access, key, buffered, dependent, inputs } = step
  const parts = [operation, name, access, key, buffered && 'buffered', dependent && 'dependent']
  const own = `${'  '.repeat(depth)}${parts.filter((part) => typeof part === 'string').join(' ')}`
  return [own, ...inputs.flatMap((input) => words(input, depth + 1))]
}
const treeOf = (block: object): string[] => {
  const tree = readPlanJson(JSON.stringify({ query_block: block }))?.tree ?? null
  return tree === null ? [] : words(tree)
}

describe('the tree of a plan', () => {
  test('of MySQL nests sorting, grouping, joins, subqueries and derived tables as they feed each other', () => {
    const derived = {
      using_temporary_table: true,
      dependent: false,
      query_block: {
        select_id: 2,
        grouping_operation: {
          using_temporary_table: true,
          using_filesort: false,
          table: { table_name: 'visits', access_type: 'index', key: 'by_day', rows_examined_per_scan: 900 },
        },
      },
    }
    assert.deepEqual(
      treeOf({
        select_id: 1,
        cost_info: { query_cost: '99.5' },
        ordering_operation: {
          using_filesort: true,
          nested_loop: [
            { table: { table_name: 'd', access_type: 'ALL', materialized_from_subquery: derived } },
            {
              table: {
                table_name: 'o',
                access_type: 'ALL',
                using_join_buffer: 'hash join',
                attached_subqueries: [
                  {
                    dependent: true,
                    query_block: { table: { table_name: 'x', access_type: 'ref', key: 'by_o' } },
                  },
                ],
              },
            },
          ],
        },
      }),
      [
        'sort',
        '  join',
        '    table d ALL',
        '      materialise',
        '        group',
        '          temporary',
        '            table visits index by_day',
        '    table o ALL buffered',
        '      subquery dependent',
        '        table x ref by_o',
      ],
    )
  })

  test('of MariaDB does, too, in its own words', () => {
    assert.deepEqual(
      treeOf({
        select_id: 1,
        filesort: {
          sort_key: 'sum(o.total)',
          temporary_table: {
            nested_loop: [
              {
                read_sorted_file: { filesort: { table: { table_name: 'c', access_type: 'ALL', rows: 200 } } },
              },
              { 'block-nl-join': { table: { table_name: 'o', access_type: 'ALL' }, buffer_type: 'flat' } },
            ],
            subqueries: [
              {
                expression_cache: {
                  query_block: { nested_loop: [{ table: { table_name: 'p', access_type: 'eq_ref' } }] },
                },
              },
            ],
          },
        },
      }),
      [
        'sort',
        '  temporary',
        '    join',
        '      sort',
        '        table c ALL',
        '      table o ALL buffered',
        '    subquery dependent',
        '      table p eq_ref',
      ],
    )
  })

  test('of a union has a branch for each part; of a statement without tables there is none', () => {
    const part = (name: string) => ({ query_block: { table: { table_name: name, access_type: 'const' } } })
    assert.deepEqual(
      treeOf({
        union_result: {
          using_temporary_table: true,
          table_name: '<union1,2>',
          access_type: 'ALL',
          query_specifications: [part('a'), part('b')],
        },
      }),
      ['union', '  table a const', '  table b const'],
    )
    assert.deepEqual(treeOf({ select_id: 1, message: 'No tables used' }), [])
  })

  test('holds no condition, no column and no literal, and no more than its bound of steps', () => {
    const table = (at: number) => ({
      table: {
        table_name: `t${at}`,
        access_type: 'ref',
        rows: 3,
        attached_condition: "`t`.`secret` = 'hunter2'",
        ref: ['const'],
        used_columns: ['secret'],
      },
    })
    const block = { nested_loop: Array.from({ length: 200 }, (_, at) => table(at)) }
    const text = JSON.stringify(readPlanJson(JSON.stringify({ query_block: block }))?.tree)
    assert.doesNotMatch(text, /secret|hunter2|const/)
    assert.equal(text.match(/"table"/g)?.length, 60)
    assert.ok(text.length < 12_000)
  })

  test('of anything is a tree or nothing', () => {
    const names = [
      'query_block',
      'table',
      'nested_loop',
      'filesort',
      'subqueries',
      'union_result',
      'table_name',
      'access_type',
      'rows',
    ]
    const node = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom('a', '7', 7, null, true),
        tie('object'),
        tie('list'),
      ),
      object: fc.dictionary(fc.constantFrom(...names), tie('node'), { maxKeys: 5 }),
      list: fc.array(tie('node'), { maxLength: 4 }),
    })).object
    fc.assert(
      fc.property(node, (block) => {
        const found = readPlanJson(JSON.stringify({ query_block: block }))
        if (found?.tree != null) assert.ok(words(finishTree(found.tree, { tableOf: () => null })).length > 0)
      }),
    )
  })
})

describe('what is known beside the plan', () => {
  const table = (name: string, more: Partial<PlanStep> = {}): PlanStep => ({
    operation: 'table',
    name,
    access: 'ref',
    inputs: [],
    ...more,
  })
  const passesOf = (step: PlanStep): (readonly [string, number | undefined])[] => [
    ...(step.name === undefined ? [] : [[step.name, step.passes] as const]),
    ...step.inputs.flatMap(passesOf),
  ]
  const nothing = { tableOf: () => null }

  test('each table of a join is read once for each row the ones before it pass on', () => {
    const join: PlanStep = {
      operation: 'join',
      inputs: [
        table('a', { estimatedRows: 200, filteredPercent: 50 }),
        table('b', { estimatedRows: 3, filteredPercent: 100 }),
        table('c', { estimatedRows: 1 }),
      ],
    }
    assert.deepEqual(passesOf(finishTree({ operation: 'sort', inputs: [join] }, nothing)), [
      ['a', 1],
      ['b', 100],
      ['c', 300],
    ])
  })

  test('rows really read count before estimates, and go to the one table of that name', () => {
    const join: PlanStep = {
      operation: 'join',
      inputs: [
        table('a', { estimatedRows: 5 }),
        table('b', { estimatedRows: 2 }),
        table('b', { estimatedRows: 2 }),
      ],
    }
    const actualRows = new Map([
      ['a', 4_000],
      ['b', 9],
    ])
    const tree = finishTree(join, { tableOf: (name) => (name === 'a' ? 'shop.orders' : null), actualRows })
    assert.deepEqual(
      tree.inputs.map((each) => [each.name, each.table, each.actualRows, each.passes]),
      [
        ['a', 'shop.orders', 4_000, 1],
        ['b', undefined, undefined, 4_000],
        ['b', undefined, undefined, 8_000],
      ],
    )
  })

  test('a subquery is asked once, or for each row where it depends on it', () => {
    const asked = (dependent: boolean): PlanStep => ({
      operation: 'subquery',
      ...(dependent ? { dependent: true as const } : {}),
      inputs: [table('inner', { estimatedRows: 1 })],
    })
    for (const [dependent, passes] of [
      [false, 1],
      [true, 700],
    ] as const) {
      const within = finishTree(table('outer', { estimatedRows: 700, inputs: [asked(dependent)] }), nothing)
      const beside = finishTree(
        { operation: 'select', inputs: [table('outer', { estimatedRows: 700 }), asked(dependent)] },
        nothing,
      )
      for (const tree of [within, beside]) assert.deepEqual(passesOf(tree).at(-1), ['inner', passes])
    }
  })
})

describe('a plan MariaDB logged', () => {
  const row = (id: number, tableName: string, more: Partial<LoggedPlanRow> = {}): LoggedPlanRow => ({
    id,
    selectType: 'PRIMARY',
    table: tableName,
    type: 'ALL',
    possibleKeys: [],
    key: undefined,
    keyLength: undefined,
    ref: undefined,
    rows: 10,
    actualRows: 12,
    filteredPercent: 100,
    actualFilteredPercent: 100,
    extra: '',
    ...more,
  })
  const shown = (rows: readonly LoggedPlanRow[]): string[] => {
    const tree = loggedTree(rows)
    return tree === null ? [] : words(tree)
  }

  test('joins the rows of one id, under their sorting, and puts a derived table under the one it fills', () => {
    assert.deepEqual(
      shown([
        row(1, '<derived2>', { extra: 'Using temporary; Using filesort' }),
        row(1, 'o', { type: 'ref', key: 'by_customer', extra: 'Using join buffer (flat, BNL join)' }),
        row(2, 'v', { selectType: 'DERIVED' }),
        row(3, 's', { selectType: 'DEPENDENT SUBQUERY', type: 'eq_ref' }),
      ]),
      [
        'select',
        '  sort',
        '    temporary',
        '      join',
        '        table <derived2> ALL',
        '          materialise',
        '            table v ALL',
        '        table o ref by_customer buffered',
        '  subquery dependent',
        '    table s eq_ref',
      ],
    )
  })

  test('that names itself as what it is filled by comes to an end, and one without tables is none', () => {
    assert.deepEqual(shown([row(1, '<derived1>')]), [])
    assert.deepEqual(shown([row(1, '<derived2>'), row(2, '<derived3>'), row(3, '<derived2>')]).slice(0, 1), [
      'table <derived2> ALL',
    ])
    assert.deepEqual(shown([]), [])
  })
})
