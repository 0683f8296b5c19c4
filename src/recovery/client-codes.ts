// Codes that come from the client’s side of any engine: the operating system’s and the runtime’s.

import type { ErrorType } from './error-types.ts'

/** By symbol, as Node.js writes them in `error.code` (https://nodejs.org/api/errors.html#common-system-errors), and by drivers. */
const CLIENT_CODES: Readonly<Record<string, ErrorType>> = {
  ECONNREFUSED: 'CONNECTION_ERROR',
  EHOSTUNREACH: 'CONNECTION_ERROR',
  ENETUNREACH: 'CONNECTION_ERROR',
  EHOSTDOWN: 'CONNECTION_ERROR',
  ENOTFOUND: 'CONNECTION_ERROR',
  EAI_AGAIN: 'CONNECTION_ERROR',
  ETIMEDOUT: 'CONNECTION_ERROR',
  ECONNRESET: 'SERVER_GONE',
  ECONNABORTED: 'SERVER_GONE',
  EPIPE: 'SERVER_GONE',
  PROTOCOL_CONNECTION_LOST: 'SERVER_GONE',
  PROTOCOL_SEQUENCE_TIMEOUT: 'STATEMENT_TIMEOUT',
  PROTOCOL_PACKETS_OUT_OF_ORDER: 'PROTOCOL',
  POOL_CLOSED: 'TRANSACTION_STATE',
  POOL_ENQUEUELIMIT: 'TOO_MANY_CONNECTIONS',
  WATCH_ERROR: 'SERIALIZATION',
  EMFILE: 'LIMIT_EXCEEDED',
  ENOSPC: 'DISK_FULL',
  ENOMEM: 'OOM',
  EACCES: 'ACCESS_DENIED',
  CERT_HAS_EXPIRED: 'CONFIGURATION',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'CONFIGURATION',
  SELF_SIGNED_CERT_IN_CHAIN: 'CONFIGURATION',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'CONFIGURATION',
  ERR_TLS_CERT_ALTNAME_INVALID: 'CONFIGURATION',
}

/** The type of a client's code; undefined for what is none. */
export const clientCodeType = (code: string): ErrorType | undefined =>
  Object.hasOwn(CLIENT_CODES, code) ? CLIENT_CODES[code] : undefined
