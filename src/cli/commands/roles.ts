/** users roles, give, take, sign-out: what a login is in the panel’s workspaces, and its signed-in browsers. */
import { type Command, Option } from 'commander'
import { type Installation, proveIdentity } from '../../app/index.ts'
import { MEMBER_ROLES, type MemberRole } from '../../core/member-roles.ts'
import type { Workspace } from '../../core/sign-in-port.ts'
import { rolesIn } from '../../server/rights.ts'
import { administrator, found, globals, identify, serveOf, withInstallation } from '../context.ts'
import { signInOf } from '../sign-in-of.ts'
import { print, table } from '../terminal.ts'

/** Adds the commands to `users`. */
export function addRoleCommands(users: Command): void {
  addList(users)
  addChange(users, true)
  addChange(users, false)
  addSignOut(users)
}

/** The login of a name, however its letters are cased. @throws DbmedicError DBM_NOT_FOUND */
export async function loginNamed(installation: Installation, name: string) {
  const people = await serveOf(installation).read.people()
  return found(
    people.find((each) => each.userName.toLowerCase() === name.toLowerCase()) ?? null,
    'user',
    name,
  )
}

/** A workspace by its name or number; the first where none is named. @throws DbmedicError DBM_NOT_FOUND */
export async function workspaceNamed(
  installation: Installation,
  name: string | undefined,
): Promise<Workspace> {
  const all = await signInOf(installation.store).workspaces()
  const wanted = name ?? '1'
  const named = all.find((each) => each.workspaceName === wanted || String(each.workspaceId) === wanted)
  return found(named ?? null, 'workspace', wanted)
}

function addList(users: Command): void {
  users
    .command('roles')
    .argument('[user]', 'only of this user')
    .description('list which roles users have in which workspace of the panel')
    .action((user: string | undefined, _options: unknown, command: Command) =>
      withInstallation(command, async (installation) => {
        const signIn = signInOf(installation.store)
        const only = user === undefined ? null : (await loginNamed(installation, user)).userName
        const [held, people] = [await signIn.memberships(), await serveOf(installation).read.people()]
        const workspaces = await signIn.workspaces()
        const rows = held
          .filter(({ userName }) => only === null || userName.toLowerCase() === only.toLowerCase())
          .map((each) => {
            const person = people.find(
              ({ userName }) => userName.toLowerCase() === each.userName.toLowerCase(),
            )
            const counts =
              person?.active === true && rolesIn({ person, memberships: [each] }, each.workspaceId).length > 0
            const named = workspaces.find(({ workspaceId }) => workspaceId === each.workspaceId)
            return { ...each, workspaceName: named?.workspaceName ?? String(each.workspaceId), counts }
          })
        print(globals(command).json, rows, () =>
          table(
            ['USER', 'WORKSPACE', 'ROLE', 'COUNTS'],
            rows.map((each) => [
              each.userName,
              each.workspaceName,
              each.role,
              each.counts ? 'yes' : 'no, the login has not that right',
            ]),
            'Nobody has a role. Give one: dbmedic users give NAME ROLE --as ADMIN',
          ),
        )
      }),
    )
}

interface RoleOptions {
  readonly as: string
  readonly in?: string
}

function addChange(users: Command, held: boolean): void {
  users
    .command(held ? 'give' : 'take')
    .argument('<user>', 'user name')
    .argument('<role>', `one of ${MEMBER_ROLES.join(', ')}`)
    .requiredOption('--as <admin>', 'an administrator')
    .addOption(new Option('--in <workspace>', 'name or number of a workspace (default: the first)'))
    .description(held ? 'give a user a role in the panel' : 'take a role in the panel from a user')
    .action((...[user, roleText, options, command]: [string, string, RoleOptions, Command]) =>
      withInstallation(command, async (installation) => {
        const role = found(MEMBER_ROLES.find((each) => each === roleText) ?? null, 'role', roleText)
        const { userName } = await loginNamed(installation, user)
        const { workspaceId, workspaceName } = await workspaceNamed(installation, options.in)
        const by = (await administrator(installation, await identify(options.as))).userName
        await signInOf(installation.store).setMembership({ userName, workspaceId, role, held, by })
        print(globals(command).json, { user: userName, workspaceId, role, held }, () =>
          says({ userName, workspaceName, role, held }),
        )
      }),
    )
}

const says = (of: {
  readonly userName: string
  readonly workspaceName: string
  readonly role: MemberRole
  readonly held: boolean
}): string => `${of.userName} is ${of.held ? '' : 'no longer '}${of.role} in workspace ${of.workspaceName}.`

function addSignOut(users: Command): void {
  users
    .command('sign-out')
    .argument('<user>', 'user name')
    .requiredOption('--as <admin>', 'an administrator, or the user')
    .description('end every signed-in browser of a user at once; tokens go on: dbmedic tokens revoke')
    .action((user: string, options: { as: string }, command: Command) =>
      withInstallation(command, async (installation) => {
        const { userName } = await loginNamed(installation, user)
        const by = await ownerOrAdministrator(installation, { userName, as: options.as })
        const ended = await signInOf(installation.store).endSessions(userName, { except: null }, by)
        print(
          globals(command).json,
          { user: userName, ended },
          () => `${ended} signed-in browsers of ${userName} were ended.`,
        )
      }),
    )
}

/** The name of who acts for a login: itself, or an administrator. @throws Refused, DbmedicError */
export async function ownerOrAdministrator(
  installation: Installation,
  { userName, as }: { readonly userName: string; readonly as: string | undefined },
): Promise<string> {
  const who = await identify(as)
  if (who.userName.toLowerCase() !== userName.toLowerCase())
    return (await administrator(installation, who)).userName
  return (await proveIdentity(installation.config, serveOf(installation), who)).userName
}
