/** X.509 certificates for tests of TLS, made here because not every machine has a tool for it (RFC 5280, DER). */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/** A certificate and its key, PEM. */
export interface Certificate {
  readonly certificate: string
  readonly key: string
}

/** An authority that signs. */
export interface Authority {
  /** PEM. */
  readonly certificate: string
  /** A certificate for a host name, valid from and to these days from now; default yesterday to tomorrow. */
  issue(host: string, days?: { readonly from: number; readonly to: number }): Certificate
}

/** A new authority. */
export function newAuthority(name: string): Authority {
  const { privateKey, publicKey } = newKey()
  const made = { subject: name, issuer: name, publicKey, signedWith: privateKey, from: -1, to: 1 }
  const ca = sequence(
    oid(BASIC_CONSTRAINTS),
    der(0x01, Buffer.from([0xff])),
    octets(sequence(der(0x01, Buffer.from([0xff])))),
  )
  return {
    certificate: pem('CERTIFICATE', certificate({ ...made, extension: ca })),
    issue: (host, days = { from: -1, to: 1 }) => {
      const own = newKey()
      const names = sequence(oid(SUBJECT_ALT_NAME), octets(sequence(der(0x82, Buffer.from(host)))))
      const text = certificate({
        ...made,
        ...days,
        subject: host,
        publicKey: own.publicKey,
        extension: names,
      })
      const key = own.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
      return { certificate: pem('CERTIFICATE', text), key }
    },
  }
}

const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })

const COMMON_NAME = '0603550403'
const ECDSA_SHA256 = '06082a8648ce3d040302'
const BASIC_CONSTRAINTS = '0603551d13'
const SUBJECT_ALT_NAME = '0603551d11'

interface Content {
  readonly subject: string
  readonly issuer: string
  readonly publicKey: KeyObject
  readonly signedWith: KeyObject
  readonly from: number
  readonly to: number
  readonly extension: Buffer
}

function certificate(content: Content): Buffer {
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    sequence(oid(ECDSA_SHA256)),
    nameOf(content.issuer),
    sequence(moment(content.from), moment(content.to)),
    nameOf(content.subject),
    content.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(content.extension)),
  )
  const signature = sign('sha256', body, content.signedWith)
  return sequence(body, sequence(oid(ECDSA_SHA256)), der(0x03, Buffer.concat([Buffer.from([0]), signature])))
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, Buffer.concat(parts))
const octets = (content: Buffer): Buffer => der(0x04, content)
const oid = (hex: string): Buffer => Buffer.from(hex, 'hex')
const nameOf = (text: string): Buffer =>
  sequence(der(0x31, sequence(oid(COMMON_NAME), der(0x0c, Buffer.from(text)))))

/** GeneralizedTime, days from now. */
function moment(days: number): Buffer {
  const text = new Date(Date.now() + days * 86_400_000).toISOString().replace(/[-:T]|\.\d+/g, '')
  return der(0x18, Buffer.from(text))
}

const pem = (label: string, content: Buffer): string =>
  `-----BEGIN ${label}-----\n${content.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END ${label}-----\n`
