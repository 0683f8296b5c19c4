/** workspaces: groups of targets under one set of people. */
import type { Command } from 'commander'
import { DbmedicError } from '../../core/errors.ts'
import { administrator, globals, identify, withInstallation } from '../context.ts'
import { signInOf } from '../sign-in-of.ts'
import { print, table } from '../terminal.ts'

/** Adds `workspaces`. */
export function addWorkspaceCommands(program: Command): void {
  const workspaces = program.command('workspaces').description('groups of targets under one set of people')
  workspaces
    .command('list', { isDefault: true })
    .description('list the workspaces')
    .action((_options: unknown, command: Command) =>
      withInstallation(command, async ({ store }) => {
        const rows = await signInOf(store).workspaces()
        print(globals(command).json, rows, () =>
          table(
            ['NUMBER', 'WORKSPACE'],
            rows.map((each) => [String(each.workspaceId), each.workspaceName]),
            'There are none.',
          ),
        )
      }),
    )
  workspaces
    .command('add')
    .argument('<name>', 'name of the workspace')
    .requiredOption('--as <admin>', 'an administrator, who administers it')
    .description(
      'add a workspace; targets name it in dbmedic.yaml, people get roles in it: dbmedic users give',
    )
    .action((name: string, options: { as: string }, command: Command) =>
      withInstallation(command, async (installation) => {
        const signIn = signInOf(installation.store)
        const { userName } = await administrator(installation, await identify(options.as))
        if ((await signIn.workspaces()).some((each) => each.workspaceName === name))
          throw new DbmedicError('DBM_USAGE', {
            problem: `there is a workspace ${name} already`,
            hint: 'Choose another name; those taken: dbmedic workspaces',
          })
        const workspaceId = await signIn.addWorkspace(name, userName)
        print(
          globals(command).json,
          { workspaceId, workspaceName: name },
          () => `Workspace ${name} has number ${workspaceId}; ${userName} administers it.`,
        )
      }),
    )
}
