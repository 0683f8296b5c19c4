/** TLS towards a store's server: on and verified unless it is said otherwise. */
import { isIP } from 'node:net'
import type { SslOptions } from 'mysql2'
import { DbmedicError } from '../../core/errors.ts'

/** How a connection to a store's server is protected. Absent where it is not: a socket of this machine. */
export interface StoreTls {
  /** The certificate must name the host of the address; false: only be signed by a known authority. */
  readonly verifyName: boolean
  /** PEM of the authorities; null: those of the system. */
  readonly ca: string | null
  /** PEM of this program's own certificate and key, where the server asks for one. */
  readonly identity: { readonly cert: string; readonly key: string } | null
}

/**
 * The driver's options. @throws DbmedicError DBM_STORE_TLS if the address has a number where a name is to be verified:
 * the driver would verify none.
 */
export function sslOptions(tls: StoreTls, host: string): SslOptions {
  if (tls.verifyName && isIP(host.replace(/^\[|\]$/g, '')) !== 0) {
    const problem = `a certificate is verified against a host name and ${host} is an address`
    throw new DbmedicError('DBM_STORE_TLS', { address: host, problem })
  }
  return {
    rejectUnauthorized: true,
    verifyIdentity: tls.verifyName,
    minVersion: 'TLSv1.2',
    ...(tls.ca === null ? {} : { ca: tls.ca }),
    ...(tls.identity ?? {}),
  }
}

/** What is wrong with the TLS of a server, from the driver's error; null if it is something else. */
export function tlsProblem({
  code,
  errno,
  message,
}: {
  code?: unknown
  errno?: unknown
  message: string
}): string | null {
  if (code === 'HANDSHAKE_NO_SSL_SUPPORT') return 'the server offers no TLS'
  if (errno === 3159) return 'the server refuses connections without TLS (error 3159)'
  // TLS 1.3 lets a server refuse our certificate after the handshake: its alert comes with the first answer.
  if (typeof code === 'string' && /^ERR_SSL_\w*ALERT/.test(code))
    return `the server does not take our certificate: \`certFile\` must be valid and of an authority in its ssl_ca (${code})`
  if (code !== 'HANDSHAKE_SSL_ERROR') return null
  // OpenSSL's and Node's own sentences; they name the host and no secret.
  if (/altnames|does not match/i.test(message)) return 'its certificate is for another host'
  if (/expired/i.test(message)) return 'its certificate has expired'
  if (/not yet valid/i.test(message)) return 'its certificate is not valid yet'
  if (/self.signed|unable to (verify|get)|issuer|signature/i.test(message)) {
    return 'its certificate is signed by no authority that is known here'
  }
  return 'the handshake failed: the server may ask for a certificate of ours, or for another version of TLS'
}
