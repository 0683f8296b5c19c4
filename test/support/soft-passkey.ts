/** An authenticator and a browser in one, for tests: makes passkeys and uses them, rightly and wrongly (6.1, 5.8.1). */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import type { MadePasskey, PasskeyAnswer, PasskeyPlace } from '../../src/access/passkeys.ts'
import type { PasskeyAlgorithm } from '../../src/core/passkeys.ts'

/** What a test has otherwise than it should be. */
export interface Otherwise {
  readonly challenge?: string
  readonly type?: string
  readonly origin?: string
  readonly rpId?: string
  /** Members put into the client data. */
  readonly client?: Readonly<Record<string, unknown>>
  /** Flags of the authenticator data, whole. */
  readonly flags?: number
  readonly signCount?: number
  readonly userHandle?: string | null
}

/** Present, verified; with the credential's data at making. */
const FLAGS = 0x05
const HAS_CREDENTIAL = 0x40

const sha256 = (bytes: Buffer | string): Buffer => createHash('sha256').update(bytes).digest()

/** One passkey. Its counter goes up by one with each use. */
export class SoftPasskey {
  readonly credentialId = randomBytes(20)
  readonly #keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject }
  readonly #algorithm: PasskeyAlgorithm
  readonly #place: PasskeyPlace
  signCount = 1
  /** base64url, from when it was made; null: it was not. */
  userHandle: string | null = null

  constructor(place: PasskeyPlace, algorithm: PasskeyAlgorithm = 'ES256') {
    this.#place = place
    this.#algorithm = algorithm
    this.#keys =
      algorithm === 'EDDSA'
        ? generateKeyPairSync('ed25519')
        : algorithm === 'ES256'
          ? generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
          : generateKeyPairSync('rsa', { modulusLength: 2048 })
  }

  /** What the browser answers when it is made. */
  made(
    asked: { readonly challenge: string; readonly userHandle?: string },
    wrong: Otherwise = {},
  ): MadePasskey {
    this.userHandle = asked.userHandle ?? null
    const length = Buffer.alloc(2)
    length.writeUInt16BE(this.credentialId.length)
    const credential = Buffer.concat([Buffer.alloc(16), length, this.credentialId, this.#coseNumbers()])
    return {
      credentialId: this.credentialId.toString('base64url'),
      clientData: this.#clientData('webauthn.create', asked.challenge, wrong),
      authenticatorData: Buffer.concat([this.#head(FLAGS | HAS_CREDENTIAL, wrong), credential]).toString(
        'base64url',
      ),
      publicKey: this.#keys.publicKey.export({ format: 'der', type: 'spki' }).toString('base64url'),
    }
  }

  /** What the browser answers when it is used. */
  used(challenge: string, wrong: Otherwise = {}): PasskeyAnswer {
    this.signCount += 1
    const clientData = this.#clientData('webauthn.get', challenge, wrong)
    const data = this.#head(FLAGS, wrong)
    const signed = Buffer.concat([data, sha256(Buffer.from(clientData, 'base64url'))])
    const signature = sign(this.#algorithm === 'EDDSA' ? null : 'sha256', signed, this.#keys.privateKey)
    return {
      credentialId: this.credentialId.toString('base64url'),
      clientData,
      authenticatorData: data.toString('base64url'),
      signature: signature.toString('base64url'),
      userHandle: wrong.userHandle === undefined ? this.userHandle : wrong.userHandle,
    }
  }

  #clientData(type: string, challenge: string, wrong: Otherwise): string {
    const client = {
      type: wrong.type ?? type,
      challenge: wrong.challenge ?? challenge,
      origin: wrong.origin ?? this.#place.origin,
      crossOrigin: false,
      ...wrong.client,
    }
    return Buffer.from(JSON.stringify(client), 'utf8').toString('base64url')
  }

  #head(flags: number, wrong: Otherwise): Buffer {
    const rest = Buffer.alloc(5)
    rest.writeUInt8(wrong.flags ?? flags)
    rest.writeUInt32BE(wrong.signCount ?? this.signCount, 1)
    return Buffer.concat([sha256(wrong.rpId ?? this.#place.rpId), rest])
  }

  /** The numbers of the key, as an authenticator writes them among others. */
  #coseNumbers(): Buffer {
    const { x = '', y = '', n = '' } = this.#keys.publicKey.export({ format: 'jwk' })
    return Buffer.concat([Buffer.from([0xa5]), ...[x, y, n].map((text) => Buffer.from(text, 'base64url'))])
  }
}
