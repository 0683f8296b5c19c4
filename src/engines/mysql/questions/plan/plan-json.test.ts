import assert from 'node:assert/strict'
import { test } from 'node:test'
import { actualRowsByAlias, readPlanJson } from './plan-json.ts'

/** An operation as MySQL's EXPLAIN ANALYZE FORMAT=JSON prints it. */
const operation = (members: object, ...inputs: readonly object[]) => ({ ...members, inputs })
const text = (root: object): string => JSON.stringify({ query_plan: root })
const scan = (table: string, rows: number, alias?: string) => ({
  table_name: table,
  ...(alias === undefined ? {} : { alias }),
  access_type: 'index',
  actual_rows: rows,
  actual_loops: 1,
})

test('rows of a table are those its access gave, under its alias', () => {
  const plan = operation({ access_type: 'join' }, scan('orders', 40), scan('visit', 3, 'v'))
  assert.deepEqual(
    actualRowsByAlias(text(plan)),
    new Map([
      ['orders', 40],
      ['v', 3],
    ]),
  )
})

test('a table read through several indexes gave what their merge gave', () => {
  for (const access_type of ['rowid_intersection', 'rowid_union', 'index_merge']) {
    const merge = operation({ access_type, actual_rows: 2_400 }, scan('t', 9_000), scan('t', 8_000))
    const plan = operation(
      { access_type: 'join' },
      operation({ access_type: 'filter', actual_rows: 2_400 }, merge),
    )
    assert.deepEqual([...actualRowsByAlias(text(plan))], [['t', 2_400]], access_type)
  }
})

test('a name that occurs twice is left out, whichever way it is read', () => {
  const merge = operation({ access_type: 'rowid_union', actual_rows: 5 }, scan('t', 3), scan('t', 2))
  assert.deepEqual([...actualRowsByAlias(text(operation({}, merge, scan('t', 7))))], [])
})

test('a plan whose conditions hold unescaped quotes and backslashes is read, as MariaDB prints it', () => {
  const printed = (condition: string): string =>
    [
      '{',
      '  "query_block": {',
      '    "select_id": 1,',
      '    "nested_loop": [{',
      '      "table": {',
      '        "table_name": "orders",',
      '        "access_type": "ALL",',
      '        "rows": 297255,',
      `        "attached_condition": "${condition}",`,
      '        "filtered": 100',
      '      }',
      '    }]',
      '  }',
      '}',
    ].join('\n')
  for (const condition of [
    "orders.`status` = 'open'",
    `json_contains(orders.note,<cache>(concat('"S-',5,'"')),'$.sku')`,
    `orders.note = 'a"b\\c' and orders.id > 5`,
    `orders.note = '"",'`,
  ])
    assert.deepEqual(
      readPlanJson(printed(condition))?.accesses.map((a) => [a.name, a.access, a.estimatedRows]),
      [['orders', 'ALL', 297_255]],
      condition,
    )
  assert.equal(readPlanJson('{ "query_block": '), null)
})
