/** A standing approval: its text is written here from the form, signed here, and sent. The server keeps that very text. */
import type { NewGrant, Session } from '../../../../src/server/api-types.ts'
import { write } from '../../api/client.ts'
import { type SigningKey, sortedJson } from '../../session/key-file.ts'

/** What a person allows ahead. */
export type Bounds = Omit<NewGrant, 'keyId' | 'signature'>

/** The text the signature covers, as the store and the executor read it again (RFC 8785). */
export const grantText = (bounds: Bounds, { userName, keyId }: Pick<Session, 'userName' | 'keyId'>): string =>
  sortedJson({
    schema: 'dbmedic/grant/1',
    ...bounds,
    targetIds: [...bounds.targetIds].sort((a, b) => a - b),
    grantedBy: userName,
    keyId,
  })

interface Granting {
  readonly bounds: Bounds
  readonly session: Session
  readonly unlock: () => Promise<SigningKey>
}

/** Signs and sends it. @throws ProblemError what the server refuses; Error in words for what this page refuses */
export async function signGrant({ bounds, session, unlock }: Granting): Promise<number> {
  const key = await unlock()
  const signature = await key.sign(grantText(bounds, session))
  const given: NewGrant = { ...bounds, keyId: key.keyId, signature }
  const { standingApprovalId } = await write<{ readonly standingApprovalId: number }>(
    'POST',
    '/api/grants',
    given,
  )
  return standingApprovalId
}
