/** Passkeys in this browser: made and used through the browser's own dialog. Bytes travel as base64url. */
import type {
  MadePasskey,
  NewPasskeyChallenge,
  PasskeyAnswer,
  PasskeyChallenge,
} from '../../../src/server/api-types.ts'

/** The server's minute, ms. */
const TIMEOUT_MS = 60_000

/** Can passkeys of the server be used on this page? @param origin the address the server says they are for */
export const canUsePasskeys = (origin: string | null | undefined): boolean =>
  origin === window.location.origin && 'PublicKeyCredential' in window

/** Has the browser make a passkey. @throws Error in words */
export async function makePasskey(asked: NewPasskeyChallenge): Promise<Omit<MadePasskey, 'passkeyName'>> {
  const made = await answered(
    navigator.credentials.create({
      publicKey: {
        challenge: bytesOf(asked.challenge),
        rp: { id: asked.rpId, name: 'dbmedic' },
        user: { id: bytesOf(asked.userHandle), name: asked.userName, displayName: asked.displayName },
        pubKeyCredParams: asked.algorithms.map((alg) => ({ type: 'public-key', alg })),
        excludeCredentials: asked.excluded.map(credential),
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
        attestation: 'none',
        timeout: TIMEOUT_MS,
      },
    }),
  )
  const { response } = made
  const publicKey = response instanceof AuthenticatorAttestationResponse ? response.getPublicKey() : null
  if (!(response instanceof AuthenticatorAttestationResponse) || publicKey === null)
    throw new Error(
      'This browser made a passkey of a kind that dbmedic does not take. Nothing was registered.',
    )
  return {
    credentialId: textOf(made.rawId),
    clientData: textOf(response.clientDataJSON),
    authenticatorData: textOf(response.getAuthenticatorData()),
    publicKey: textOf(publicKey),
  }
}

/** Has the browser answer under a passkey. @throws Error in words */
export async function askPasskey(asked: PasskeyChallenge): Promise<PasskeyAnswer> {
  const used = await answered(
    navigator.credentials.get({
      publicKey: {
        challenge: bytesOf(asked.challenge),
        rpId: asked.rpId,
        allowCredentials: asked.allowed.map(credential),
        userVerification: 'required',
        timeout: TIMEOUT_MS,
      },
    }),
  )
  const { response } = used
  if (!(response instanceof AuthenticatorAssertionResponse)) throw new Error(NOTHING)
  const { userHandle } = response
  return {
    credentialId: textOf(used.rawId),
    clientData: textOf(response.clientDataJSON),
    authenticatorData: textOf(response.authenticatorData),
    signature: textOf(response.signature),
    userHandle: userHandle === null || userHandle.byteLength === 0 ? null : textOf(userHandle),
  }
}

const NOTHING = 'No passkey was used: the browser’s dialog was closed, or a minute passed. Nothing was sent.'

/** Browsers say as little as they can of why there is no answer (Web Authentication Level 3, 14.5). */
async function answered(asking: Promise<Credential | null>): Promise<PublicKeyCredential> {
  let credential: Credential | null
  try {
    credential = await asking
  } catch (error) {
    const name = error instanceof DOMException ? error.name : ''
    if (name === 'InvalidStateError')
      throw new Error('This device has a passkey of yours already. Nothing was registered.')
    if (name === 'NotAllowedError' || name === 'AbortError') throw new Error(NOTHING)
    throw new Error(`The browser cannot use passkeys here (${name === '' ? 'no reason given' : name}).`)
  }
  if (credential instanceof PublicKeyCredential) return credential
  throw new Error(NOTHING)
}

const credential = (id: string): PublicKeyCredentialDescriptor => ({ type: 'public-key', id: bytesOf(id) })

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0))
}

function textOf(buffer: ArrayBuffer): string {
  const plain = String.fromCharCode(...new Uint8Array(buffer))
  return btoa(plain).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}
