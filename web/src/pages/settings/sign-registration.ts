/** Registering who answered an invitation: the text is written here from what is shown, compared, signed, sent. */
import type { Invitation, Registration, Session } from '../../../../src/server/api-types.ts'
import { read, write } from '../../api/client.ts'
import { type SigningKey, sortedJson } from '../../session/key-file.ts'

interface Registering {
  readonly invitation: Invitation
  readonly session: Session
  readonly unlock: () => Promise<SigningKey>
}

/** Registers the key. @throws ProblemError what the server refuses; Error in words for what this page refuses */
export async function signRegistration({ invitation, session, unlock }: Registering): Promise<void> {
  const { invitationId, userName, mayApprove, mayAdminister, keyId } = invitation
  const path = `/api/invitations/${invitationId}/registration`
  const { text, registration } = await read<Registration>(path)
  const shown = sortedJson({
    schema: 'dbmedic/registration/1',
    registrationNo: registration.registrationNo,
    previousDigest: registration.previousDigest,
    userName: userName.toLowerCase(),
    personId: registration.personId,
    active: 1,
    mayApprove: mayApprove ? 1 : 0,
    mayAdminister: mayAdminister ? 1 : 0,
    keyId,
    signedBy: session.userName.toLowerCase(),
    signerKeyId: session.keyId,
  })
  if (text !== shown)
    throw new Error('The server would register something else than is shown here. Nothing was signed.')
  const key = await unlock()
  await write<undefined>('POST', path, { signature: await key.sign(shown) })
}
