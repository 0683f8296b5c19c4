/** Reading SHOW GRANTS. That the text is what servers really print is proven on real ones beside the executor's check. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { isHeld, readGrants, schemaMatches } from './held-privileges.ts'

const PATTERNS = { schemasArePatterns: true }
const on = (
  privilege: string,
  schema: string | null,
  table: string | null = null,
  columns: string[] | null = null,
) => ({
  privilege,
  schema,
  table,
  columns,
})
const held = (line: string, ...more: string[]) => readGrants([line, ...more])

describe('what an account holds', () => {
  const cases: readonly (readonly [
    claim: string,
    lines: readonly string[],
    needed: ReturnType<typeof on>,
    covered: boolean,
  ])[] = [
    [
      'a privilege on everything covers one table',
      ['GRANT INDEX ON *.* TO `u`@`%`'],
      on('INDEX', 'a', 't'),
      true,
    ],
    ['on one schema not another', ['GRANT INDEX ON `a`.* TO `u`@`%`'], on('INDEX', 'b'), false],
    ['on one schema not everything', ['GRANT INDEX ON `a`.* TO `u`@`%`'], on('INDEX', null), false],
    ['on one table not its schema', ['GRANT INDEX ON `a`.`t` TO `u`@`%`'], on('INDEX', 'a'), false],
    ['a schema with a backtick is read', ['GRANT INDEX ON `a``b`.* TO `u`@`%`'], on('INDEX', 'a`b'), true],
    [
      'a name that looks like a grant is a name',
      ['GRANT INDEX ON `x` TO `u`; GRANT ALL PRIVILEGES ON *`.* TO `u`@`%`'],
      on('INDEX', 'a'),
      false,
    ],
    ['INSERT is not INDEX', ['GRANT SELECT, INSERT ON `a`.* TO `u`@`%`'], on('INDEX', 'a'), false],
    [
      'every privilege of a list counts',
      ['GRANT SELECT, INSERT, INDEX ON `a`.* TO `u`@`%`'],
      on('INDEX', 'a'),
      true,
    ],
    [
      'all columns cover some',
      ['GRANT SELECT ON `mysql`.`user` TO `u`@`%`'],
      on('SELECT', 'mysql', 'user', ['User']),
      true,
    ],
    [
      'some columns do not cover all',
      ['GRANT SELECT (`User`), INSERT ON `mysql`.`user` TO `u`@`%`'],
      on('SELECT', 'mysql', 'user'),
      false,
    ],
    [
      'columns are matched without case',
      ['GRANT SELECT (Host, user) ON `mysql`.`user` TO `u`@`%`'],
      on('SELECT', 'mysql', 'user', ['User', 'Host']),
      true,
    ],
    ['a role is no privilege', ['GRANT `r`@`%` TO `u`@`%`'], on('INDEX', 'a'), false],
    ['a proxy is none', ["GRANT PROXY ON ''@'%' TO 'root'@'%' WITH GRANT OPTION"], on('INDEX', 'a'), false],
    ['a routine is no table', ['GRANT EXECUTE ON FUNCTION `a`.`f` TO `u`@`%`'], on('EXECUTE', 'a'), false],
    [
      'what was revoked in part is not held there',
      ['GRANT INDEX ON *.* TO `u`@`%`', 'REVOKE INDEX ON `a`.* FROM `u`@`%`'],
      on('INDEX', 'a'),
      false,
    ],
    [
      'and is held elsewhere',
      ['GRANT INDEX ON *.* TO `u`@`%`', 'REVOKE INDEX ON `a`.* FROM `u`@`%`'],
      on('INDEX', 'b'),
      true,
    ],
  ]
  for (const [claim, lines, needed, covered] of cases) {
    test(claim, () => assert.equal(isHeld(needed, readGrants(lines), PATTERNS), covered))
  }

  test('the option to grant on is read from the end of the line only', () => {
    assert.deepEqual(
      held('GRANT INDEX ON `WITH GRANT OPTION`.* TO `u`@`%`').granted.map((one) => one.privilege),
      ['INDEX'],
    )
    assert.deepEqual(
      held('GRANT INDEX ON `a`.* TO `u`@`%` WITH MAX_USER_CONNECTIONS 5 GRANT OPTION').granted.map(
        (one) => one.privilege,
      ),
      ['INDEX', 'GRANT OPTION'],
    )
  })

  test('a schema matches itself, escaped, whatever it is called', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }), (name) => {
        const escaped = name.replaceAll(/[\\_%]/g, '\\$&')
        assert.ok(schemaMatches(escaped, name, PATTERNS))
        assert.ok(!schemaMatches(escaped, `${name}x`, PATTERNS))
        assert.ok(schemaMatches('%', name, PATTERNS))
      }),
    )
  })

  test('no text makes the reading fail', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'GRANT ON`*.,()TOx\n') }), (text) => {
        assert.deepEqual(readGrants([text]).revoked, [])
      }),
    )
  })
})
