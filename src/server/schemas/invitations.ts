/** Inviting people and registering them: what goes in and what comes out. */
import { z } from 'zod'
import { MEMBER_ROLES } from '../../core/member-roles.ts'
import { digest, id, list, time } from './parts.ts'
import { displayName, ed25519, keyId, password, sealedKeySchema, secret, userName } from './people.ts'

/** What an invitation promises. */
const promised = {
  userName,
  mayApprove: z.boolean(),
  mayAdminister: z.boolean(),
}

/** An invitation to write. */
export const newInvitationSchema = z.strictObject({
  ...promised,
  displayName: displayName.meta({ description: 'Of a login that is there the name stays.' }),
  personOf: userName
    .nullable()
    .default(null)
    .meta({ description: 'Another login of the same person, who then still has one vote.' }),
  roles: z.array(z.enum(MEMBER_ROLES)).max(MEMBER_ROLES.length).default([]),
})

/** An invitation in the list. */
export const invitationSchema = z
  .object({
    invitationId: id,
    userName: z.string(),
    displayName: z.string(),
    mayApprove: z.boolean(),
    mayAdminister: z.boolean(),
    workspaceId: id,
    roles: list(z.enum(MEMBER_ROLES)),
    invitedBy: z.string(),
    createdAt: time,
    expiresAt: time,
    state: z.enum(['WAITING', 'ANSWERED', 'EXPIRED', 'REGISTERED', 'WITHDRAWN']),
    keyId: digest
      .nullable()
      .meta({ description: 'Of the key it was answered with: compare it with the person.' }),
  })
  .meta({ id: 'Invitation', description: 'Somebody asked to make a key, for an administrator to register.' })

/** What whoever has the link is shown. */
export const openInvitationSchema = z
  .object({
    userName: z.string(),
    displayName: z.string(),
    mayApprove: z.boolean(),
    mayAdminister: z.boolean(),
  })
  .meta({ id: 'OpenInvitation', description: 'What an invitation is for.' })

/** What an invitation is answered with. */
export const invitationAnswerSchema = z.strictObject({ secret, password, sealedKey: sealedKeySchema })

/** What a registration is to say of a login; what is left out stays as it is. */
export const loginChangeSchema = z.strictObject({
  active: z.boolean().optional(),
  mayApprove: z.boolean().optional(),
  mayAdminister: z.boolean().optional(),
})

/** A registration, ready to be signed where an administrator's key is. */
export const registrationSchema = z
  .object({
    text: z.string().meta({
      description: 'The canonical text; a page writes it itself from what it shows, and compares.',
    }),
    registration: z.object({
      registrationNo: id,
      previousDigest: digest,
      userName: z.string(),
      personId: id,
      active: z.boolean(),
      mayApprove: z.boolean(),
      mayAdminister: z.boolean(),
      keyId,
      signedBy: z.string(),
      signerKeyId: keyId,
    }),
  })
  .meta({ id: 'Registration', description: 'What a login is and may, for an administrator to sign.' })

/** The signature of a registration. */
export const signedSchema = z.strictObject({
  signature: ed25519.meta({ description: 'Ed25519 over the text, base64, with your registered key.' }),
})

/** A change of a login, signed. */
export const signedChangeSchema = loginChangeSchema.extend(signedSchema.shape)

/** A workspace. */
export const workspaceSchema = z
  .object({ workspaceId: id, workspaceName: z.string() })
  .meta({ id: 'Workspace', description: 'A group of targets under one set of people.' })
