import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import fc from 'fast-check'
import { recordedControl, recordedIssue, recordedResult } from '../../../test/lab/build-recorded.ts'
import { DbmedicError } from '../../core/errors.ts'
import { mergeRecorded, readRecorded, resultsText, writeRecorded } from './results-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'dbmedic-results-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const file = join(folder, 'results.json')

const without = (value: object, names: readonly string[]): object =>
  Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)))
const at = (iso: string) => ({ ...recordedResult().ranUnder, at: iso }) as never

describe('results.json', () => {
  test('gives back what was written, with nothing left beside it', () => {
    const results = [recordedResult(), recordedControl()]
    writeRecorded(file, results)
    assert.deepEqual(readRecorded(file), results)
    assert.deepEqual(readdirSync(folder), ['results.json'])
  })

  test('says what it is, with a version', () =>
    assert.equal(JSON.parse(resultsText([])).schema, 'dbmedic/lab-results/2'))

  test('that is not there holds nothing', () => assert.deepEqual(readRecorded(join(folder, 'none')), []))

  test('of version 1 is read; what that did not record is null, never guessed', () => {
    const late = ['evidence', 'hypothesis', 'guards', 'lockClass', 'openedAfterMs']
    const issue = without(recordedIssue(), late)
    const old = without(recordedResult(), ['ranUnder', 'ownLockWaits'])
    writeFileSync(file, JSON.stringify([{ ...old, issues: [issue] }]))
    const [read] = readRecorded(file)
    assert.deepEqual(read?.issues[0]?.evidence, [])
    assert.deepEqual(
      [read?.ranUnder, read?.ownLockWaits, read?.issues[0]?.openedAfterMs, read?.issues[0]?.hypothesis],
      [null, null, null, null],
    )
    assert.equal(read?.issues[0]?.rootCause, 'MISSING_INDEX')
  })

  test('that is cut, of another version or no results is refused, and never crashes', () => {
    const whole = resultsText([recordedResult()])
    const others = ['', '[', '{}', 'null', '[{"name":"x"}]', whole.replace('results/2', 'results/9')]
    for (const text of [...others, whole.slice(0, whole.length >> 1)]) {
      writeFileSync(file, text)
      assert.throws(
        () => readRecorded(file),
        (e: unknown) => e instanceof DbmedicError && e.code === 'DBM_USAGE',
        text.slice(0, 40),
      )
    }
  })
})

describe('series merged', () => {
  test('keep both servers and every seed', () => {
    const [a, b, c] = [recordedResult(), recordedResult({ flavour: 'mysql' }), recordedResult({ seed: 2 })]
    assert.deepEqual(mergeRecorded([[a], [b, c]]), [a, b, c])
  })

  test('take the later of two runs of the same, whichever series is named first', () => {
    const older = recordedResult({ ranUnder: at('2026-11-20T23:00:00.000Z'), passed: false })
    const newer = recordedResult({ ranUnder: at('2026-11-21T01:00:00.000Z') })
    assert.deepEqual(mergeRecorded([[older], [newer]]), [newer])
    assert.deepEqual(mergeRecorded([[newer], [older]]), [newer])
    assert.deepEqual(mergeRecorded([[recordedResult({ ranUnder: null })], [older]]), [older])
  })

  test('are the same however they were cut', () =>
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(9)), fc.nat(10), (seeds, cut) => {
        const all = seeds.map((seed) => recordedResult({ seed }))
        assert.deepEqual(mergeRecorded([all.slice(0, cut), all.slice(cut)]), all)
        assert.deepEqual(mergeRecorded([all, all]), all)
      }),
    ))
})
