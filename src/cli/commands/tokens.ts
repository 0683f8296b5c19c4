/** tokens: what scripts ask the API with; made, listed and revoked where the store is. */
import { type Command, InvalidArgumentError } from 'commander'
import { proveIdentity } from '../../app/index.ts'
import { TOKEN_SCOPES, type TokenScope } from '../../core/sign-in-port.ts'
import { rightMissing } from '../../server/context.ts'
import { holds, type Identity } from '../../server/rights.ts'
import { digestOf, newSecret, TOKEN_PREFIX } from '../../server/secrets.ts'
import { found, globals, idArgument, identify, serveOf, withInstallation } from '../context.ts'
import { signInOf } from '../sign-in-of.ts'
import { print, table, utc } from '../terminal.ts'
import { loginNamed, ownerOrAdministrator, workspaceNamed } from './roles.ts'

/** Adds `tokens`. */
export function addTokenCommands(program: Command): void {
  const tokens = program.command('tokens').description('what scripts ask the API with, instead of a password')
  addList(tokens)
  addNew(tokens)
  addRevoke(tokens)
}

function addList(tokens: Command): void {
  tokens
    .command('list', { isDefault: true })
    .argument('<user>', 'user name')
    .description('list the tokens of a user; their secrets are kept nowhere')
    .action((user: string, _options: unknown, command: Command) =>
      withInstallation(command, async (installation) => {
        const { userName } = await loginNamed(installation, user)
        const rows = await signInOf(installation.store).tokensOf(userName)
        const now = await installation.store.read.now()
        const stateOf = ({ revokedAt, expiresAt }: (typeof rows)[number]): string =>
          revokedAt === null ? (expiresAt <= now ? 'over' : 'good') : 'revoked'
        print(globals(command).json, rows, () =>
          table(
            ['TOKEN', 'NAME', 'WORKSPACE', 'MAY', 'UNTIL (UTC)', 'LAST USED (UTC)', 'STATE'],
            rows.map((each) => [
              String(each.tokenId),
              each.tokenName,
              String(each.workspaceId),
              each.scopes.join(','),
              utc(each.expiresAt),
              each.lastUsedAt === null ? 'never' : utc(each.lastUsedAt),
              stateOf(each),
            ]),
            `${userName} has no token.`,
          ),
        )
      }),
    )
}

/** Parses a list of scopes. */
function scopesOption(text: string): readonly TokenScope[] {
  const wanted = [...new Set(text.split(',').map((each) => each.trim()))]
  const scopes = TOKEN_SCOPES.filter((each) => wanted.includes(each))
  if (scopes.length === wanted.length) return scopes
  throw new InvalidArgumentError(`write it as read,audit; there are ${TOKEN_SCOPES.join(', ')}`)
}

/** Parses a number of days a token may hold, as the API has it. */
function daysOption(text: string): number {
  if (/^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= 366) return Number(text)
  throw new InvalidArgumentError('a token holds for 1 to 366 days')
}

interface NewTokenOptions {
  readonly scopes: readonly TokenScope[]
  readonly days: number
  readonly in?: string
  readonly as?: string
}

function addNew(tokens: Command): void {
  tokens
    .command('add')
    .argument('<name>', 'what it is for')
    .requiredOption(
      '--scopes <list>',
      'what it may, with commas: read, audit, metrics, ask, stop, release, vote',
      scopesOption,
    )
    .option('--days <n>', 'how long it holds', daysOption, 90)
    .option('--in <workspace>', 'name or number of a workspace (default: the first)')
    .option('--as <user>', 'whose it is: your user name (or DBMEDIC_USER)')
    .description('make a token of yours; it is printed this once, and never may more than you')
    .action((tokenName: string, options: NewTokenOptions, command: Command) =>
      withInstallation(command, async (installation) => {
        const signIn = signInOf(installation.store)
        const { workspaceId } = await workspaceNamed(installation, options.in)
        const who = await identify(options.as)
        const person = await proveIdentity(installation.config, serveOf(installation), who)
        const memberships = (await signIn.memberships()).filter(
          ({ userName }) => userName.toLowerCase() === person.userName.toLowerCase(),
        )
        const identity: Identity = { person, memberships, token: null, session: null }
        const missing = options.scopes.find((scope) => !person.active || !holds(identity, scope, workspaceId))
        if (missing !== undefined) throw rightMissing(identity, missing, workspaceId)
        const token = `${TOKEN_PREFIX}${newSecret()}`
        const { userName } = person
        const tokenId = await signIn.addToken({
          tokenDigest: digestOf(token),
          userName,
          workspaceId,
          tokenName: tokenName.trim().slice(0, 100),
          scopes: options.scopes,
          lifetimeSeconds: options.days * 86_400 - 1,
        })
        print(globals(command).json, { tokenId, token }, () =>
          [`Token ${tokenId} of ${userName}, shown this once; keep it in a file of mode 600:`, token].join(
            '\n',
          ),
        )
      }),
    )
}

function addRevoke(tokens: Command): void {
  tokens
    .command('revoke')
    .argument('<user>', 'whose it is')
    .argument('<token>', 'number of the token')
    .option('--as <user>', 'the owner or an administrator (or DBMEDIC_USER)')
    .description('end a token at once')
    .action((...[user, text, options, command]: [string, string, { as?: string }, Command]) =>
      withInstallation(command, async (installation) => {
        const signIn = signInOf(installation.store)
        const tokenId = idArgument(text, 'a token')
        const { userName } = await loginNamed(installation, user)
        const by = await ownerOrAdministrator(installation, { userName, as: options.as })
        const own = (await signIn.tokensOf(userName)).some((each) => each.tokenId === tokenId)
        const revoked = own && (await signIn.revokeToken(tokenId, by))
        found(revoked ? true : null, 'token', text)
        print(
          globals(command).json,
          { revoked: tokenId },
          () => `Token ${tokenId} of ${userName} is revoked.`,
        )
      }),
    )
}
