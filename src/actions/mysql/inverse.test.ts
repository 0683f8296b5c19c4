import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import type { ParameterSchema } from '../../core/parameters.ts'
import type { Binding } from '../../core/plan.ts'
import { HIDING_ACTIONS } from './hidden-indexes.ts'
import { mysqlActions } from './index.ts'
import { inverseOf } from './inverse.ts'

const ACTIONS = mysqlActions((text) => createHash('sha256').update(text).digest('hex'))
const schemaOf = (id: string): ParameterSchema | null => ACTIONS.find((a) => a.id === id)?.parameters ?? null

const step = (text: string) => ({ kind: 'statement' as const, text, timeoutMs: 1, onlyIf: null })

function inverse(id: string, params: Binding['parameters'], steps: string[], undo: string[] | null) {
  const action = ACTIONS.find((a) => a.id === id)
  assert.ok(action)
  const binding = {
    parameters: params,
    steps: steps.map(step),
    undo: undo === null ? { whyNot: 'not known' } : { plan: { guards: [], steps: undo.map(step) } },
  } as unknown as Binding
  return inverseOf(action, binding, schemaOf)
}

const TABLE = { schema: 'shop', table: 'orders' }

describe('the inverse of a run', () => {
  test('of a setting is the same action with the old value, in the parameter’s unit', () => {
    assert.deepEqual(
      inverse(
        'mysql/set-innodb-lock-wait-timeout',
        { seconds: 10 },
        ['SET GLOBAL innodb_lock_wait_timeout=10'],
        ['SET GLOBAL innodb_lock_wait_timeout=50'],
      ),
      { actionId: 'mysql/set-innodb-lock-wait-timeout', params: { seconds: 50 } },
    )
    assert.deepEqual(
      inverse(
        'mysql/set-statement-limit',
        { seconds: 30 },
        ['SET GLOBAL max_execution_time=30000'],
        ['SET GLOBAL max_execution_time=60000'],
      ),
      { actionId: 'mysql/set-statement-limit', params: { seconds: 60 } },
    )
    assert.deepEqual(
      inverse(
        'mysql/set-long-query-time',
        { threshold: '0.5' },
        ['SET GLOBAL long_query_time=0.5'],
        ['SET GLOBAL long_query_time=10.000000'],
      ),
      { actionId: 'mysql/set-long-query-time', params: { threshold: '10' } },
    )
    assert.deepEqual(
      inverse(
        'mysql/raise-max-connections',
        { connections: 200 },
        ['SET GLOBAL max_connections=200'],
        ['SET GLOBAL max_connections=151'],
      ),
      { actionId: 'mysql/lower-max-connections', params: { connections: 151 } },
    )
  })

  test('keeps what the old and the new have in common', () => {
    const account = { user: 'app', host: '%' }
    assert.deepEqual(
      inverse(
        'mysql/set-user-connection-limit',
        { account, connections: 20 },
        ["ALTER USER 'app'@'%' WITH MAX_USER_CONNECTIONS 20"],
        ["ALTER USER 'app'@'%' WITH MAX_USER_CONNECTIONS 60"],
      ),
      { actionId: 'mysql/set-user-connection-limit', params: { account, connections: 60 } },
    )
    const columns = [{ column: 'status', prefix: null, direction: 'ASC' }]
    assert.deepEqual(
      inverse(
        'mysql/analyze-histogram',
        { table: TABLE, columns, buckets: 16 },
        ['ANALYZE'],
        ['ANALYZE … DROP'],
      ),
      { actionId: 'mysql/drop-histogram', params: { table: TABLE, columns } },
    )
    assert.deepEqual(
      inverse(
        'mysql/turn-slow-log-on',
        {},
        ['SET GLOBAL slow_query_log=ON'],
        ['SET GLOBAL slow_query_log=OFF'],
      ),
      {
        actionId: 'mysql/turn-slow-log-off',
        params: {},
      },
    )
    assert.deepEqual(inverse('mysql/hide-index', { table: TABLE, index: 'k' }, ['ALTER'], ['ALTER']), {
      actionId: 'mysql/show-index',
      params: { table: TABLE, index: 'k' },
    })
  })

  test('of a new index hides it, and says why it is not dropped at once', () => {
    const { differs, ...asked } = ofNewIndex('mysql/create-index')
    assert.deepEqual(asked, {
      actionId: 'mysql/hide-index',
      params: { table: TABLE, index: 'dbm_orders_status_1a2b' },
    })
    assert.match(String(differs), /hides the index instead of dropping it.*mysql\/drop-index .*seven days/)
  })

  test('of an index that was built hidden is none: no run of ours hid it, which drop-index asks for', () => {
    const { whyNot } = ofNewIndex('mysql/create-hidden-index')
    assert.match(String(whyNot), /built hidden; mysql\/show-index and after it mysql\/hide-index/)
    assert.ok(!HIDING_ACTIONS.includes('mysql/create-hidden-index'), 'then its inverse can be drop-index')
  })

  function ofNewIndex(action: string): { differs?: unknown; whyNot?: unknown } {
    const columns = [{ column: 'status', prefix: null, direction: 'ASC' }]
    const create =
      'CREATE INDEX `dbm_orders_status_1a2b` ON `shop`.`orders` (`status`) ALGORITHM=INPLACE LOCK=NONE'
    return inverse(action, { table: TABLE, columns }, [create], ['DROP INDEX'])
  }

  test('is none, and says why, where the old value is outside the bounds or not one value', () => {
    const why = (found: ReturnType<typeof inverse>): string => ('whyNot' in found ? found.whyNot : '')
    assert.match(
      why(
        inverse(
          'mysql/set-statement-limit',
          { seconds: 30 },
          ['SET GLOBAL max_statement_time=30'],
          ['SET GLOBAL max_statement_time=0.000000'],
        ),
      ),
      /the old value 0 s is not one .* \(5 to 86400\)/,
    )
    const sizes = ['SET GLOBAL tmp_table_size=16777216', 'SET GLOBAL max_heap_table_size=16777216']
    const apart = ['SET GLOBAL max_heap_table_size=33554432', 'SET GLOBAL tmp_table_size=67108864']
    assert.match(
      why(inverse('mysql/set-temporary-table-sizes', { bytes: 16777216 }, sizes, apart)),
      /not one value/,
    )
    assert.match(why(inverse('mysql/kill-query', {}, ['KILL QUERY 7'], null)), /cannot be resumed/)
    assert.match(
      why(inverse('mysql/set-wait-timeout', { seconds: 60 }, ['SET GLOBAL wait_timeout=60'], null)),
      /not known/,
    )
  })

  test('is an action of the catalogue, and never a guess, for every action that says it has one', () => {
    for (const action of ACTIONS) {
      if ('whyNot' in action.undo) continue
      const none = inverse(action.id, {}, ['SOMETHING ELSE'], ['SOMETHING ELSE'])
      if ('whyNot' in none) continue
      assert.ok(schemaOf(none.actionId) !== null, action.id)
      assert.deepEqual(none.params, {}, `${action.id} invents no parameter`)
    }
  })
})
