/**
 * Who signs in with more than a password: people of the roles the configuration names. Whoever of them has neither second
 * factor nor passkey gets a session that sets one up and does nothing else.
 */
import { hasSecretPlace } from '../app/index.ts'
import { DbmedicError } from '../core/errors.ts'
import type { MemberRole } from '../core/member-roles.ts'
import type { Person } from '../core/people.ts'
import type { Caller } from '../core/sign-in-port.ts'
import type { PanelConfig, ServerContext } from './context.ts'
import { passkeyPlace } from './passkey-proofs.ts'
import { type Identity, rolesIn } from './rights.ts'

/** Roles that decide what happens to a target, or who may. */
const DECIDING: readonly MemberRole[] = ['approver', 'administrator']

/**
 * The roles, by the configuration. Not said: those that decide, where people come over a network and can set something up.
 * @throws DbmedicError DBM_USAGE where it is asked of people who could set up nothing
 */
export function rolesToProve(panel: PanelConfig, store: string): readonly MemberRole[] {
  const canSetUp = passkeyPlace(panel, null) !== null || hasSecretPlace({ panel, store })
  const { publicUrl, secondFactorFor } = panel
  if (secondFactorFor === null) return publicUrl !== null && canSetUp ? DECIDING : []
  if (secondFactorFor.length > 0 && !canSetUp)
    throw new DbmedicError('DBM_USAGE', {
      problem:
        'panel.secondFactorFor asks for what nobody can set up: there is no place for the key of second factors',
      hint: 'Set panel.secretKey, or panel.publicUrl to an https:// address by its name.',
    })
  return secondFactorFor
}

type Parts = Pick<ServerContext, 'signIn' | 'serve' | 'rolesToProve' | 'passkeyPlace'>

/** Does the login hold one of the roles, in whichever workspace? A role beyond its own rights counts for nothing. */
function isAsked({ rolesToProve: asked }: Parts, caller: Caller): boolean {
  const workspaces = new Set(caller.memberships.map(({ workspaceId }) => workspaceId))
  return [...workspaces].some((each) => rolesIn(caller, each).some((role) => asked.includes(role)))
}

const hasCode = async ({ signIn }: Parts, userName: string): Promise<boolean> =>
  (await signIn.secondFactor(userName)) !== null

/** Where passkeys can be used nowhere, one that is registered is none. */
const hasPasskey = async ({ signIn, passkeyPlace: place }: Parts, userName: string): Promise<boolean> =>
  place() !== null && (await signIn.passkeysOf(userName)).length > 0

/**
 * Is this the session of somebody who is yet to set up what they are asked for? Never of a token: those are made from a
 * session that had it.
 */
export async function lacksFactor(parts: Parts, identity: Identity): Promise<boolean> {
  if (identity.session === null || parts.rolesToProve.length === 0 || !isAsked(parts, identity)) return false
  const { userName } = identity.person
  return !(await hasCode(parts, userName)) && !(await hasPasskey(parts, userName))
}

/** The same of a login, whoever asks. */
async function isLoginAsked(parts: Parts, person: Person): Promise<boolean> {
  if (parts.rolesToProve.length === 0) return false
  const held = await parts.signIn.memberships()
  const name = person.userName.toLowerCase()
  const memberships = held.filter(({ userName }) => userName.toLowerCase() === name)
  return isAsked(parts, { person, memberships })
}

/**
 * A password alone is not enough of who has a passkey to prove more with.
 * @throws DbmedicError DBM_PASSKEY_WANTED
 */
export async function requireMoreThanPassword(parts: Parts, person: Person): Promise<void> {
  if (!(await isLoginAsked(parts, person)) || (await hasCode(parts, person.userName))) return
  if (await hasPasskey(parts, person.userName)) throw new DbmedicError('DBM_PASSKEY_WANTED')
}

/**
 * Makes a change of what a login may. If more than a password is asked of it from then on, sessions that may stand on one
 * alone end, and it signs in as it is asked to.
 * @param change what is done
 * @param of the login, and who changes it
 */
export async function withMoreAsked(
  parts: Parts,
  change: () => Promise<void>,
  { login, by }: { readonly login: Person; readonly by: string },
): Promise<void> {
  const before = await isLoginAsked(parts, login)
  await change()
  if (before || parts.rolesToProve.length === 0 || (await hasCode(parts, login.userName))) return
  const people = await parts.serve.read.people()
  const now = people.find(({ userName }) => userName === login.userName)
  if (now !== undefined && (await isLoginAsked(parts, now)))
    await parts.signIn.endSessions(login.userName, { except: null }, by)
}
