import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { recordedControl, recordedResult } from '../../../test/lab/build-recorded.ts'
import { DbmedicError } from '../../core/errors.ts'
import { type RecordedResult, readRecorded } from '../../lab/index.ts'
import { main } from '../main.ts'
import { reportAgain, writeReport } from './lab-report.ts'

const home = mkdtempSync(join(tmpdir(), 'dbmedic-lab-report-'))
after(() => rmSync(home, { recursive: true, force: true }))

const folder = (name: string, results: readonly RecordedResult[]): string => {
  writeReport(join(home, name), results)
  return join(home, name)
}
/** Runs the command line without its output. */
async function quietly(argv: readonly string[]): Promise<number> {
  const write = process.stdout.write
  const writeError = process.stderr.write
  process.stdout.write = () => true
  process.stderr.write = () => true
  try {
    return await main(argv)
  } finally {
    process.stdout.write = write
    process.stderr.write = writeError
  }
}

describe('lab report', () => {
  test('makes the very report again that the runs left, without a server', async () => {
    const dir = folder('once', [recordedResult(), recordedControl()])
    const written = readFileSync(join(dir, 'results.md'), 'utf8')
    for (const file of readdirSync(dir).filter((f) => f !== 'results.json')) rmSync(join(dir, file))
    assert.equal(await quietly(['lab', 'report', dir]), 0)
    assert.equal(readFileSync(join(dir, 'results.md'), 'utf8'), written)
    assert.equal(readdirSync(dir).filter((f) => f.endsWith('.svg')).length, 4)
  })

  test('makes one of several series, and leaves theirs alone', async () => {
    const dirs = [
      folder('mariadb', [recordedResult(), recordedResult({ seed: 2 })]),
      folder('mysql', [recordedResult({ flavour: 'mysql', version: '9.7.4' })]),
    ]
    const out = join(home, 'both')
    assert.equal(await quietly(['lab', 'report', ...dirs, '--out', out, '--json']), 0)
    assert.equal(readRecorded(join(out, 'results.json')).length, 3)
    assert.equal(readRecorded(join(dirs[0] ?? '', 'results.json')).length, 2)
  })

  test('of a folder without results, or with something else in it, is refused and writes nothing', () => {
    const empty = join(home, 'nothing')
    const other = folder('other', [recordedResult()])
    writeFileSync(join(other, 'results.json'), '{"schema":"something"}')
    for (const dir of [empty, other])
      assert.throws(
        () => reportAgain([dir], empty, { config: '', json: false, logLevel: 'silent' }),
        (e: unknown) => e instanceof DbmedicError && e.code === 'DBM_USAGE',
      )
    assert.ok(!readdirSync(home).includes('nothing'))
  })
})

test('what is no scenario, no kind and no flavour is wrong usage', async () => {
  for (const words of [
    ['run', 'nonsense'],
    ['run'],
    ['list', '--kind', 'odd'],
    ['list', '--engine', 'oracle'],
  ])
    assert.equal(await quietly(['lab', ...words]), 2, words.join(' '))
  assert.equal(await quietly(['lab', 'run', 'idle-reader', '--resume']), 2)
})
