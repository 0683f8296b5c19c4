// Makes of one reported error what may be kept of it: signature, type, object, what to do, and the message without its values.

import { clientCodeType } from './client-codes.ts'
import type { ErrorEngine } from './error-engine.ts'
import { errorObject, withoutSchema } from './error-object.ts'
import type { Classification, ErrorReport } from './error-report.ts'
import { ERROR_TYPES, type ErrorType } from './error-types.ts'
import { withoutLiteralNames } from './literal-names.ts'
import type { MessageMatch } from './message-index.ts'
import { type ErrorNames, MASKED_VALUE, maskedMessage, namesOf } from './message-names.ts'
import { type SignatureParts, signatureOf } from './signature.ts'
import { statementKey } from './statement-key.ts'

/** Longest part of a message that is read, in UTF-16 units; what is beyond is dropped. */
export const MESSAGE_MAX = 4096

/** Finds the knowledge entry of an error; null if there is none. */
export type KnowledgeLookup = (error: {
  readonly engine: string
  readonly code: string | null
  readonly type: ErrorType
}) => string | null

/** What was found out about a report, before it is put into the form that leaves. */
export interface Findings {
  readonly engine: ErrorEngine
  readonly code: string | null
  readonly type: ErrorType
  readonly names: ErrorNames
  readonly match: MessageMatch | null
  readonly parts: SignatureParts
  /** Name of the object; null if none is known. */
  readonly object: string | null
}

/** Reads a report. Never throws; time linear in the message and the statement. */
export function findingsOf(report: ErrorReport, engine: ErrorEngine): Findings {
  const told = readMessage(report, engine)
  const { code, type } = told
  const inMessage = withoutLiteralNames(told.names, {
    statement: report.statement,
    dialect: engine.dialect,
    isCertain: told.isCertain,
  })
  const names = joinedNames(inMessage, fieldNames(report), engine)
  const schema = report.database ?? engine.defaultSchema
  const object = errorObject({ engine, type, names, statement: report.statement, schema })
  const needsStatement = object === null && ERROR_TYPES[type].scope !== 'server'
  const parts: SignatureParts = {
    engine: engine.id,
    code,
    type,
    objectKey: object === null ? null : `${object.kind}:${object.name}`,
    statementKey: needsStatement ? statementKey(engine, type, report.statement) : null,
  }
  return { engine, code, type, names, match: told.match, parts, object: object?.name ?? null }
}

/** What the message and the code say, without the statement. */
function readMessage(
  report: ErrorReport,
  engine: ErrorEngine,
): Pick<Findings, 'code' | 'type' | 'names' | 'match'> & { readonly isCertain: boolean } {
  const readings = engine.bareMessages(capped(report.message))
  const [bare = ''] = readings
  const given = engine.readCode(report)
  const match = matchOf(engine, readings, given)
  const plain = given ?? match?.template.code ?? null
  const refined = engine.refine?.(plain, match, bare)
  const code = refined?.code ?? plain
  const names = { ...(match === null ? {} : namesOf(match)), ...engine.namesIn?.(code, bare) }
  return { code, type: refined?.type ?? typeOf(engine, code), names, match, isCertain: given !== null }
}

/**
 * The pattern of the message. Servers send some messages under another code of the same type; a pattern of another type is
 * chance, or a text that a trigger or an application wrote.
 */
function matchOf(engine: ErrorEngine, readings: readonly string[], code: string | null): MessageMatch | null {
  for (const reading of readings) {
    const match = engine.messages().find(reading, code)
    if (match !== null && isOf(engine, match.template.code, code)) return match
  }
  return null
}

function isOf(engine: ErrorEngine, told: string, code: string | null): boolean {
  if (code === null || told === code || told.startsWith(`${code}_`)) return true
  return typeOf(engine, told) === typeOf(engine, code)
}

/** Classifies a report of that engine. Never throws. */
export function classify(
  report: ErrorReport,
  engine: ErrorEngine,
  knowledgeOf: KnowledgeLookup = () => null,
): Classification {
  const { code, type, names, match, parts, object } = findingsOf(report, engine)
  const { retry, strategy } = ERROR_TYPES[type]
  return {
    signature: signatureOf(parts),
    engine: engine.id,
    code,
    type,
    object,
    retryable: retry,
    strategy,
    knowledgeId: knowledgeOf({ engine: engine.id, code, type }),
    masked: match === null ? withoutPattern(engine, code, object) : maskedMessage(match, names),
  }
}

/** The type of an error by its code and how its message is put, without looking patterns up: quick enough to decide a retry by. */
export function errorTypeOf(report: ErrorReport, engine: ErrorEngine): ErrorType {
  const code = engine.readCode(report)
  return engine.refine?.(code, null, capped(report.message))?.type ?? typeOf(engine, code)
}

/** What can be said of a message of which no pattern is known: its code and what it is about. */
function withoutPattern(engine: ErrorEngine, code: string | null, object: string | null): string {
  if (code === null) return MASKED_VALUE
  const symbol = engine.codes().row(code)?.symbol
  return `${symbol === undefined || /^\d*$/.test(symbol) ? code : symbol}: ${object ?? MASKED_VALUE}`
}

function typeOf(engine: ErrorEngine, code: string | null): ErrorType {
  if (code === null) return 'UNCLASSIFIED'
  return engine.codes().row(code)?.type ?? clientCodeType(code) ?? 'OTHER'
}

function capped(message: string): string {
  if (message.length <= MESSAGE_MAX) return message
  const last = message.charCodeAt(MESSAGE_MAX - 1)
  return message.slice(0, last >= 0xd800 && last <= 0xdbff ? MESSAGE_MAX - 1 : MESSAGE_MAX)
}

/**
 * Names of the message under those of the driver's fields, which win, but for one: of a foreign key that rows still refer to, the
 * fields name the referring table and the message the one that was written to, as it does where the referred row is missing.
 */
function joinedNames(inMessage: ErrorNames, inFields: ErrorNames, engine: ErrorEngine): ErrorNames {
  const writtenTo = inMessage.constraint === undefined ? undefined : inMessage.table
  const isOther = writtenTo !== undefined && inFields.table?.split('.').at(-1) !== writtenTo.split('.').at(-1)
  const names = { ...inMessage, ...inFields, ...(isOther ? { table: writtenTo } : {}) }
  return Object.fromEntries(
    Object.entries(names).map(([kind, name]) => [kind, withoutSchema(name, engine.defaultSchema)]),
  )
}

/** Names the driver gave as fields. */
function fieldNames({ schema, table, column, constraint }: ErrorReport): ErrorNames {
  const named = (name: string | undefined): name is string => name !== undefined && name !== ''
  return {
    ...(named(table) ? { table: named(schema) ? `${schema}.${table}` : table } : {}),
    ...(named(column) ? { column } : {}),
    ...(named(constraint) ? { constraint } : {}),
  }
}
