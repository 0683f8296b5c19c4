/** `dbmedic scan` as a developer and a CI job would call it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { cliFolder, failed } from '../support/run-cli.ts'

const APP = `import mysql from 'mysql2/promise'
const db = mysql.createPool({})
export async function find(req, res) {
  const [rows] = await db.query(\`SELECT id, nmae FROM users WHERE name = '\${req.query.name}'\`)
  return rows
}
`
const KEYS = [
  'ruleId',
  'severity',
  'file',
  'line',
  'column',
  'endLine',
  'endColumn',
  'message',
  'fixId',
  'statementFingerprint',
]

describe('dbmedic scan', () => {
  const cli = cliFolder()
  after(() => cli.remove())
  before(() => {
    for (const folder of ['app', 'app/src', 'app/migrations', 'app/generated', 'clean'])
      mkdirSync(cli.path(folder))
    cli.write('app/package.json', '{"dependencies":{"mysql2":"*"}}')
    cli.write('app/.gitignore', 'local/\n')
    cli.write('app/migrations/001_users.sql', 'CREATE TABLE users (id INT PRIMARY KEY, name TEXT);\n')
    cli.write('app/src/users.ts', APP)
    cli.write('app/src/broken.ts', "const x = 'SELECT id FROM users' +\n")
    cli.write('app/generated/client.ts', APP)
    cli.write('clean/a.ts', 'export const a = 1\n')
  })

  test('shows each finding with its lines, a summary by rule and what was not read, and exits with 4', async () => {
    const ran = await cli.call(['scan', 'app'])
    assert.equal(ran.code, 4, ran.err)
    assert.match(ran.out, /critical SQL_INJECTION {2}src\/users\.ts:4:77/)
    assert.match(ran.out, /critical MISSING_COLUMN {2}src\/users\.ts:4:45/)
    assert.match(ran.out, /\n {2}4 \| {3}const \[rows\] = await db\.query/)
    assert.match(ran.out, /\^{14}\n/)
    assert.match(ran.out, /SQL_INJECTION +1 /)
    assert.match(ran.out, /3 files, 1 SQL statements, 2 findings\. 1 tables known\./)
    assert.match(ran.out, /1 files were not read:\n {2}src\/broken\.ts: it does not parse/)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: no colour where nobody looks
    assert.doesNotMatch(ran.out, /\u001b/)
  })

  test('gives JSON of exactly the agreed shape, and notes on standard error', async () => {
    const ran = await cli.call(['scan', 'app', '--json'])
    const value = JSON.parse(ran.out) as { files: number; statements: number; findings: object[] }
    assert.deepEqual(Object.keys(value), ['files', 'statements', 'findings'])
    for (const finding of value.findings) assert.deepEqual(Object.keys(finding), KEYS)
    assert.deepEqual([value.files, value.statements, value.findings.length], [3, 1, 2])
    assert.match(ran.err, /not read: src\/broken\.ts/)
  })

  test('leaves what only people can tell to those who ask for it', async () => {
    cli.write(
      'clean/run.js',
      "const db = require('mysql2').createPool({})\ndb.query(`SELECT id FROM t WHERE a = '${process.env.A}'`)\n",
    )
    const usual = await cli.call(['scan', 'clean'])
    assert.equal(usual.code, 0, usual.out)
    assert.match(usual.out, /0 findings.*\n1 more rest on what the source does not show/)
    const all = await cli.call(['scan', 'clean', '--review', '--json'])
    assert.equal(all.code, 4, all.err)
    const { findings } = JSON.parse(all.out) as { findings: { line: number; review: boolean }[] }
    assert.deepEqual(
      findings.map(({ line, review }) => [line, review]),
      [[2, true]],
    )
  })

  test('writes SARIF 2.1.0 whose results name rules of its list', async () => {
    await cli.call(['scan', 'app', '--sarif', 'out.sarif'])
    const log = JSON.parse(readFileSync(cli.path('out.sarif'), 'utf8')) as Sarif
    assert.equal(log.version, '2.1.0')
    const [run] = log.runs
    assert.equal(run?.results.length, 2)
    for (const result of run?.results ?? []) {
      assert.equal(run?.tool.driver.rules[result.ruleIndex]?.id, result.ruleId)
      const { region, artifactLocation } = result.locations[0]!.physicalLocation
      assert.equal(artifactLocation.uri, 'src/users.ts')
      assert.ok(region.startLine === 4 && region.endColumn > region.startColumn)
    }
  })

  test('says nothing of what a baseline knows, also after lines have moved', async () => {
    await cli.call(['scan', 'app', '--write-baseline', 'known.json'])
    cli.write('app/src/users.ts', `// moved\n\n${APP}`)
    const same = await cli.call(['scan', 'app', '--baseline', 'known.json'])
    assert.equal(same.code, 0, same.out)
    cli.write('app/src/users.ts', `${APP}db.query('DELETE FROM users')\n`)
    const more = await cli.call(['scan', 'app', '--baseline', 'known.json'])
    assert.equal(more.code, 4)
    assert.match(more.out, /1 findings/)
    cli.write('app/src/users.ts', APP)
    failed(await cli.call(['scan', 'app', '--baseline', 'app/package.json']), 2, /is no baseline/)
  })

  test('is silent where a comment gives a reason, and not where it gives none', async () => {
    const at = APP.indexOf('  const [rows]')
    const withComment = (comment: string): string => `${APP.slice(0, at)}${comment}\n${APP.slice(at)}`
    const rule = ['--rule', 'SQL_INJECTION']
    cli.write(
      'app/src/users.ts',
      withComment('// dbmedic-ignore-next-line SQL_INJECTION: names are checked by the gateway'),
    )
    assert.equal((await cli.call(['scan', 'app', ...rule])).code, 0)
    cli.write('app/src/users.ts', withComment('// dbmedic-ignore-next-line SQL_INJECTION'))
    assert.equal((await cli.call(['scan', 'app', ...rule])).code, 4)
    cli.write('app/src/users.ts', APP)
  })

  test('exits with 4 only for findings worse than --max-severity', async () => {
    assert.equal((await cli.call(['scan', 'app', '--max-severity', 'critical'])).code, 0)
    assert.equal((await cli.call(['scan', 'app', '--max-severity', 'high'])).code, 4)
    assert.equal((await cli.call(['scan', 'clean'])).code, 0)
  })

  test('refuses an unknown rule and a folder that is none, by name', async () => {
    failed(await cli.call(['scan', 'app', '--rule', 'NO_SUCH']), 2, /no rule “NO_SUCH”[\s\S]*SQL_INJECTION/)
    failed(await cli.call(['scan', 'nowhere']), 2, /nowhere is no folder/)
    const one = await cli.call(['scan', 'app', '--rule', 'missing-column'])
    assert.match(one.out, /1 findings/)
  })

  test('prints fixes as a patch that mends what it names, and changes nothing itself', async () => {
    const ran = await cli.call(['scan', 'app', '--diff'])
    assert.equal(ran.code, 4)
    assert.match(ran.err, /1 fixes for 1 of 2 findings; no file was changed/)
    assert.equal(readFileSync(cli.path('app/src/users.ts'), 'utf8'), APP)
    const applied = spawnSync('git', ['apply', '-'], {
      cwd: cli.path('app'),
      input: ran.out,
      encoding: 'utf8',
    })
    assert.equal(applied.status, 0, applied.stderr)
    const fixed = APP.replace("'${req.query.name}'`", '?`, [String(req.query.name)]')
    assert.equal(readFileSync(cli.path('app/src/users.ts'), 'utf8'), fixed)
    const left = JSON.parse((await cli.call(['scan', 'app', '--json'])).out) as { findings: Found[] }
    assert.deepEqual(
      left.findings.map(({ ruleId, fixId }) => [ruleId, fixId]),
      [['MISSING_COLUMN', null]],
    )
    assert.equal((await cli.call(['scan', 'app', '--diff'])).out, '')
    cli.write('app/src/users.ts', APP)
    failed(await cli.call(['scan', 'app', '--diff', '--json']), 2, /--diff is a patch/)
  })

  test('takes the schema from a dump where one is given', async () => {
    cli.write('dump.sql', 'CREATE TABLE users (id INT, name TEXT, nmae TEXT);')
    const ran = await cli.call(['scan', 'app', '--schema', 'dump.sql', '--rule', 'MISSING_COLUMN'])
    assert.equal(ran.code, 0, ran.out)
  })
})

interface Found {
  ruleId: string
  fixId: string | null
}

interface Sarif {
  version: string
  runs: {
    tool: { driver: { rules: { id: string }[] } }
    results: {
      ruleId: string
      ruleIndex: number
      locations: {
        physicalLocation: {
          artifactLocation: { uri: string }
          region: { startLine: number; startColumn: number; endColumn: number }
        }
      }[]
    }[]
  }[]
}
