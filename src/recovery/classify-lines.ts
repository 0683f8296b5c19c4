// Turns a stream of reported errors, one JSON object a line, into a stream of classifications, one a line.

import { StringDecoder } from 'node:string_decoder'
import { DbmedicError } from '../core/errors.ts'
import { classify, type KnowledgeLookup } from './classify.ts'
import { errorEngineOf } from './engines.ts'
import type { ErrorReport } from './error-report.ts'

/** Longest line read, in UTF-16 units; a longer one is answered with an error, and what is beyond is not kept. */
export const REPORT_LINE_MAX = 4 * 1024 * 1024

/** Told of every line that could not be read. */
export interface LineCounts {
  lines: number
  bad: number
}

/**
 * One line of JSON for each line of `source` (bytes, UTF-8) that is not blank, in order: a classification, or
 * `{line, error: {code, message, detail, hint}}` for what is no report, after which it goes on. Counts into `counts`.
 * Memory is bounded by the longest line.
 */
export async function* classifyLines(
  source: AsyncIterable<Uint8Array | string>,
  knowledgeOf: KnowledgeLookup,
  counts: LineCounts = { lines: 0, bad: 0 },
): AsyncGenerator<string, void, void> {
  let number = 0
  for await (const line of linesOf(source)) {
    number++
    if (line.text.trim() === '' && !line.isCut) continue
    counts.lines++
    yield `${JSON.stringify(answer(line, number, { knowledgeOf, counts }))}\n`
  }
}

function answer(
  line: Line,
  number: number,
  { knowledgeOf, counts }: { knowledgeOf: KnowledgeLookup; counts: LineCounts },
): object {
  try {
    const report = readReport(line)
    const engine = errorEngineOf(report.engine)
    if (engine === undefined) throw bad('its engine is none that is known')
    return classify(report, engine, knowledgeOf)
  } catch (error) {
    if (!(error instanceof DbmedicError)) throw error
    counts.bad++
    const { code, message, detail, hint } = error
    return { line: number, error: { code, message, detail, hint } }
  }
}

/** The report a line holds. @throws DbmedicError DBM_ERROR_REPORT */
function readReport(line: Line): ErrorReport {
  if (line.isCut) throw bad(`it is longer than ${REPORT_LINE_MAX} characters`)
  const value = parsed(line.text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad('it is no JSON object')
  const fields = new Map(Object.entries(value))
  const { code, errno } = value as { code?: unknown; errno?: unknown }
  const number = typeof code === 'number' ? code : errno
  return {
    engine: textOf(fields, 'engine') ?? missing('engine'),
    message: textOf(fields, 'message') ?? missing('message'),
    code: typeof code === 'number' ? code : textOf(fields, 'code'),
    errno: typeof number === 'number' ? number : undefined,
    sqlstate: textOf(fields, 'sqlstate'),
    statement: textOf(fields, 'statement'),
    database: textOf(fields, 'database'),
    schema: textOf(fields, 'schema'),
    table: textOf(fields, 'table'),
    column: textOf(fields, 'column'),
    constraint: textOf(fields, 'constraint'),
  }
}

/** A field that is a text; undefined where it is left out or null. */
function textOf(fields: ReadonlyMap<string, unknown>, name: string): string | undefined {
  const field = fields.get(name) ?? undefined
  if (field !== undefined && typeof field !== 'string') throw bad(`\`${name}\` must be a text`)
  return field
}

function missing(name: string): never {
  throw bad(`\`${name}\` is missing`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // What the parser says repeats part of the line, which may hold data.
    throw bad('it is no JSON')
  }
}

const bad = (problem: string): DbmedicError => new DbmedicError('DBM_ERROR_REPORT', { problem })

interface Line {
  readonly text: string
  readonly isCut: boolean
}

async function* linesOf(source: AsyncIterable<Uint8Array | string>): AsyncGenerator<Line> {
  const decoder = new StringDecoder('utf8')
  let pending = ''
  let isCut = false
  const keep = (piece: string): void => {
    isCut ||= pending.length + piece.length > REPORT_LINE_MAX
    if (!isCut) pending += piece
  }
  for await (const chunk of source) {
    const text = typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk))
    let from = 0
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', from)) {
      keep(text.slice(from, at))
      yield { text: pending, isCut }
      pending = ''
      isCut = false
      from = at + 1
    }
    keep(text.slice(from))
  }
  keep(decoder.end())
  if (pending !== '' || isCut) yield { text: pending, isCut }
}
