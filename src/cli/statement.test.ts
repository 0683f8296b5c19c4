import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ended, pasteable } from './statement.ts'

test('every statement of a block is ended once, and what is no statement is a comment', () => {
  assert.deepEqual(
    pasteable([
      'SET GLOBAL slow_query_log = ON',
      'my.cnf, [mysqld]: slow_query_log=ON',
      "UPDATE performance_schema.setup_consumers SET ENABLED = 'YES' WHERE NAME = 'x'",
      'GRANT PROCESS ON *.* TO `dbm_mon`@`%`;',
    ]),
    [
      'SET GLOBAL slow_query_log = ON;',
      '-- my.cnf, [mysqld]: slow_query_log=ON',
      "UPDATE performance_schema.setup_consumers SET ENABLED = 'YES' WHERE NAME = 'x';",
      'GRANT PROCESS ON *.* TO `dbm_mon`@`%`;',
    ],
  )
  assert.equal(ended('KILL QUERY 7'), 'KILL QUERY 7;')
})

test('a block without a statement stays prose', () => {
  const prose = ['set the option `adminPort` of this target', 'restart the server']
  assert.deepEqual(pasteable(prose), prose)
})
