/** users change, new-key, link: what becomes of a login that is there. */
import { type Command, Option } from 'commander'
import { type Installation, keyOf, registrationSigner } from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import type { LoginChange, Person } from '../../core/people.ts'
import { digestOf, newSecret } from '../../server/secrets.ts'
import { askPassphrase } from '../ask.ts'
import { administrator, found, globals, identify, Refused, serveOf, withInstallation } from '../context.ts'
import { print } from '../terminal.ts'
import { keepAnAdministrator, signing } from './signing.ts'

/** A link holds this long, seconds. */
const LINK_SECONDS = 2 * 86_400

/** Adds the commands to `users`. */
export function addPeopleChanges(users: Command): void {
  addChange(users)
  addNewKey(users)
  addLink(users)
}

const yesOrNo = (flag: string, text: string): Option => new Option(flag, text).choices(['yes', 'no'])

interface ChangeOptions {
  readonly as: string
  readonly approves?: 'yes' | 'no'
  readonly administers?: 'yes' | 'no'
}

function addChange(users: Command): void {
  users
    .command('change')
    .argument('<user>', 'user name')
    .requiredOption('--as <admin>', 'an administrator')
    .addOption(yesOrNo('--approves <answer>', 'may approve'))
    .addOption(yesOrNo('--administers <answer>', 'may administer users and actions'))
    .description('change what a user may; the change is signed by the administrator')
    .action((user: string, options: ChangeOptions, command: Command) =>
      withInstallation(command, async (installation) => {
        const change = changeOf(options)
        const port = serveOf(installation)
        const people = await port.read.people()
        const known = await personNamed(people, user)
        if (change.mayAdminister === false) keepAnAdministrator(people, known)
        await port.changeUser(known.userName, change, await signing(installation, await identify(options.as)))
        const now = await personNamed(await port.read.people(), user)
        print(globals(command).json, now, () => rights(now))
      }),
    )
}

function changeOf({ approves, administers }: ChangeOptions): LoginChange {
  if (approves === undefined && administers === undefined)
    throw new DbmedicError('DBM_USAGE', {
      problem: 'nothing to change was named',
      hint: 'Add --approves yes|no, --administers yes|no, or both.',
    })
  return {
    ...(approves === undefined ? {} : { mayApprove: approves === 'yes' }),
    ...(administers === undefined ? {} : { mayAdminister: administers === 'yes' }),
  }
}

const rights = ({ userName, mayApprove, mayAdminister }: Person): string =>
  `${userName} ${mayApprove ? 'approves' : 'does not approve'} and ${mayAdminister ? 'administers' : 'does not administer'}.`

const personNamed = async (people: readonly Person[], user: string): Promise<Person> =>
  found(people.find((each) => each.userName.toLowerCase() === user.toLowerCase()) ?? null, 'user', user)

/** What is left to do where an administrator's own key was replaced. */
const saysPin = (userName: string): string =>
  `Where the executor pins the old key it goes on believing what that one signed. To pin the new one: dbmedic users pin ${userName}, then dbmedic users sign ${userName} --as ${userName}`

interface NewKeyOptions {
  readonly as: string
  readonly adminKeyring?: string
}

function addNewKey(users: Command): void {
  users
    .command('new-key')
    .argument('<user>', 'user name')
    .requiredOption('--as <admin>', 'the administrator who signs (passphrase: DBMEDIC_ADMIN_PASSPHRASE)')
    .option('--admin-keyring <folder>', 'where the administrator’s key is, if not in the keyring')
    .description(
      'register another key of a user: the one in the keyring, or a new one; move the old file away first. Votes of the old key that have not run count no more',
    )
    .action((user: string, options: NewKeyOptions, command: Command) =>
      withInstallation(command, (installation) => replaceKey(installation, command, { ...options, user })),
    )
}

async function replaceKey(
  installation: Installation,
  command: Command,
  { user, as, adminKeyring }: NewKeyOptions & { readonly user: string },
): Promise<void> {
  const { config } = installation
  const port = serveOf(installation)
  const known = await personNamed(await port.read.people(), user)
  const passphrase =
    process.env.DBMEDIC_ADMIN_PASSPHRASE ??
    (await askPassphrase(`Passphrase of ${as}: `, 'DBMEDIC_ADMIN_PASSPHRASE'))
  const signerConfig = adminKeyring === undefined ? config : { ...config, keyring: adminKeyring }
  const admin = { userName: as, passphrase }
  await administrator({ ...installation, config: signerConfig }, admin)
  const signer = await registrationSigner(signerConfig, admin)
  const key = await keyOf(config, await identify(known.userName))
  if (key.keyId === known.keyId)
    throw new Refused({
      refused: true,
      code: 'DBM_KEY_EXISTS',
      because: `the key of ${known.userName} in this keyring is the registered one`,
      toProceed: 'Move that file away first if the key is really to be replaced.',
    })
  await port.changeUser(known.userName, { key }, signer)
  const own = known.userName.toLowerCase() === as.toLowerCase()
  print(globals(command).json, { user: known.userName, keyId: key.keyId, before: known.keyId }, () =>
    [
      `${known.userName} signs with key ${key.keyId.slice(0, 16)}… from now on.`,
      ...(own ? [saysPin(known.userName)] : []),
    ].join('\n'),
  )
}

interface LinkOptions {
  readonly as: string
  readonly removeSecondFactor: boolean
  readonly removePasskeys: boolean
}

function addLink(users: Command): void {
  users
    .command('link')
    .argument('<user>', 'user name')
    .requiredOption('--as <admin>', 'an administrator')
    .option('--remove-second-factor', 'also remove the second factor, where it is lost', false)
    .option('--remove-passkeys', 'also remove every passkey, where they are lost or not theirs', false)
    .description(
      'print a one-time link with which a user sets a password for the panel; it holds for two days',
    )
    .action((user: string, options: LinkOptions, command: Command) =>
      withInstallation(command, async (installation) => {
        const { signIn } = installation.store
        const address = addressOf(installation)
        const { userName } = await personNamed(await serveOf(installation).read.people(), user)
        const by = (await administrator(installation, await identify(options.as))).userName
        const sent = newSecret()
        const linkDigest = digestOf(sent)
        await signIn?.addLink({ linkDigest, userName, by, lifetimeSeconds: LINK_SECONDS })
        const removed =
          options.removeSecondFactor && (await signIn?.removeSecondFactor(userName, by)) === true
        const passkeys = options.removePasskeys
          ? ((await signIn?.removePasskeys(userName, 'all', by)) ?? 0)
          : 0
        const link = `${address}/link#${sent}`
        const done = { user: userName, link, secondFactorRemoved: removed, passkeysRemoved: passkeys }
        print(globals(command).json, done, () =>
          [
            `Send this to ${userName}; it works once, within two days, and ends every session of theirs:`,
            link,
            ...(removed ? ['The second factor is removed.'] : []),
            ...(passkeys > 0 ? [`Passkeys removed: ${passkeys}.`] : []),
          ].join('\n'),
        )
      }),
    )
}

/** Where people reach the panel. */
function addressOf({ config: { panel } }: Installation): string {
  if (panel === null)
    throw new DbmedicError('DBM_USAGE', {
      problem: 'no panel is configured, so a link would lead nowhere',
      hint: 'Add `panel: {}` to dbmedic.yaml; see docs/api.md.',
    })
  return panel.publicUrl?.replace(/\/$/, '') ?? `http://${panel.listen}`
}
