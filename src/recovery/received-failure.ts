// Reads a failure that somebody else described: it is masked here once more, and its signature is held against what it
// says, because whoever sends one may send anything. Of the words that were sent only names and fixed words stay.

import { cutText } from '../sql/index.ts'
import { classify } from './classify.ts'
import type { ErrorEngine } from './error-engine.ts'
import type { Classification, ErrorReport } from './error-report.ts'
import { ERROR_TYPES, type ErrorType } from './error-types.ts'
import { GAP_KINDS, type GapKind } from './message-template.ts'
import { signatureOf } from './signature.ts'
import { statementClass } from './statement-key.ts'

/** A failure as it was sent. Every text may hold anything. */
export interface SentFailure {
  /** 64 hex digits. */
  readonly signature: string
  readonly code: string | null
  readonly type: string
  readonly object: string | null
  readonly masked: string
  readonly statement: { readonly fingerprint: string; readonly text: string } | null
}

/** What is kept of it. */
export interface ReceivedFailure {
  readonly signature: string
  readonly code: string | null
  readonly type: ErrorType
  readonly object: string | null
  readonly masked: string
  /** The class of the statement as it was computed here; the one that was sent where the text was cut. */
  readonly statement: { readonly fingerprint: string; readonly text: string } | null
}

/** Texts of statements are sent and kept so long, in UTF-16 units. */
export const STATEMENT_TEXT_MAX = 1024
const MASKED_MAX = 4096
const OBJECT_MAX = 600
const FINGERPRINT = /^[0-9a-f]{32}$/
/** A name of the schema as people give them: no blank, no quote, nothing of an address or a sentence. */
const NAME_PART = /^[\p{L}_$][\p{L}\p{M}\p{N}_$#-]{0,63}$/u

/**
 * The failure without its values. Where the signature that was sent is not the one of what it says, it is replaced by
 * the one that is. Never throws; time linear in its texts.
 */
export function receivedFailure(sent: SentFailure, engine: ErrorEngine): ReceivedFailure {
  const report: ErrorReport = {
    engine: engine.id,
    code: sent.code ?? undefined,
    message: sent.masked.toWellFormed(),
    statement: sent.statement?.text.toWellFormed(),
  }
  const own = classify(report, engine)
  const told = own.signature === sent.signature ? own : (byItsObject(sent, { report, own }, engine) ?? own)
  const { signature, code, type, object, masked } = told
  return {
    signature,
    code,
    type,
    object: object === null || object.length > OBJECT_MAX ? null : object,
    masked: masked.length > MASKED_MAX ? cutText(masked) : masked,
    statement: keptStatement(sent, type, engine),
  }
}

type Told = Pick<Classification, 'signature' | 'code' | 'type' | 'object' | 'masked'>

/**
 * The reading under which the signature is right, where the message without its values says less than the one with
 * them did: the object is then the one that was sent, if it has the form of a name. Null: it is right under none.
 */
function byItsObject(
  sent: SentFailure,
  { report, own }: { readonly report: ErrorReport; readonly own: Told },
  engine: ErrorEngine,
): Told | null {
  const types = isType(sent.type) && sent.type !== own.type ? [own.type, sent.type] : [own.type]
  for (const type of types) {
    const at = { engine: engine.id, code: own.code, type }
    for (const statementKey of statementKeys(sent, type, engine))
      if (signatureOf({ ...at, objectKey: null, statementKey }) === sent.signature)
        return { ...own, type, object: null, signature: sent.signature }
    if (sent.object === null || !isName(sent.object)) continue
    for (const kind of GAP_KINDS) {
      const objectKey = `${kind}:${sent.object}`
      if (signatureOf({ ...at, objectKey, statementKey: null }) !== sent.signature) continue
      const masked = classify({ ...report, ...fieldsOf(kind, sent.object) }, engine).masked
      return { ...own, type, object: sent.object, signature: sent.signature, masked }
    }
  }
  return null
}

const isType = (type: string): type is ErrorType => Object.hasOwn(ERROR_TYPES, type)

/** `shop.orders.fk_customer`, or `orders+items.total` of a column that either table may have. */
const isName = (object: string): boolean =>
  object.length <= OBJECT_MAX && object.split(/[.+]/).every((part) => NAME_PART.test(part))

/** The classes the signature may be over: none, the statement's as it is sent, and where it was cut the one that was sent. */
function statementKeys(
  { statement }: SentFailure,
  type: ErrorType,
  engine: ErrorEngine,
): readonly (string | null)[] {
  if (statement === null) return [null]
  const own = statementClass(engine, type, statement.text.toWellFormed())
  const isCut = statement.text.length >= STATEMENT_TEXT_MAX
  return [
    null,
    own?.id ?? null,
    ...(isCut && FINGERPRINT.test(statement.fingerprint) ? [statement.fingerprint] : []),
  ]
}

/** The object as a driver would give it, so that the message is written with it. */
function fieldsOf(kind: GapKind, object: string): Partial<Record<'table' | 'column' | 'constraint', string>> {
  const dot = object.lastIndexOf('.')
  if (kind === 'table') return { table: object }
  if ((kind !== 'column' && kind !== 'constraint') || dot < 0 || object.includes('+')) return {}
  return { table: object.slice(0, dot), [kind]: object.slice(dot + 1) }
}

function keptStatement(
  { statement }: SentFailure,
  type: ErrorType,
  engine: ErrorEngine,
): ReceivedFailure['statement'] {
  const own = statement === null ? null : statementClass(engine, type, statement.text.toWellFormed())
  if (statement === null || own === null) return null
  const text = own.text.slice(0, STATEMENT_TEXT_MAX).replaceAll(/\p{C}/gu, ' ').trim()
  if (text === '') return null
  const isCut = statement.text.length >= STATEMENT_TEXT_MAX && FINGERPRINT.test(statement.fingerprint)
  return { fingerprint: isCut ? statement.fingerprint : own.id, text }
}
