/** results.json: read, merged and written whole, so that a series that is cut off leaves a file that can be read. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { DbmedicError } from '../../core/errors.ts'
import { RESULTS_SCHEMA, type RecordedResult, resultsFile, runKey } from './recorded.ts'

/** Reads a results file; empty where there is none. @throws DbmedicError DBM_USAGE if it is not one */
export function readRecorded(path: string): RecordedResult[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw unreadable(path, error)
  }
  try {
    return resultsFile.parse(JSON.parse(text))
  } catch (error) {
    throw unreadable(path, error)
  }
}

function unreadable(path: string, error: unknown): DbmedicError {
  return new DbmedicError(
    'DBM_USAGE',
    {
      problem: `${path} holds no results of this version of the lab`,
      hint: 'Name another folder, or run without --resume, which writes it anew.',
    },
    error,
  )
}

/** The text of a results file. */
export const resultsText = (results: readonly RecordedResult[]): string =>
  `${JSON.stringify({ schema: RESULTS_SCHEMA, results }, null, 2)}\n`

/** Writes it beside itself first: a file that is there is whole. */
export function writeRecorded(path: string, results: readonly RecordedResult[]): void {
  const partial = `${path}.partial`
  writeFileSync(partial, resultsText(results))
  renameSync(partial, path)
}

/**
 * Several series as one. Of the same scenario, server and seed the run that was made last counts (of those without a
 * time, the one named last), in the place of the first.
 */
export function mergeRecorded(series: readonly (readonly RecordedResult[])[]): readonly RecordedResult[] {
  const merged = new Map<string, RecordedResult>()
  for (const result of series.flat()) {
    const known = merged.get(runKey(result))
    if (known === undefined || madeAt(result) >= madeAt(known)) merged.set(runKey(result), result)
  }
  return [...merged.values()]
}

/** ISO 8601 in UTC compares as text. */
const madeAt = (r: RecordedResult): string => r.ranUnder?.at ?? ''
