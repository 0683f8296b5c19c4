/**
 * Invitations: somebody makes a key in their own browser, and an administrator registers it. For a new login, or for
 * another key of one that is there.
 */
import type { Json } from './canonical.ts'
import type { MemberRole } from './member-roles.ts'
import type { RegistrationSigner } from './people.ts'
import type { UtcTime } from './time.ts'

/** Where an invitation stands. `EXPIRED`: it ran out before it was answered. */
export type InvitationState = 'WAITING' | 'ANSWERED' | 'EXPIRED' | 'REGISTERED' | 'WITHDRAWN'

/** An invitation, without what it was answered with that is secret. */
export interface Invitation {
  readonly invitationId: number
  readonly userName: string
  readonly personId: number
  readonly displayName: string
  readonly mayApprove: boolean
  readonly mayAdminister: boolean
  readonly workspaceId: number
  /** Roles to hold in that workspace. */
  readonly roles: readonly MemberRole[]
  readonly invitedBy: string
  readonly createdAt: UtcTime
  readonly expiresAt: UtcTime
  readonly state: InvitationState
  /** Id of the key it was answered with. */
  readonly keyId: string | null
  /** Base64 of 32 bytes. */
  readonly publicKey: string | null
}

/** An invitation to write. Of a login that is there the person stays; of a new one a person is made. */
export interface NewInvitation {
  readonly linkDigest: string
  readonly userName: string
  readonly displayName: string
  /** Another login of the same person; null: a person of its own. */
  readonly personOf: string | null
  readonly mayApprove: boolean
  readonly mayAdminister: boolean
  readonly workspaceId: number
  readonly roles: readonly MemberRole[]
  readonly by: string
  readonly lifetimeSeconds: number
}

/** What an invitation is answered with, made in a browser. */
export interface InvitationAnswer {
  readonly keyId: string
  /** Base64 of 32 bytes. */
  readonly publicKey: string
  readonly sealedKey: Json
  readonly passwordHash: string
}

/** Invitations over serve's store. */
export interface Invitations {
  invite(invitation: NewInvitation): Promise<number>
  /** Newest first, at most 200. */
  invitations(): Promise<readonly Invitation[]>
  /** The one of a number; null: there is none. */
  invitation(invitationId: number): Promise<Invitation | null>
  /** The one a link is of, while it waits. @throws DbmedicError DBM_LINK_SPENT */
  openInvitation(linkDigest: string): Promise<Invitation>
  /** @throws DbmedicError DBM_LINK_SPENT */
  answerInvitation(linkDigest: string, answer: InvitationAnswer): Promise<void>
  /** False: it is settled already. */
  withdrawInvitation(invitationId: number, by: string): Promise<boolean>
  /**
   * Registers the key an invitation was answered with, whole: registration, sealed key, password, roles; the sessions of
   * a login that was there end.
   * @throws DbmedicError DBM_LINK_SPENT unless it was answered and not settled.
   */
  registerInvited(invitationId: number, signer: RegistrationSigner): Promise<void>
  /** Number of the next registration, and the digest it follows. */
  nextRegistration(): Promise<{ readonly registrationNo: number; readonly previousDigest: string }>
}
