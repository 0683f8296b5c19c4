/**
 * Passkeys: what a browser answers when one is made and each time one is used, held against what was asked (W3C Web
 * Authentication Level 3, 7.1 and 7.2). Attestation is not asked for and nothing of it is read: the browser hands on the
 * public key as SubjectPublicKeyInfo (5.2.1.1), and all else stands at fixed places (6.1), so no CBOR is read here.
 */
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import type { PasskeyAlgorithm, PasskeyProblem } from '../core/passkeys.ts'

/** Where passkeys are for: the origin of the panel, and the name they belong to (5.1.2, 5.4.2). */
export interface PasskeyPlace {
  /** https://dbmedic.example.org */
  readonly origin: string
  /** dbmedic.example.org */
  readonly rpId: string
}

/** What a browser answers when a passkey was made. Bytes are base64url. */
export interface MadePasskey {
  readonly credentialId: string
  /** The bytes of clientDataJSON. */
  readonly clientData: string
  readonly authenticatorData: string
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: string
}

/** What a browser answers when a passkey was used. Bytes are base64url. */
export interface PasskeyAnswer {
  readonly credentialId: string
  readonly clientData: string
  readonly authenticatorData: string
  readonly signature: string
  /** What the authenticator keeps with it; null: it said nothing. */
  readonly userHandle: string | null
}

/** What was asked for. */
export interface Asked {
  readonly place: PasskeyPlace
  /** base64url, as it was sent. */
  readonly challenge: string
}

/** What is known of the passkey that an answer is of. */
export interface KnownPasskey {
  /** SubjectPublicKeyInfo, DER, base64. */
  readonly publicKey: string
  readonly algorithm: PasskeyAlgorithm
  /** Hex. */
  readonly userHandle: string
  readonly isSyncable: boolean
  readonly signCount: number
}

/** A passkey as it is kept. */
export interface ReadPasskey {
  readonly credentialId: string
  readonly publicKey: string
  readonly algorithm: PasskeyAlgorithm
  readonly isSyncable: boolean
  readonly signCount: number
}

/** Why something is not taken. */
export interface NotTaken {
  readonly problem: PasskeyProblem
}

/** The challenge an answer says it is to; null: it is no answer of a browser. The rest of it is judged later. */
export function challengeOf(clientData: string): string | null {
  const challenge = clientOf(clientData)?.['challenge']
  return typeof challenge === 'string' && /^[A-Za-z0-9_-]{16,100}$/.test(challenge) ? challenge : null
}

/** The passkey that was made, or why it is not taken. Whoever makes one may make up all of it, but only for themselves. */
export function readPasskey(made: MadePasskey, asked: Asked): ReadPasskey | NotTaken {
  const data = authenticatorData(made.authenticatorData)
  if (data === null) return { problem: 'MALFORMED' }
  const problem = clientProblem(made.clientData, 'webauthn.create', asked) ?? dataProblem(data, asked.place)
  if (problem !== null) return { problem }
  const id = credentialIn(data)
  const key = publicKeyOf(bytesOf(made.publicKey))
  const algorithm = key === null ? null : algorithmOf(key)
  if (id === null || key === null || algorithm === null || id !== made.credentialId)
    return { problem: 'MALFORMED' }
  // The key that was handed on is the one the authenticator stated: its numbers stand in there as they are.
  if (!numbersOf(key).every((number) => data.bytes.includes(number))) return { problem: 'MALFORMED' }
  return {
    credentialId: id,
    publicKey: key.export({ format: 'der', type: 'spki' }).toString('base64'),
    algorithm,
    isSyncable: data.isSyncable,
    signCount: data.signCount,
  }
}

/**
 * The counter of an answer that is right in all else, or why it is not taken. A counter that goes back is told from any
 * other fault, because then somebody may have a copy of the key (7.2, step 22).
 */
export function checkAnswer(
  answer: PasskeyAnswer,
  of: Asked & { readonly passkey: KnownPasskey },
): { readonly signCount: number } | NotTaken {
  const { passkey } = of
  const data = authenticatorData(answer.authenticatorData)
  const key = publicKeyOf(Buffer.from(passkey.publicKey, 'base64'))
  if (data === null || key === null) return { problem: 'MALFORMED' }
  const problem = clientProblem(answer.clientData, 'webauthn.get', of)
  if (problem !== null) return { problem }
  const signed = Buffer.concat([data.bytes, sha256(bytesOf(answer.clientData))])
  if (!isSigned(signed, bytesOf(answer.signature), { key, algorithm: passkey.algorithm }))
    return { problem: 'SIGNATURE' }
  const fault = dataProblem(data, of.place)
  if (fault !== null) return { problem: fault }
  const { userHandle } = answer
  if (userHandle !== null && bytesOf(userHandle).toString('hex') !== passkey.userHandle)
    return { problem: 'OTHER_LOGIN' }
  if (data.isSyncable !== passkey.isSyncable) return { problem: 'MALFORMED' }
  const counts = data.signCount > 0 || passkey.signCount > 0
  if (counts && data.signCount <= passkey.signCount) return { problem: 'COUNTER' }
  return { signCount: data.signCount }
}

/** Largest texts that are looked at, bytes. */
const CLIENT_DATA_MOST = 4_096
const DATA_MOST = 8_192

const bytesOf = (text: string): Buffer => Buffer.from(text, 'base64url')
const sha256 = (bytes: Buffer | string): Buffer => createHash('sha256').update(bytes).digest()

function clientOf(clientData: string): Readonly<Record<string, unknown>> | null {
  const bytes = bytesOf(clientData)
  if (bytes.length > CLIENT_DATA_MOST) return null
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : null
  } catch {
    return null
  }
}

/** What the browser says of the question (5.8.1). A page inside another one's frame is no page of ours. */
function clientProblem(
  clientData: string,
  type: 'webauthn.create' | 'webauthn.get',
  { place, challenge }: Asked,
): PasskeyProblem | null {
  const client = clientOf(clientData)
  if (client === null || client['type'] !== type || client['challenge'] !== challenge) return 'MALFORMED'
  const framed = client['crossOrigin'] === true || client['topOrigin'] !== undefined
  return client['origin'] !== place.origin || framed ? 'OTHER_PLACE' : null
}

/** Authenticator data (6.1): 32 bytes of the name's digest, a byte of flags, four of the counter, and what follows. */
interface AuthenticatorData {
  readonly bytes: Buffer
  readonly flags: number
  readonly signCount: number
  readonly isSyncable: boolean
}

const FLAGS_AT = 32
const COUNTER_AT = 33
const HEAD_BYTES = 37
/** Behind the head: 16 bytes of the model, two of the length of the credential's id, the id, the key. */
const LENGTH_AT = HEAD_BYTES + 16
const ID_AT = LENGTH_AT + 2
const ID_MOST = 1_023
const [PRESENT, VERIFIED, SYNCABLE, SYNCED, HAS_CREDENTIAL] = [0x01, 0x04, 0x08, 0x10, 0x40]

function authenticatorData(text: string): AuthenticatorData | null {
  const bytes = bytesOf(text)
  if (bytes.length < HEAD_BYTES || bytes.length > DATA_MOST) return null
  const flags = bytes.readUInt8(FLAGS_AT)
  return { bytes, flags, signCount: bytes.readUInt32BE(COUNTER_AT), isSyncable: (flags & SYNCABLE) !== 0 }
}

function dataProblem({ bytes, flags }: AuthenticatorData, { rpId }: PasskeyPlace): PasskeyProblem | null {
  if (!bytes.subarray(0, FLAGS_AT).equals(sha256(rpId))) return 'OTHER_PLACE'
  if ((flags & PRESENT) === 0 || (flags & VERIFIED) === 0) return 'NOT_VERIFIED'
  return (flags & SYNCED) !== 0 && (flags & SYNCABLE) === 0 ? 'MALFORMED' : null
}

/** The id of the new credential; null: there is none in it. */
function credentialIn({ bytes, flags }: AuthenticatorData): string | null {
  if ((flags & HAS_CREDENTIAL) === 0 || bytes.length < ID_AT) return null
  const length = bytes.readUInt16BE(LENGTH_AT)
  if (length < 1 || length > ID_MOST || bytes.length <= ID_AT + length) return null
  return bytes.subarray(ID_AT, ID_AT + length).toString('base64url')
}

function publicKeyOf(der: Buffer): KeyObject | null {
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' })
  } catch {
    return null
  }
}

/** Moduli of RSA keys, bits. */
const RSA_BITS = { least: 2048, most: 4096 } as const

/** What signatures of the key are made by; null: no kind that is taken. */
function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): PasskeyAlgorithm | null {
  if (asymmetricKeyType === 'ed25519') return 'EDDSA'
  if (asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'ES256'
  const bits = asymmetricKeyType === 'rsa' ? (asymmetricKeyDetails?.modulusLength ?? 0) : 0
  return bits >= RSA_BITS.least && bits <= RSA_BITS.most ? 'RS256' : null
}

/** The numbers of a public key, as COSE writes them too (RFC 9053, 7; RFC 8230, 4). */
function numbersOf(key: KeyObject): Buffer[] {
  const { x, y, n } = key.export({ format: 'jwk' })
  return [x, y, n].filter((number) => number !== undefined).map(bytesOf)
}

/** ECDSA signatures are DER here (6.5.5). */
function isSigned(
  signed: Buffer,
  signature: Buffer,
  { key, algorithm }: { readonly key: KeyObject; readonly algorithm: PasskeyAlgorithm },
): boolean {
  try {
    return verify(algorithm === 'EDDSA' ? null : 'sha256', signed, key, signature)
  } catch {
    return false
  }
}
