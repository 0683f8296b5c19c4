/** What every item of the catalogue must have: a file, a test, a page in step with the code, a scene, an undo or why not. */
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { definitionDigest, toPredefinedAction } from '../../src/actions/index.ts'
import { canonicalJson, type Json } from '../../src/core/canonical.ts'
import { exampleParameters } from '../../src/core/parameter-form.ts'
import { ISSUE_CATEGORIES } from '../../src/core/vocabulary.ts'
import { validateGiven } from '../../src/engines/mysql/index.ts'
import { checkShape } from '../../src/engines/source/index.ts'
import { checkShape as checkTableShape } from '../../src/engines/sqlite/index.ts'
import { SCENES } from '../support/action-scenes.ts'
import { ACTIONS, SOURCE_ACTIONS, SQLITE_ACTIONS, sha256 } from '../support/action-world.ts'
import { withFacts } from './action-page.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const IDS = new Set(ACTIONS.map((action) => action.id))
const CATEGORIES = ['INDEX', 'STATISTICS', 'SESSION', 'CONFIGURATION', 'STORAGE', 'REPLICATION', 'INSTRUMENT']
/** What may stand in a grant: nothing that would let an account do more than its actions. */
const GRANT =
  /^(?:\[(?:MySQL|MariaDB)\] )?GRANT [A-Z_, ]+(?:\([A-Za-z_, ]+\) )?ON (?:\*\.\*|\{schema\}\.(?:\*|\{table\})|(?:mysql|performance_schema)\.[a-z_]+) TO \{executor\}$/

describe('the catalogue of actions', () => {
  test('has at least twenty-four actions, each once', () => {
    assert.ok(ACTIONS.length >= 24, `${ACTIONS.length}`)
    assert.equal(IDS.size, ACTIONS.length)
  })

  test('lists every file that defines an action', () => {
    const files = globSync('src/actions/mysql/*.ts', { cwd: ROOT })
      .filter((file) => !file.endsWith('.test.ts'))
      .filter((file) => /\bid: 'mysql\//.test(readFileSync(`${ROOT}/${file}`, 'utf8')))
      .map((file) => `mysql/${file.replaceAll('\\', '/').split('/').at(-1)?.slice(0, -3)}`)
    assert.deepEqual(files.sort(), [...IDS].sort())
  })

  for (const action of ACTIONS) {
    test(`${action.id} is complete`, () => {
      assert.match(action.id, /^mysql\/[a-z]+(?:-[a-z]+)*$/)
      assert.ok(existsSync(`${ROOT}/src/actions/${action.id}.ts`), 'its file has its name')
      assert.ok(existsSync(`${ROOT}/src/actions/${action.id}.test.ts`), 'it has a test')
      assert.ok(
        SCENES.some((scene) => scene.action === action.id),
        'it has a scene on real servers',
      )
      assert.ok(CATEGORIES.includes(action.category), action.category)
      assert.ok(action.issueCategories.length > 0)
      for (const item of action.issueCategories) assert.ok(ISSUE_CATEGORIES.includes(item))
      assert.ok(action.riskReason.length > 20 && action.verification.length > 10)
      if ('actionId' in action.undo) assert.ok(IDS.has(action.undo.actionId), action.undo.actionId)
      else assert.ok(action.undo.whyNot.length > 20)
      assert.ok(action.limits.coolDownSeconds > 0)
      assert.ok(action.limits.perTargetPerHour >= 1 && action.limits.perTargetPerDay <= 10)
    })

    test(`${action.id} checks the preconditions that every action checks`, () => {
      for (const id of ['X1', 'X2', 'X7', 'X8']) assert.ok(action.preconditions.includes(id), id)
      assert.equal(new Set(action.preconditions).size, action.preconditions.length, 'each id once')
      assert.ok(action.guards.length > 0, 'it has guards')
      assert.equal(action.bindsConnection, action.preconditions.includes('X12'))
      if (action.bindsConnection) assert.equal(action.parameters['connection']?.type, 'connection')
    })

    test(`${action.id} names its privileges as exact grants, and never one that could do anything`, () => {
      assert.ok(action.privileges.length > 0)
      for (const grant of action.privileges) {
        assert.match(grant, GRANT)
        assert.doesNotMatch(grant, /\b(?:ALL|DROP|DELETE|FILE|SHUTDOWN|GRANT OPTION)\b/)
      }
    })

    test(`${action.id} has a page that says what the code says`, () => {
      const page = readFileSync(`${ROOT}/docs/actions/${action.id}.md`, 'utf8')
      assert.ok(page.startsWith(`# ${action.title} (\`${action.id}\`)\n`))
      assert.equal(withFacts(page, action), page, 'run: node test/actions/write-action-pages.ts')
      const prose = page.slice(0, page.indexOf('<!-- facts'))
      assert.ok(prose.length > 250, 'it says in words when it helps and what to know')
    })
  }

  test('the example of every action’s parameters is one the action takes', () => {
    for (const { id, parameters } of ACTIONS) {
      const valid = validateGiven(parameters, JSON.parse(JSON.stringify(exampleParameters(parameters))))
      assert.ok('given' in valid, `${id}: ${JSON.stringify(valid)}`)
    }
  })

  test('every page is of an action', () => {
    const pages = globSync('docs/actions/*/*.md', { cwd: ROOT }).map((file) =>
      file.replaceAll('\\', '/').replace('docs/actions/', '').slice(0, -3),
    )
    const others = [...SOURCE_ACTIONS, ...SQLITE_ACTIONS].map((action) => action.id)
    assert.deepEqual(pages.sort(), [...IDS, ...others].sort())
  })

  test('an action’s row carries the digest of everything else in it, and another definition has another digest', () => {
    for (const action of ACTIONS) {
      const { definitionDigest: digest, ...rest } = toPredefinedAction(action, sha256)
      assert.equal(digest, sha256(canonicalJson(rest as unknown as Json)))
      assert.equal(digest, definitionDigest(action, sha256))
      assert.notEqual(digest, definitionDigest({ ...action, risk: 'LOW', template: 'SELECT 1' }, sha256))
    }
    const digests = ACTIONS.map((action) => definitionDigest(action, sha256))
    assert.equal(new Set(digests).size, ACTIONS.length)
  })
})

describe('the catalogue of actions on an application’s code', () => {
  test('lists every file that defines one', () => {
    const files = globSync('src/actions/source/*.ts', { cwd: ROOT })
      .filter((file) => /\bid: 'source\//.test(readFileSync(`${ROOT}/${file}`, 'utf8')))
      .map((file) => `source/${file.replaceAll('\\', '/').split('/').at(-1)?.slice(0, -3)}`)
    assert.deepEqual(files.sort(), SOURCE_ACTIONS.map((action) => action.id).sort())
  })

  for (const action of SOURCE_ACTIONS)
    test(`${action.id} is complete, and its page says what the code says`, () => {
      assert.ok(existsSync(`${ROOT}/src/actions/${action.id}.test.ts`), 'it has a test')
      assert.deepEqual(
        action.conditions.map(({ id }) => id),
        action.preconditions,
      )
      assert.equal(action.preconditions[0], 'file-as-approved')
      assert.deepEqual(action.undo, { actionId: 'source/restore-file' })
      assert.notEqual(action.risk, 'LOW', 'no standing approval covers a change of code')
      assert.ok(checkShape(action.parameters, exampleParameters(action.parameters)) === null)
      const page = readFileSync(`${ROOT}/docs/actions/${action.id}.md`, 'utf8')
      assert.ok(page.startsWith(`# ${action.title} (\`${action.id}\`)\n`))
      assert.equal(withFacts(page, action), page, 'run: node test/actions/write-action-pages.ts')
      assert.ok(page.indexOf('<!-- facts') > 250, 'it says in words when it helps and what to know')
    })
})

describe('the catalogue of actions on a database file', () => {
  test('lists every file that defines one', () => {
    const files = globSync('src/actions/sqlite/*.ts', { cwd: ROOT })
      .filter((file) => /\bid: 'sqlite\//.test(readFileSync(`${ROOT}/${file}`, 'utf8')))
      .map((file) => `sqlite/${file.replaceAll('\\', '/').split('/').at(-1)?.slice(0, -3)}`)
    assert.deepEqual(files.sort(), SQLITE_ACTIONS.map((action) => action.id).sort())
  })

  for (const action of SQLITE_ACTIONS)
    test(`${action.id} is complete, and its page says what the code says`, () => {
      assert.ok(existsSync(`${ROOT}/src/actions/${action.id}.test.ts`), 'it has a test')
      assert.deepEqual(
        action.conditions.map(({ id }) => id),
        action.preconditions,
      )
      assert.equal(action.risk, 'HIGH', 'two people approve what writes a file anew')
      assert.equal(action.isOneTransaction, true)
      assert.ok(checkTableShape(action.parameters, exampleParameters(action.parameters)) === null)
      const page = readFileSync(`${ROOT}/docs/actions/${action.id}.md`, 'utf8')
      assert.ok(page.startsWith(`# ${action.title} (\`${action.id}\`)\n`))
      assert.equal(withFacts(page, action), page, 'run: node test/actions/write-action-pages.ts')
      assert.ok(page.indexOf('<!-- facts') > 250, 'it says in words when it helps and what to know')
    })
})
