/** users erase, export: a person is forgotten, and what is kept of a person. */
import type { Command } from 'commander'
import { DbmedicError } from '../../core/errors.ts'
import type { Person } from '../../core/people.ts'
import type { SignInPort } from '../../core/sign-in-port.ts'
import { askLine } from '../ask.ts'
import { globals, identify, Refused, serveOf, withInstallation } from '../context.ts'
import { print, table, utc } from '../terminal.ts'
import { signing } from './signing.ts'

/** Characters of a reason, as the store has it. */
const REASON_MOST = 500

/** Adds the commands to `users`. */
export function addPersonRecords(users: Command): void {
  addErase(users)
  addExport(users)
}

interface EraseOptions {
  readonly as: string
  readonly reason: string
  readonly yes: boolean
}

function addErase(users: Command): void {
  users
    .command('erase')
    .argument('<user>', 'a login of the person')
    .requiredOption('--as <admin>', 'another administrator')
    .requiredOption('--reason <text>', 'why; it stays on the audit chain, so leave the person’s name out')
    .option('--yes', 'do not ask for the login to be typed again', false)
    .description(
      'erase a person for good: every login is shut out, name, password, second factor, passkeys, sessions and tokens go, the key that seals their name on the audit chain is destroyed. Votes and runs stay under the login',
    )
    .action((user: string, options: EraseOptions, command: Command) =>
      withInstallation(command, async (installation) => {
        const reason = reasonOf(options)
        const port = serveOf(installation)
        const signIn = signInOf(installation.store.signIn)
        const people = await port.read.people()
        const signer = await signing(installation, await identify(options.as))
        const logins = loginsOfPerson(people, user)
        requireOther(people, logins, signer.userName)
        if (!options.yes) await requireTyped(user, logins)
        for (const { userName } of logins.filter((each) => each.active))
          await port.changeUser(userName, { active: false }, signer)
        const done = await signIn.erasePerson({ userName: user, by: signer.userName, reason })
        print(globals(command).json, done, () =>
          [
            `Person ${done.personId} is erased${done.userNames.length > 0 ? ` (${done.userNames.join(', ')})` : ''}. No login of theirs is ever let in again.`,
            'Kept under the login: votes, runs, registrations with the public key, reasons they wrote. Links of the chain from before migration 0020 hold the name and addresses as they were.',
            `Backups of the store${logins.length > 0 ? ` and the key file of ${user} in a keyring` : ''} are yours to remove.`,
          ].join('\n'),
        )
      }),
    )
}

/** Before anything is shut out. @throws DbmedicError DBM_USAGE for one the store would not take */
function reasonOf({ reason }: EraseOptions): string {
  const trimmed = reason.trim()
  if (trimmed !== '' && trimmed.length <= REASON_MOST) return trimmed
  throw new DbmedicError('DBM_USAGE', {
    problem: `--reason takes 1 to ${REASON_MOST} characters`,
    hint: 'Say why in a sentence; it stays on the audit chain.',
  })
}

/** Sign-in records. @throws DbmedicError DBM_USAGE without an account of the serve role */
function signInOf(signIn: SignInPort | null): SignInPort {
  if (signIn !== null) return signIn
  throw new DbmedicError('DBM_USAGE', {
    problem: 'this process has no account for the serve role',
    hint: 'Give store credentials of the serve role.',
  })
}

/** Every login of the person behind one; none for somebody who was invited and never registered. */
function loginsOfPerson(people: readonly Person[], user: string): readonly Person[] {
  const known = people.find((each) => each.userName.toLowerCase() === user.toLowerCase())
  return known === undefined ? [] : people.filter((each) => each.personId === known.personId)
}

/** Before anything is shut out: the store would refuse the last of it, with the first done. */
function requireOther(people: readonly Person[], logins: readonly Person[], admin: string): void {
  const personId = logins[0]?.personId
  const isOwn = people.some(
    (each) => each.personId === personId && each.userName.toLowerCase() === admin.toLowerCase(),
  )
  if (!isOwn) return
  throw new Refused({
    refused: true,
    code: 'DBM_USAGE',
    because: `${admin} is a login of the person to be erased`,
    toProceed: 'Another administrator does it; one always stays.',
  })
}

async function requireTyped(user: string, logins: readonly Person[]): Promise<void> {
  const others = logins.map((each) => each.userName)
  const typed = await askLine(
    `This cannot be undone. It erases the person behind ${others.length > 0 ? others.join(', ') : user}. Type ${user} to go on:`,
  )
  if (typed.trim() === user) return
  throw new Refused({
    refused: true,
    code: 'DBM_USAGE',
    because: `what was typed is not ${user}; nobody was erased`,
    toProceed: 'Run it again, or add --yes.',
  })
}

function addExport(users: Command): void {
  users
    .command('export')
    .argument('<user>', 'a login of the person')
    .description(
      'show what is kept of a person, table by table; every row with --json. Secrets are left out, words other people wrote are not searched',
    )
    .action((user: string, _options: unknown, command: Command) =>
      withInstallation(command, async ({ store }) => {
        const kept = await signInOf(store.signIn).keptOf(user, true)
        print(globals(command).json, kept, () =>
          [
            `Person ${kept.personId}: ${kept.userNames.join(', ') || 'no login'}${kept.erasure === null ? '' : `, erased ${utc(kept.erasure.erasedAt)} by ${kept.erasure.erasedBy}: ${kept.erasure.reason}`}`,
            table(
              ['TABLE', 'ROWS', 'WHAT A ROW IS'],
              kept.tables.map((each) => [
                each.table,
                `${each.rows.length}${each.hasMore ? '+' : ''}`,
                each.purpose,
              ]),
              'Nothing is kept.',
            ),
            'Every row: add --json.',
          ].join('\n'),
        )
      }),
    )
}
