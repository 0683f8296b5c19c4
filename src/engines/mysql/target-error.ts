/**
 * What went wrong with a target, told apart by error number (the driver's names are wrong for MariaDB) or,
 * for trouble below the protocol, by the system's own code. The server's texts stay out: they repeat values.
 */
import { DbmedicError, type ErrorCode } from '../../core/errors.ts'

/** Trouble with a target. `errno` is the server's error number, `null` where the server did not speak. */
export class TargetError extends DbmedicError {
  readonly errno: number | null

  constructor(
    code: ErrorCode,
    values: Readonly<Record<string, string | number>>,
    errno: number | null = null,
  ) {
    super(code, values)
    this.errno = errno
  }
}

/** Who asked whom; fills in the messages. */
export interface Asker {
  readonly target: string
  readonly user: string
  /** What to do when the server is full, for the hint. */
  readonly fullRemedy: string
}

/** Wrong user, password, host or method; account locked or expired. */
const AUTH = new Set([1045, 1130, 1251, 1524, 1698, 1820, 1862, 2054, 2059, 3118, 3955, 4151])
/** Server, account or host out of connections. */
const FULL = new Set([1040, 1203, 1226])
/** Shutting down, connection killed, gone away, closed for being idle. */
const LOST = new Set([1053, 1077, 1080, 1152, 1159, 1160, 1161, 1184, 1927, 2006, 2013, 4031])
/** A limit of our own session ended the statement, or somebody killed it. */
const TIMEOUT = new Set([1205, 1317, 1969, 3024, 3572])
/** A privilege is missing. */
const DENIED = new Set([1044, 1095, 1142, 1143, 1227, 1345, 1370])
const TLS_REQUIRED = 3159

const SYSTEM: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name cannot be looked up now',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no route to the network',
  ETIMEDOUT: 'no answer within the connect timeout',
  EACCES: 'the socket file may not be opened',
  ENOENT: 'the socket file does not exist',
  EADDRNOTAVAIL: 'no local address or port is free',
}

const LOST_SYSTEM = new Set(['ECONNRESET', 'EPIPE', 'PROTOCOL_CONNECTION_LOST', 'ECONNABORTED'])

interface Raised {
  readonly errno?: unknown
  readonly code?: unknown
  readonly sqlState?: unknown
}

/** The `DbmedicError` that states what `error` of the driver, the network or TLS means for this target. */
export function targetError(error: unknown, asker: Asker): TargetError {
  if (error instanceof TargetError) return error
  const raised: Raised = typeof error === 'object' && error !== null ? error : {}
  const errno = typeof raised.errno === 'number' && raised.errno > 0 ? raised.errno : null
  if (errno !== null) return serverError(errno, String(raised.sqlState ?? 'HY000'), asker)
  return systemError(typeof raised.code === 'string' ? raised.code : '', asker)
}

function serverError(errno: number, sqlState: string, asker: Asker): TargetError {
  const values = { target: asker.target, user: asker.user, errno, sqlState, remedy: asker.fullRemedy }
  if (AUTH.has(errno)) return new TargetError('DBM_TARGET_AUTH', values, errno)
  if (FULL.has(errno)) return new TargetError('DBM_TARGET_FULL', values, errno)
  if (DENIED.has(errno)) return new TargetError('DBM_TARGET_DENIED', values, errno)
  if (LOST.has(errno)) {
    return new TargetError('DBM_TARGET_LOST', { ...values, reason: `server error ${errno}` }, errno)
  }
  if (TIMEOUT.has(errno)) {
    const reason =
      errno === 1205 || errno === 3572 ? 'it met a lock' : 'it was ended by its time limit or killed'
    return new TargetError('DBM_TARGET_TIMEOUT', { ...values, reason: `${reason} (error ${errno})` }, errno)
  }
  if (errno === 1129) {
    const reason = 'the server has blocked this host after too many broken connections (error 1129)'
    return new TargetError('DBM_TARGET_UNREACHABLE', { ...values, reason }, errno)
  }
  if (errno === TLS_REQUIRED) {
    const remedy = 'Set `tls: verify-full` (or `verify-ca`, `require`) for this target.'
    const reason = 'the server refuses connections without TLS (error 3159)'
    return new TargetError('DBM_TARGET_TLS', { ...values, reason, remedy }, errno)
  }
  return new TargetError('DBM_TARGET_STATEMENT', values, errno)
}

function systemError(code: string, asker: Asker): TargetError {
  const { target } = asker
  if (code === 'HANDSHAKE_NO_SSL_SUPPORT') {
    return tlsError(
      asker,
      'the server offers no TLS',
      'Give the server a certificate, or set `tls: disable`.',
    )
  }
  if (code === 'HANDSHAKE_SSL_ERROR' || /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO_|ERR_OSSL/.test(code)) {
    const remedy = 'Check `caFile` and that the certificate names the host, then run: dbmedic check TARGET'
    return tlsError(
      asker,
      `the certificate or handshake was not accepted (${code})`,
      remedy.replace('TARGET', target),
    )
  }
  if (LOST_SYSTEM.has(code))
    return new TargetError('DBM_TARGET_LOST', { target, reason: 'the server closed it' })
  if (/^(AUTH_|ER_ACCESS_DENIED|.*PLUGIN)/.test(code)) {
    return new TargetError('DBM_TARGET_AUTH', { target, user: asker.user, errno: code })
  }
  const reason = SYSTEM[code] ?? `unexpected trouble below the protocol (${code || 'no code'})`
  return new TargetError('DBM_TARGET_UNREACHABLE', { target, reason })
}

/** TLS was asked for and is not to be had. */
export function tlsError(asker: Asker, reason: string, remedy: string): TargetError {
  return new TargetError('DBM_TARGET_TLS', { target: asker.target, reason, remedy })
}
