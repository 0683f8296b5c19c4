/**
 * Registrations of logins: each row is signed over the digest of the one before and makes its login what it says.
 * The signer is called inside the transaction, because what is signed names the place in the list.
 */
import { NO_REGISTRATION, registrationText } from '../../core/consent.ts'
import { DbmedicError } from '../../core/errors.ts'
import type { LoginChange, NewLogin } from '../../core/people.ts'
import type { Registration, RegistrationSigner, ServePort } from '../../core/store-ports.ts'
import { queriesOf, type Runner, type StoreDatabase } from '../database/store-database.ts'
import { flag } from '../rows/cells.ts'
import { registrationOf } from '../rows/outcome-rows.ts'
import { unknown } from './people-and-targets.ts'
import { digestOf } from './write-events.ts'

/** What a login becomes. */
interface Login {
  readonly userName: string
  readonly personId: number
  readonly active: boolean
  readonly mayApprove: boolean
  readonly mayAdminister: boolean
  readonly keyId: string
  /** Base64 of 32 bytes. */
  readonly publicKey: string
}

/** Times a registration is signed anew because another came between. */
const ATTEMPTS = 4
/** Registrations read at once, and at most: who fills the list must not fill the memory of who reads it. */
const PAGE = 1000
const MOST = 50_000

/** The port's part that writes people. */
export function peopleWriter(db: StoreDatabase): Pick<ServePort, 'addUser' | 'changeUser'> {
  return {
    addUser: (user) => inTurn(db, (runner) => addUser(runner, user)),
    changeUser: (userName, change, signer) =>
      inTurn(db, (runner) => changeUser(runner, { userName, change, signer })),
  }
}

/** Another registration may come between reading the last one and writing the next: then the store refuses, once. */
export async function inTurn(db: StoreDatabase, work: (runner: Runner) => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction(work)
    } catch (error) {
      const late = error instanceof DbmedicError && error.message.includes('GOV-068')
      if (!late || attempt >= ATTEMPTS) throw error
    }
  }
}

/** Adds a login: of a new person, or one more of the person behind `personOf`. */
async function addUser(runner: Runner, user: NewLogin): Promise<void> {
  const q = queriesOf(runner.dialect)
  if ((await userRow(runner, user.userName)) !== null) {
    throw new DbmedicError('DBM_USER_EXISTS', { user: user.userName })
  }
  const personId =
    user.personOf === null
      ? (await runner.write(q.insertInto('persons').values({ display_name: user.displayName }))).id
      : ((await userRow(runner, user.personOf))?.person_id ?? unknown(`user ${user.personOf}`))
  await register(runner, { ...user, personId, active: true }, user.signer)
}

async function changeUser(
  runner: Runner,
  of: { readonly userName: string; readonly change: LoginChange; readonly signer: RegistrationSigner },
): Promise<void> {
  const { change, signer } = of
  const row = (await userRow(runner, of.userName)) ?? unknown(`user ${of.userName}`)
  const keyId = change.key?.keyId ?? row.key_id
  const publicKey = change.key?.publicKey ?? row.public_key?.toString('base64')
  if (keyId === null || publicKey === undefined) unknown(`key of user ${of.userName}`)
  const login = {
    userName: row.user_id,
    personId: row.person_id,
    active: change.active ?? row.is_active === 1,
    mayApprove: change.mayApprove ?? row.is_approver === 1,
    mayAdminister: change.mayAdminister ?? row.is_admin === 1,
    keyId,
    publicKey,
  }
  await register(runner, login, signer)
}

/** The newest registration, which the next one follows. */
export const lastRegistration = (dialect: StoreDatabase['dialect']) =>
  queriesOf(dialect)
    .selectFrom('user_registrations')
    .select(['registration_no', 'registration_digest'])
    .orderBy('registration_no', 'desc')
    .limit(1)

/** Signs and writes the next registration. */
export async function register(runner: Runner, login: Login, signer: RegistrationSigner): Promise<void> {
  const q = queriesOf(runner.dialect)
  const last = await runner.first(lastRegistration(runner.dialect))
  const registrationNo = (last?.registration_no ?? 0) + 1
  const previousDigest = last?.registration_digest ?? NO_REGISTRATION
  const { userName, personId, active, mayApprove, mayAdminister, keyId } = login
  const text = registrationText({
    registrationNo,
    previousDigest,
    userName,
    personId,
    active,
    mayApprove,
    mayAdminister,
    keyId,
    signedBy: signer.userName,
    signerKeyId: signer.keyId,
  })
  await runner.write(
    q.insertInto('user_registrations').values({
      registration_no: registrationNo,
      previous_digest: previousDigest,
      registration_text: text,
      registration_digest: digestOf(text),
      user_id: userName,
      person_id: personId,
      is_active: flag(active),
      is_approver: flag(mayApprove),
      is_admin: flag(mayAdminister),
      public_key: Buffer.from(login.publicKey, 'base64'),
      key_id: keyId,
      signed_by: signer.userName,
      signer_key_id: signer.keyId,
      signature: signer.sign(text),
    }),
  )
}

const userRow = (runner: Runner, userName: string) =>
  runner.first(queriesOf(runner.dialect).selectFrom('users').selectAll().where('user_id', '=', userName))

/**
 * Every registration, in order. Read whole: a list cut short would hide who was shut out.
 * @throws DbmedicError DBM_STORE_REGISTRATIONS if there are more than 50,000.
 */
export async function readRegistrations(db: StoreDatabase): Promise<readonly Registration[]> {
  const found: Registration[] = []
  for (;;) {
    const rows = await db.all(
      queriesOf(db.dialect)
        .selectFrom('user_registrations')
        .selectAll()
        .where('registration_no', '>', found.length)
        .orderBy('registration_no')
        .limit(PAGE),
    )
    found.push(...rows.map(registrationOf))
    if (rows.length < PAGE) return found
    if (found.length >= MOST) throw new DbmedicError('DBM_STORE_REGISTRATIONS', { most: MOST })
  }
}
