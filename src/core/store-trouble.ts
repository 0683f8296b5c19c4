/** Failures of the store itself, as against refusals of one write: the same write may succeed later. */
import { DbmedicError, type ErrorCode } from './errors.ts'

const TROUBLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'DBM_STORE_UNREACHABLE',
  'DBM_STORE_REPLACED',
  'DBM_STORE_BUSY',
  'DBM_STORE_FULL',
  'DBM_STORE_READ_ONLY',
  'DBM_STORE_IO',
  'DBM_STORE_TLS',
  'DBM_STORE_DENIED',
])

/** Is it the store that cannot be used just now, whatever was written? */
export const isStoreTrouble = (error: unknown): boolean =>
  error instanceof DbmedicError && TROUBLE.has(error.code)
