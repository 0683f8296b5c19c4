/** Registrations signed in a browser: the text to sign, and the signature as whoever writes them asks for it. */
import type { FastifyRequest } from 'fastify'
import { verifyText } from '../app/index.ts'
import { registrationText } from '../core/consent.ts'
import { DbmedicError } from '../core/errors.ts'
import type { NewRegistration, RegistrationSigner } from '../core/people.ts'
import { identityOf, type ServerContext } from './context.ts'

/** What a registration says of a login. */
export type Registered = Pick<
  NewRegistration,
  'userName' | 'personId' | 'active' | 'mayApprove' | 'mayAdminister' | 'keyId'
>

/** The next registration, by who asks. @throws DbmedicError DBM_NOT_FOUND where they have no key to sign with. */
export async function registrationToSign(
  { signIn }: ServerContext,
  request: FastifyRequest,
  login: Registered,
): Promise<{ readonly text: string; readonly registration: NewRegistration }> {
  const { userName: signedBy, keyId: signerKeyId } = signingKey(request)
  const registration = { ...(await signIn.nextRegistration()), ...login, signedBy, signerKeyId }
  return { text: registrationText(registration), registration }
}

/**
 * Signs with what was signed in the browser, if it is of the text that is written now.
 * @throws DbmedicError from `sign`: DBM_REGISTRATION_CHANGED where it is not, or is not by the registered key.
 */
export function signerWith(request: FastifyRequest, signature: string): RegistrationSigner {
  const { userName, keyId, publicKey } = signingKey(request)
  return {
    userName,
    keyId,
    sign: (text) => {
      if (verifyText(text, signature, publicKey)) return signature
      throw new DbmedicError('DBM_REGISTRATION_CHANGED')
    },
  }
}

function signingKey(request: FastifyRequest): {
  readonly userName: string
  readonly keyId: string
  readonly publicKey: string
} {
  const { userName, keyId, publicKey } = identityOf(request).person
  if (keyId === null || publicKey === null)
    throw new DbmedicError('DBM_NOT_FOUND', {
      kind: 'registered key of',
      id: userName,
      hint: 'Registrations are signed by an administrator’s own key.',
    })
  return { userName, keyId, publicKey }
}
