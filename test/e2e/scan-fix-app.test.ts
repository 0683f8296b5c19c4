/**
 * The application of test/fixtures/harbour, whose planted faults test/fixtures/harbour-faults.json lists: every one is found and nothing
 * else is; its fixes go through the loop, after which its own tests pass as before; undo gives back every byte.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { CODE_RULES } from '../../src/rules/index.ts'
import { scan } from '../../src/scanner/index.ts'
import { sourceLoop } from '../support/source-loop.ts'

const ROOT = join(import.meta.dirname, '../..')
const APP = join(ROOT, 'test/fixtures/harbour')

/** One planted fault, as the table has it. */
interface Planted {
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly rule: string
}

const PLANTED = JSON.parse(readFileSync(`${APP}-faults.json`, 'utf8')) as readonly Planted[]

/** Files with something a fix mends: as many runs as undo needs again are what a repository may have in a day. */
const MENDED = [
  'apps/api/src/bookings.ts',
  'apps/insights/src/ports.js',
  'apps/kiosk/src/search.js',
  'apps/scales/src/lookup.js',
  'apps/yard/src/gates.js',
]

/** Every file below a folder, by path, without what dbmedic keeps there. */
const bytesOf = (folder: string): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((each) => each.isFile())
      .map((each) => join(each.parentPath, each.name))
      .filter((path) => !/^\.(dbmedic|git)\//.test(path.slice(folder.length + 1)))
      .sort()
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, 'latin1')] as const),
  )

/** ORDER BY of what a request says: a name, which no driver binds. */
const UNBINDABLE: Planted = PLANTED.find(
  ({ file, line }) => file === 'apps/yard/src/gates.js' && line === 31,
) ?? { file: '', line: 0, rule: '' }

const byPlace = (a: Planted, b: Planted): number =>
  a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line

/** The findings left in a folder, as the table has them. */
const foundIn = async (folder: string): Promise<readonly Planted[]> =>
  (await scan(folder)).findings.map(({ file, line, ruleId }) => ({ file, line, rule: ruleId }))

describe('an application with planted faults', () => {
  const { cli, as, did, asked, approve, carryOut, begin, end } = sourceLoop()
  const was = bytesOf(APP)
  const ownTests = async (): Promise<string> => {
    const files = [...was.keys()].filter((path) => path.endsWith('.test.js'))
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--test', '--test-reporter=tap', ...files],
      {
        cwd: cli.path('app'),
        env: { PATH: process.env['PATH'] },
      },
    )
    return /^# pass \d+$/m.exec(stdout)?.[0] ?? stdout
  }

  before(async () => {
    cpSync(APP, cli.path('app'), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules'), cli.path('node_modules'))
    mkdirSync(cli.path('app/.git'))
    cli.write('app/.git/HEAD', `${'c0ffee'.padEnd(40, '0')}\n`)
    await begin()
  })
  after(end)

  test('has at least one of every rule, each found at its line, and nothing else is reported', async () => {
    assert.ok(was.size >= 60, `${was.size} files`)
    assert.deepEqual(
      CODE_RULES.map((rule) => rule.id).filter((id) => !PLANTED.some((each) => each.rule === id)),
      [],
    )
    const { findings, schema, skipped } = await scan(APP)
    assert.deepEqual(
      findings.map(({ file, line, ruleId }) => ({ file, line, rule: ruleId })),
      PLANTED,
    )
    assert.deepEqual([schema.complete, skipped], [true, []])
  })

  test('is mended through the loop, passes its own tests as before, and undo gives back every byte', async () => {
    assert.equal(await ownTests(), '# pass 7')
    const files = await asked()
    assert.deepEqual(
      files.map((each) => each.file),
      MENDED,
    )
    for (const each of files) await approve(each.decisionId)
    assert.deepEqual(
      (await carryOut()).map((each) => each.outcome),
      MENDED.map(() => 'SUCCESS'),
    )
    const now = bytesOf(cli.path('app'))
    assert.deepEqual(
      [...was.keys()].filter((path) => now.get(path) !== was.get(path)),
      MENDED,
    )
    assert.equal(await ownTests(), '# pass 7')
    const left = PLANTED.filter(({ file, rule }) => !MENDED.includes(file) || !/INJECTION|TYPE/.test(rule))
    assert.deepEqual(
      (await foundIn(cli.path('app'))).map(({ file, rule }) => ({ file, rule })),
      [...left, UNBINDABLE].sort(byPlace).map(({ file, rule }) => ({ file, rule })),
    )

    for (const { decisionId } of files) {
      const filed = did(
        await as('ana', 'scan', 'undo', String(decisionId), '--execute', '--wait', '120', '--json'),
      )
      await approve((JSON.parse(filed) as { decisionId: number }).decisionId)
    }
    assert.deepEqual(
      (await carryOut()).map((each) => each.outcome),
      MENDED.map(() => 'SUCCESS'),
    )
    assert.deepEqual(bytesOf(cli.path('app')), was)
  })
})
