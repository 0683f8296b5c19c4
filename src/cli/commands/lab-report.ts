/** lab report: from recorded results alone, and what `lab run` prints and writes of them. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DbmedicError } from '../../core/errors.ts'
import {
  mergeRecorded,
  type RecordedResult,
  readRecorded,
  reportFiles,
  resultRow,
  writeRecorded,
} from '../../lab/index.ts'
import { fileProblem, type GlobalOptions } from '../context.ts'
import { print, table } from '../terminal.ts'

/** Writes results.json, results.md and its pictures. @throws DbmedicError DBM_USAGE where the folder cannot be written */
export function writeReport(folder: string, results: readonly RecordedResult[]): void {
  try {
    mkdirSync(folder, { recursive: true })
    writeRecorded(join(folder, 'results.json'), results)
    for (const [name, text] of reportFiles(results)) writeFileSync(join(folder, name), text)
  } catch (error) {
    throw fileProblem(folder, error)
  }
}

/** `lab report`: the folders' results as one series, and its report again. */
export function reportAgain(dirs: readonly string[], out: string | undefined, { json }: GlobalOptions): void {
  const series = dirs.map((dir) => recordedIn(dir))
  const results = mergeRecorded(series)
  const folder = out ?? dirs[0] ?? '.'
  writeReport(folder, results)
  print(json, results, () => `${summary(results)}\nwritten to ${join(folder, 'results.md')}`)
}

/** A folder that is named must hold results; an empty report of a misspelt name would pass for a good one. */
function recordedIn(dir: string): readonly RecordedResult[] {
  const results = readRecorded(join(dir, 'results.json'))
  if (results.length > 0) return results
  throw new DbmedicError('DBM_USAGE', {
    problem: `there are no results in ${join(dir, 'results.json')}`,
    hint: 'Name a folder that was given to: dbmedic lab run --report',
  })
}

/** A table of results, and how many passed. */
export function summary(results: readonly RecordedResult[]): string {
  const rows = results.map(resultRow)
  const text = table(
    ['RESULT', 'SCENARIO', 'SERVER', 'EVENT', 'DECISION', 'ROOT CAUSE', 'ACTION', 'VERDICT', 'EFFECT'],
    rows.map((r) => [
      r.result,
      r.scenario,
      r.server,
      r.found,
      r.decided,
      r.rootCause,
      r.action,
      r.verdict,
      r.effect === '-' ? '-' : `${r.effect} (reference ${r.reference})`,
    ]),
    'Nothing was run.',
  )
  const passed = results.filter((r) => r.passed).length
  const skipped = results.filter((r) => r.skipped !== undefined).length
  const beside = skipped === 0 ? '' : `; ${skipped} not played`
  return `${text}\n${passed} of ${results.length - skipped} passed${beside}`
}
