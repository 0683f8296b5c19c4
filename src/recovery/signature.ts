// The signature of an error: one for every occurrence of a fault, whatever the values and the language.

import { createHash } from 'node:crypto'
import type { ErrorType } from './error-types.ts'

/** Begins what is hashed. Changes whenever a signature of anything would change, so that old ones are never taken for new ones. */
export const SIGNATURE_FORM = 'dbmedic-error-1'

/** What a signature is made of. */
export interface SignatureParts {
  readonly engine: string
  /** Null where neither the report nor its message gave one. */
  readonly code: string | null
  readonly type: ErrorType
  /** Kind and name of the object, as `table:shop.orders`; null where none is known. */
  readonly objectKey: string | null
  /** Id of the statement's class; counts only where there is no object. */
  readonly statementKey: string | null
}

/** What is hashed: fields parted by NUL, which none of them contains. Holds no value of the statement or the message. */
export function signatureText(parts: SignatureParts): string {
  const about = parts.objectKey ?? (parts.statementKey === null ? '' : `statement:${parts.statementKey}`)
  return [SIGNATURE_FORM, parts.engine, parts.code ?? 'unclassified', parts.type, about].join('\0')
}

/** 64 hex digits: the SHA-256 of {@link signatureText}. */
export const signatureOf = (parts: SignatureParts): string =>
  createHash('sha256').update(signatureText(parts)).digest('hex')
