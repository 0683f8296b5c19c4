/** Registering what a login is and may: the text is written here from what is shown, compared, signed, sent. */
import type { Invitation, Person, Registration, Session } from '../../../../src/server/api-types.ts'
import { read, write } from '../../api/client.ts'
import { type SigningKey, sortedJson } from '../../session/key-file.ts'

interface Signer {
  readonly session: Session
  readonly unlock: () => Promise<SigningKey>
}

/** What the page shows of a login. */
type Shown = Pick<Person, 'userName' | 'active' | 'mayApprove' | 'mayAdminister' | 'keyId'>

/** The signature over what is shown. @throws Error in words where the server would register something else */
async function signed(
  { text, registration }: Registration,
  shown: Shown,
  { session, unlock }: Signer,
): Promise<string> {
  const own = sortedJson({
    schema: 'dbmedic/registration/1',
    registrationNo: registration.registrationNo,
    previousDigest: registration.previousDigest,
    userName: shown.userName.toLowerCase(),
    personId: registration.personId,
    active: shown.active ? 1 : 0,
    mayApprove: shown.mayApprove ? 1 : 0,
    mayAdminister: shown.mayAdminister ? 1 : 0,
    keyId: shown.keyId,
    signedBy: session.userName.toLowerCase(),
    signerKeyId: session.keyId,
  })
  if (text !== own)
    throw new Error('The server would register something else than is shown here. Nothing was signed.')
  const key = await unlock()
  return key.sign(own)
}

/** Registers the key of who answered. @throws ProblemError what the server refuses; Error in words for what this page refuses */
export async function signRegistration(invitation: Invitation, signer: Signer): Promise<void> {
  const path = `/api/invitations/${invitation.invitationId}/registration`
  const asked = await read<Registration>(path)
  const signature = await signed(asked, { ...invitation, active: true }, signer)
  await write<undefined>('POST', path, { signature })
}

/** What a login is to be. */
export type LoginChange = Pick<Person, 'active' | 'mayApprove' | 'mayAdminister'>

/** Changes what a login may. @throws as signRegistration */
export async function signLoginChange(person: Person, change: LoginChange, signer: Signer): Promise<void> {
  const path = `/api/people/${encodeURIComponent(person.userName)}/registration`
  const asked = await write<Registration>('POST', `${path}/draft`, change)
  const signature = await signed(asked, { ...person, ...change }, signer)
  await write<undefined>('PUT', path, { ...change, signature })
}
