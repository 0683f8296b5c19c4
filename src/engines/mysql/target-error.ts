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

interface AuthMeaning {
  readonly reason: string
  readonly remedy: string
}
const WRONG: AuthMeaning = {
  reason: 'user, password and client host fit no account',
  remedy:
    'Check the secret this target refers to, the host part of the account and what it may REQUIRE (SHOW CREATE USER)',
}
const LOCKED: AuthMeaning = {
  reason: 'the account is locked',
  remedy: 'Unlock it with ALTER USER … ACCOUNT UNLOCK, or name another account',
}
const EXPIRED: AuthMeaning = {
  reason: 'the password has expired',
  remedy:
    'Give the account a new password with ALTER USER … IDENTIFIED BY … and put it where the reference points',
}
const METHOD: AuthMeaning = {
  reason: 'its authentication method is not one this client speaks over this connection',
  remedy: 'Give the account another method with ALTER USER … IDENTIFIED WITH …, or turn on TLS',
}
/** Who may not come in, by error number; the same in both servers but for a locked account and a blocked one. */
const AUTH: ReadonlyMap<number, AuthMeaning> = new Map([
  [1045, WRONG],
  [1130, { ...WRONG, reason: 'it has no account for the host we come from' }],
  [1251, METHOD],
  [1524, METHOD],
  [1698, WRONG],
  [1820, EXPIRED],
  [1862, EXPIRED],
  [2054, METHOD],
  [2059, METHOD],
  [3118, LOCKED],
  [3955, { ...LOCKED, reason: 'the account is blocked after too many failed logins' }],
  [4151, LOCKED],
])
/** What lets one of our sessions in while the server is full. */
export const ADMIN_DOOR_REMEDY =
  'set MariaDB `extra_port` or MySQL `admin_address` and `admin_port` in my.cnf, ' +
  'and `adminPort` in the options of this target'

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
  DBMEDIC_NOT_A_SERVER: 'what answers there does not speak the MySQL protocol',
  EADDRNOTAVAIL: 'no local address or port is free',
}

/** Code of the error `open-connection.ts` ends a connection with where something else than such a server answers. */
export const NOT_A_SERVER = 'DBMEDIC_NOT_A_SERVER'

const LOST_SYSTEM = new Set(['ECONNRESET', 'EPIPE', 'PROTOCOL_CONNECTION_LOST', 'ECONNABORTED'])

interface Raised {
  readonly errno?: unknown
  readonly code?: unknown
  readonly sqlState?: unknown
  readonly message?: unknown
}

/** The `DbmedicError` that states what `error` of the driver, the network or TLS means for this target. */
export function targetError(error: unknown, asker: Asker): TargetError {
  if (error instanceof TargetError) return error
  const raised: Raised = typeof error === 'object' && error !== null ? error : {}
  const errno = typeof raised.errno === 'number' && raised.errno > 0 ? raised.errno : null
  if (errno !== null) return serverError(errno, String(raised.sqlState ?? 'HY000'), asker)
  const code = typeof raised.code === 'string' ? raised.code : ''
  return code === 'HANDSHAKE_SSL_ERROR'
    ? handshakeError(String(raised.message ?? ''), asker)
    : systemError(code, asker)
}

function serverError(errno: number, sqlState: string, asker: Asker): TargetError {
  const values = { target: asker.target, user: asker.user, errno, sqlState, remedy: asker.fullRemedy }
  const auth = AUTH.get(errno)
  if (auth !== undefined) return new TargetError('DBM_TARGET_AUTH', { ...values, ...auth }, errno)
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
  // TLS 1.3 lets a server refuse our certificate after the handshake: its alert comes with the first answer.
  if (/^ERR_SSL_\w*ALERT/.test(code))
    return tlsError(
      asker,
      `the server does not take our certificate (${code})`,
      `Name a valid \`certFile\` of an authority in the server’s ssl_ca, then run: dbmedic check ${target}`,
    )
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO_|ERR_OSSL/.test(code)) {
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
    return new TargetError('DBM_TARGET_AUTH', { target, user: asker.user, errno: code, ...METHOD })
  }
  const reason = SYSTEM[code] ?? `unexpected trouble below the protocol (${code || 'no code'})`
  return new TargetError('DBM_TARGET_UNREACHABLE', { target, reason })
}

/**
 * What the texts of Node and OpenSSL for a failed handshake mean: the driver puts a code of its own over theirs.
 * The texts stay out, because they repeat names the other side gave.
 */
const HANDSHAKES: readonly (readonly [text: RegExp, reason: string, remedy: string])[] = [
  [/has expired/, 'its certificate has expired', 'Give the server a new certificate'],
  [
    /not yet valid/,
    'its certificate is not valid yet',
    'Compare the clocks of both machines, or give the server another certificate',
  ],
  [
    /altnames|does not match/,
    'its certificate is for another host name',
    'Set `host` to a name in the certificate, or `tls: verify-ca` for this target',
  ],
  [
    /self-signed|unable to (get|verify)|issuer|signature failure/,
    'its certificate is not signed by an authority we know',
    'Set `caFile` of this target to the certificate of the authority that signed it',
  ],
  [/revoked/, 'its certificate was revoked', 'Give the server a new certificate'],
  [
    /protocol|cipher|alert|wrong version/,
    'both sides have no protocol or cipher in common',
    'Let the server speak TLS 1.2 or later (tls_version)',
  ],
]

function handshakeError(text: string, asker: Asker): TargetError {
  const [, reason, remedy] = HANDSHAKES.find(([each]) => each.test(text)) ?? [
    null,
    'the handshake was broken off',
    'Look into the error log of the server',
  ]
  return tlsError(asker, reason, `${remedy}, then run: dbmedic check ${asker.target}`)
}

/** TLS was asked for and is not to be had. */
export function tlsError(asker: Asker, reason: string, remedy: string): TargetError {
  return new TargetError('DBM_TARGET_TLS', { target: asker.target, reason, remedy })
}
