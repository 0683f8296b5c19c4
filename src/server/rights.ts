/** What each address of the API asks for, and which role of a workspace holds it. */
import type { MemberRole } from '../core/member-roles.ts'
import { type ApiToken, type Caller, TOKEN_SCOPES, type TokenScope } from '../core/sign-in-port.ts'

/**
 * `public`: anybody. `self`: who is signed in, about themselves; `session`: the same in a browser, never by a token.
 * The others are rights in a workspace: `read` its
 * pipeline, `audit` the chain, `metrics` of the installation, `report` errors, `ask` for an action or another one, `stop` what would
 * run, `release` what was stopped or left open, `vote` on decisions, `administer` people and tokens.
 */
export const RIGHTS = [
  'public',
  'self',
  'session',
  'read',
  'audit',
  'metrics',
  'report',
  'ask',
  'stop',
  'release',
  'vote',
  'administer',
] as const
/** One of them. */
export type Right = (typeof RIGHTS)[number]
/** A right in a workspace. */
export type WorkspaceRight = Exclude<Right, 'public' | 'self' | 'session'>

/** What a role may do. A role beyond the login's own rights (`users`) counts for nothing. */
export const ROLE_RIGHTS: Readonly<Record<MemberRole, readonly WorkspaceRight[]>> = {
  viewer: ['read', 'metrics'],
  operator: ['read', 'metrics', 'report', 'ask', 'stop'],
  approver: ['read', 'metrics', 'report', 'ask', 'stop', 'release', 'vote'],
  administrator: ['read', 'metrics', 'audit', 'report', 'ask', 'stop', 'release', 'administer'],
  auditor: ['read', 'metrics', 'audit'],
}

/** Whatever stands in a row: nobody administers by a token. */
const isScope = (right: WorkspaceRight): right is TokenScope =>
  (TOKEN_SCOPES as readonly WorkspaceRight[]).includes(right)

/** Who asks: a person in a browser or a script with a token of theirs. */
export interface Identity extends Caller {
  /** Null: a browser's session. */
  readonly token: ApiToken | null
  /** Null: a token. */
  readonly session: { readonly digest: string; readonly csrfToken: string } | null
}

/** Roles of the identity in a workspace that its login backs. */
export function rolesIn({ person, memberships }: Caller, workspaceId: number): readonly MemberRole[] {
  return memberships
    .filter((held) => held.workspaceId === workspaceId)
    .map((held) => held.role)
    .filter((role) => role !== 'approver' || (person.mayApprove && person.keyId !== null))
    .filter((role) => role !== 'administrator' || person.mayAdminister)
}

/** May the identity use this right in this workspace? A token may no more than its scopes and its owner. */
export function holds(identity: Identity, right: WorkspaceRight, workspaceId: number): boolean {
  const { token } = identity
  if (
    token !== null &&
    !(token.workspaceId === workspaceId && isScope(right) && token.scopes.includes(right))
  )
    return false
  return rolesIn(identity, workspaceId).some((role) => ROLE_RIGHTS[role].includes(right))
}

/** The roles that hold a right, for the answer to who has it not. */
export const rolesWith = (right: WorkspaceRight): string =>
  Object.entries(ROLE_RIGHTS)
    .filter(([, rights]) => rights.includes(right))
    .map(([role]) => role)
    .join(', ')
