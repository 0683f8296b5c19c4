/** Errors that applications and logs report, of any engine, connected or not. Nothing is sent anywhere. */
import { DbmedicError } from '../core/errors.ts'
import type { FailureKind } from '../core/failure-patterns.ts'
import type { FailureWords } from '../core/recovery-records.ts'
import { type EntryLookup, entryLookup, type KnowledgeEntry, loadEntries } from '../knowledge/index.ts'
import {
  classify,
  classifyLines,
  ERROR_ENGINES,
  ERROR_TYPES,
  type ErrorEngine,
  type ErrorType,
  type ErrorTypeRow,
  errorEngineOf,
  explainFailureWords,
  type LineCounts,
} from '../recovery/index.ts'

export type { LineCounts }

let opened: EntryLookup | undefined

/** The entries, read from disk when the first error is looked up. */
function knowledge(): EntryLookup {
  opened ??= entryLookup(loadEntries())
  return opened
}

/** A stream of reports, a JSON object a line, as a stream of classifications; see `classifyLines`. */
export const classifyErrorLines = (
  source: AsyncIterable<Uint8Array | string>,
  counts: LineCounts,
): AsyncGenerator<string, void, void> =>
  classifyLines(source, (error) => knowledge()(error)?.id ?? null, counts)

/** One code of one engine. */
export interface ErrorListRow {
  readonly engine: string
  readonly code: string
  /** The other spelling; empty where there is none. */
  readonly symbol: string
  readonly sqlstate: string
  readonly type: ErrorType
}

/** A code with its meaning. */
export interface ErrorExplanation extends ErrorListRow, ErrorTypeRow {
  /** The message without its values, where a message was asked about. */
  readonly masked: string | null
  readonly object: string | null
  /** What is known of it; null where nobody wrote that down yet. */
  readonly knowledge: KnowledgeEntry | null
  /** The same in words: what fails, why, whether to try again, what a person has to do. */
  readonly words: FailureWords
  /** Where the code is taken from. */
  readonly sources: readonly string[]
}

/** Every code, of one engine or all. @throws DbmedicError DBM_NOT_FOUND for an engine that is not known */
export function listErrors(engine: string | undefined): readonly ErrorListRow[] {
  return enginesOf(engine).flatMap((e) => e.codes().rows.map((row) => ({ engine: e.id, ...row })))
}

/**
 * What a code, a symbol or a message is, in every engine that knows it; a code goes before a message.
 * @throws DbmedicError DBM_NOT_FOUND where none does
 */
export function explainError(wanted: string, engine: string | undefined): readonly ErrorExplanation[] {
  const engines = enginesOf(engine)
  const byCode = engines.flatMap((e) => {
    const row = e.codes().row(wanted.toUpperCase()) ?? e.codes().row(wanted) ?? e.codes().bySymbol(wanted)
    return row === undefined ? [] : [explanation(e, { ...row, masked: null, object: null })]
  })
  const found = byCode.length > 0 ? byCode : engines.flatMap((e) => byMessage(e, wanted))
  if (found.length > 0) return found
  throw new DbmedicError('DBM_NOT_FOUND', {
    kind: 'error',
    id: wanted.length > 40 ? 'of this message' : wanted,
    hint: 'List what there is: dbmedic errors codes',
  })
}

function byMessage(engine: ErrorEngine, message: string): ErrorExplanation[] {
  const { code, type, masked, object } = classify({ engine: engine.id, message }, engine)
  if (code === null) return []
  const row = engine.codes().row(code)
  const facts = { code, symbol: row?.symbol ?? '', sqlstate: row?.sqlstate ?? '' }
  return [explanation(engine, { ...facts, type, masked, object })]
}

function explanation(
  engine: ErrorEngine,
  facts: Omit<ErrorListRow, 'engine'> & { readonly masked: string | null; readonly object: string | null },
): ErrorExplanation {
  const { code, type, object } = facts
  const found = knowledge()({ engine: engine.id, code, type })
  return {
    engine: engine.id,
    ...facts,
    ...ERROR_TYPES[type],
    knowledge: found,
    words: explainFailureWords({
      engine: engine.id,
      code: code === '' ? null : code,
      type,
      object,
      entry: found,
    }),
    sources: engine.codes().sources,
  }
}

/** What is known of an error that was reported; null for one of an engine or type this program does not know. */
export function explainFailure(kind: FailureKind): ErrorExplanation | null {
  const engine = errorEngineOf(kind.engine)
  if (engine === undefined || !Object.hasOwn(ERROR_TYPES, kind.failureType)) return null
  const row = kind.code === null ? undefined : engine.codes().row(kind.code)
  return explanation(engine, {
    code: kind.code ?? '',
    symbol: row?.symbol ?? '',
    sqlstate: row?.sqlstate ?? '',
    type: kind.failureType as ErrorType,
    masked: kind.masked,
    object: kind.object,
  })
}

function enginesOf(name: string | undefined): readonly ErrorEngine[] {
  if (name === undefined) return ERROR_ENGINES
  const engine = errorEngineOf(name)
  if (engine !== undefined) return [engine]
  throw new DbmedicError('DBM_NOT_FOUND', {
    kind: 'engine',
    id: name,
    hint: `One of: ${ERROR_ENGINES.map((e) => e.id).join(', ')}`,
  })
}
