import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ended, pasteable, stepInShort, stepLines } from './statement.ts'

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

test('a patch is read line by line behind a bar, with its carriage returns and nothing that a terminal obeys', () => {
  const text = 'repository "/r"\ncommit none\nfile "a.js"\nbefore 0\nafter 1\n-a\r\n+b\u001b[2J\n'
  assert.deepEqual(stepLines(text).slice(2), [
    '\u2502 file "a.js"',
    '\u2502 before 0',
    '\u2502 after 1',
    '\u2502 -a\u240d',
    '\u2502 +b⟨U+001B⟩[2J',
  ])
  assert.equal(stepInShort(text), 'patch of "a.js"')
  assert.deepEqual(stepLines('KILL 7\n'), ['KILL 7 \u23ce ;'])
  assert.equal(stepInShort('KILL 7'), 'KILL 7')
})
