/** Invitations: written by an administrator, answered in a browser, settled by a registration. */
import { NO_REGISTRATION } from '../../../core/consent.ts'
import { DbmedicError } from '../../../core/errors.ts'
import type {
  Invitation,
  InvitationAnswer,
  InvitationState,
  Invitations,
  NewInvitation,
} from '../../../core/invitations.ts'
import type { MemberRole } from '../../../core/member-roles.ts'
import type { RegistrationSigner } from '../../../core/people.ts'
import { now, nowPlus } from '../../database/raw-sql.ts'
import { queriesOf, type Runner, type StoreDatabase } from '../../database/store-database.ts'
import { flag, fromJson, jsonText, utc } from '../../rows/cells.ts'
import { unknown } from '../people-and-targets.ts'
import { inTurn, lastRegistration, register } from '../registrations.ts'
import { endAll, setPassword } from './links.ts'
import { setMembership } from './memberships.ts'

/** Invitations in a list. */
const LIST_MOST = 200

/** Invitations over serve's store. */
export function invitations(db: StoreDatabase): Invitations {
  const one = async (invitationId: number): Promise<Invitation | null> => {
    const row = await db.first(selected(db).where('i.invitation_id', '=', invitationId))
    return row === null ? null : invitationOf(row)
  }
  return {
    invite: (invitation) => db.transaction((runner) => invite(runner, invitation)),
    invitations: async () =>
      (await db.all(selected(db).orderBy('i.invitation_id', 'desc').limit(LIST_MOST))).map(invitationOf),
    invitation: one,
    openInvitation: async (linkDigest) => {
      const row = await db.first(selected(db).where('i.link_digest', '=', linkDigest))
      const known = row === null ? null : invitationOf(row)
      if (known?.state !== 'WAITING') throw new DbmedicError('DBM_LINK_SPENT')
      return known
    },
    answerInvitation: (linkDigest, answer) => answerInvitation(db, linkDigest, answer),
    withdrawInvitation: async (invitationId, by) => {
      const open = queriesOf(db.dialect)
        .updateTable('invitations')
        .set({ settled_as: 'WITHDRAWN', settled_by: by })
        .where('invitation_id', '=', invitationId)
        .where('settled_as', 'is', null)
      return (await db.write(open)).rows > 0
    },
    registerInvited: (invitationId, signer) =>
      inTurn(db, (runner) => registerInvited(runner, invitationId, signer)),
    nextRegistration: async () => {
      const last = await db.first(lastRegistration(db.dialect))
      return {
        registrationNo: (last?.registration_no ?? 0) + 1,
        previousDigest: last?.registration_digest ?? NO_REGISTRATION,
      }
    },
  }
}

const COLUMNS = [
  'i.invitation_id',
  'i.user_id',
  'i.person_id',
  'i.is_approver',
  'i.is_admin',
  'i.workspace_id',
  'i.roles',
  'i.invited_by',
  'i.created_at',
  'i.expires_at',
  'i.public_key',
  'i.key_id',
  'i.settled_as',
] as const

/** Invitations, with whether they have run out by the store's own clock. */
const selected = ({ dialect }: Pick<StoreDatabase, 'dialect'>) =>
  queriesOf(dialect)
    .selectFrom('invitations as i')
    .innerJoin('persons as p', 'p.person_id', 'i.person_id')
    .select(COLUMNS)
    .select('p.display_name')
    .select((e) => e.case().when('i.expires_at', '<=', now(dialect)).then(1).else(0).end().as('is_over'))

type Row = NonNullable<Awaited<ReturnType<ReturnType<typeof selected>['executeTakeFirst']>>>

function invitationOf(row: Row): Invitation {
  return {
    invitationId: row.invitation_id,
    userName: row.user_id,
    personId: row.person_id,
    displayName: row.display_name,
    mayApprove: row.is_approver === 1,
    mayAdminister: row.is_admin === 1,
    workspaceId: row.workspace_id,
    roles: fromJson<readonly MemberRole[]>(row.roles),
    invitedBy: row.invited_by,
    createdAt: utc(row.created_at),
    expiresAt: utc(row.expires_at),
    state: stateOf(row),
    keyId: row.key_id,
    publicKey: row.public_key?.toString('base64') ?? null,
  }
}

function stateOf(row: Row): InvitationState {
  if (row.settled_as !== null) return row.settled_as
  if (row.key_id !== null) return 'ANSWERED'
  return Number(row.is_over) === 1 ? 'EXPIRED' : 'WAITING'
}

async function invite(runner: Runner, invitation: NewInvitation): Promise<number> {
  const { dialect } = runner
  const row = {
    link_digest: invitation.linkDigest,
    user_id: invitation.userName,
    person_id: await personFor(runner, invitation),
    is_approver: flag(invitation.mayApprove),
    is_admin: flag(invitation.mayAdminister),
    workspace_id: invitation.workspaceId,
    roles: jsonText(invitation.roles),
    invited_by: invitation.by,
    expires_at: nowPlus(dialect, invitation.lifetimeSeconds),
  }
  return (await runner.write(queriesOf(dialect).insertInto('invitations').values(row))).id
}

/** The person of the login, or of the other login that was named; a new one otherwise. */
async function personFor(
  runner: Runner,
  { userName, personOf, displayName }: NewInvitation,
): Promise<number> {
  const q = queriesOf(runner.dialect)
  const of = (name: string) =>
    runner.first(q.selectFrom('users').select('person_id').where('user_id', '=', name))
  const own = await of(userName)
  if (own !== null) return own.person_id
  if (personOf !== null) return (await of(personOf))?.person_id ?? unknown(`user ${personOf}`)
  return (await runner.write(q.insertInto('persons').values({ display_name: displayName }))).id
}

async function answerInvitation(
  db: StoreDatabase,
  linkDigest: string,
  answer: InvitationAnswer,
): Promise<void> {
  const waiting = queriesOf(db.dialect)
    .updateTable('invitations')
    .set({
      public_key: Buffer.from(answer.publicKey, 'base64'),
      key_id: answer.keyId,
      sealed_key: jsonText(answer.sealedKey),
      password_hash: answer.passwordHash,
    })
    .where('link_digest', '=', linkDigest)
    .where('key_id', 'is', null)
    .where('settled_as', 'is', null)
    .where('expires_at', '>', now(db.dialect))
  if ((await db.write(waiting)).rows === 0) throw new DbmedicError('DBM_LINK_SPENT')
}

async function registerInvited(
  runner: Runner,
  invitationId: number,
  signer: RegistrationSigner,
): Promise<void> {
  const q = queriesOf(runner.dialect)
  const row = await runner.first(
    q.selectFrom('invitations').selectAll().where('invitation_id', '=', invitationId),
  )
  if (row === null || row.settled_as !== null || row.public_key === null || row.key_id === null)
    throw new DbmedicError('DBM_LINK_SPENT')
  const login = {
    userName: row.user_id,
    personId: row.person_id,
    active: true,
    mayApprove: row.is_approver === 1,
    mayAdminister: row.is_admin === 1,
    keyId: row.key_id,
    publicKey: row.public_key.toString('base64'),
  }
  await register(runner, login, signer)
  const sealed = { key_id: row.key_id, user_id: row.user_id, sealed_key: row.sealed_key ?? 'null' }
  await runner.write(q.insertInto('sealed_keys').values(sealed))
  await setPassword(runner, row.user_id, { hash: row.password_hash ?? '', by: signer.userName })
  await endAll(runner, row.user_id, signer.userName)
  for (const role of fromJson<readonly MemberRole[]>(row.roles))
    await setMembership(runner, {
      userName: row.user_id,
      workspaceId: row.workspace_id,
      role,
      held: true,
      by: signer.userName,
    })
  const settled = { settled_as: 'REGISTERED', settled_by: signer.userName } as const
  await runner.write(q.updateTable('invitations').set(settled).where('invitation_id', '=', invitationId))
}
