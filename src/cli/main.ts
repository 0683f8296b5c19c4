/** The command line of dbmedic. One file a group of commands; this one only assembles them. */
import { Command, CommanderError, Option } from 'commander'
import { VERSION } from '../app/index.ts'
import { addActionCommands } from './commands/actions.ts'
import { addAfterRunCommands } from './commands/after-run.ts'
import { addAuditCommands } from './commands/audit.ts'
import { addCheckCommands } from './commands/check.ts'
import { addDecideCommands } from './commands/decide.ts'
import { addDemoCommand } from './commands/demo.ts'
import { addDismissCommand } from './commands/dismiss.ts'
import { addErrorCommands } from './commands/errors.ts'
import { addHookCommand } from './commands/hook.ts'
import { addIssueCommands } from './commands/issues.ts'
import { addLabCommand } from './commands/lab.ts'
import { addOfflineCommands } from './commands/offline.ts'
import { addPeopleCommands } from './commands/people.ts'
import { addRetentionCommands } from './commands/retention.ts'
import { addRunCommands } from './commands/run.ts'
import { addScanCommand } from './commands/scan.ts'
import { addStoreCommands } from './commands/store.ts'
import { addSuppressionCommands } from './commands/suppressions.ts'
import { addSwitchCommands } from './commands/switches.ts'
import { addTokenCommands } from './commands/tokens.ts'
import { addWishCommands } from './commands/wishes.ts'
import { addWorkspaceCommands } from './commands/workspaces.ts'
import { EXIT, stateError } from './context.ts'
import { requireRemoteable } from './remote/remoteable.ts'

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 wrong usage or input, 3 refused by a rule or a person’s right,
4 something was found (a missing capability, a broken audit chain, a finding of scan).
Times are UTC. Scripts: DBMEDIC_USER, DBMEDIC_PASSPHRASE, DBMEDIC_SERVER, DBMEDIC_TOKEN, NO_COLOR; every list takes --json.`

/** The program with all its commands. */
export function buildProgram(): Command {
  const program = new Command('dbmedic')
    .description('Heals databases, and never without a human’s consent.')
    .version(VERSION)
    .option('-c, --config <file>', 'configuration file', 'dbmedic.yaml')
    .option('--json', 'results as JSON on standard output', false)
    .option(
      '--server <url>',
      'work with the dbmedic that serves there (or DBMEDIC_SERVER), not with the store here',
    )
    .option('--token <token>', 'its token (or DBMEDIC_TOKEN; others on this machine may see an argument)')
    .option('--token-file <file>', 'a file with the token (or DBMEDIC_TOKEN_FILE)')
    .option('--workspace <number>', 'with --server: the workspace there (default: 1)')
    .addOption(
      new Option('--log-level <level>', 'log lines, on standard error')
        .choices(['debug', 'info', 'warn', 'error', 'silent'])
        .default('warn'),
    )
    .showSuggestionAfterError(true)
    .enablePositionalOptions(false)
    .exitOverride()
    // Errors are stated once, in one shape, by stateError: as text or, with --json, as JSON.
    .configureOutput({ outputError: () => undefined })
    .addHelpText('after', EXIT_CODES)
  program.hook('preAction', (_program, command) => requireRemoteable(command))
  addRunCommands(program)
  addCheckCommands(program)
  addIssueCommands(program)
  addDecideCommands(program)
  addAfterRunCommands(program)
  addDismissCommand(program)
  addSuppressionCommands(program)
  addPeopleCommands(program)
  addWorkspaceCommands(program)
  addTokenCommands(program)
  addSwitchCommands(program)
  addWishCommands(program)
  addActionCommands(program)
  addStoreCommands(program)
  addRetentionCommands(program)
  addAuditCommands(program)
  addOfflineCommands(program)
  addErrorCommands(program)
  addScanCommand(program)
  addHookCommand(program)
  addDemoCommand(program)
  addLabCommand(program)
  return program
}

/** Runs the command line; gives the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const program = buildProgram()
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    // Help and version end that way too; a group of commands without one prints its help and is wrong usage.
    if (error instanceof CommanderError && (error.exitCode === 0 || error.code === 'commander.help'))
      return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    return stateError(error, argv.includes('--json'))
  }
}

if (import.meta.main) {
  // A reader that went away (head, less) is no failure of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  process.exitCode = await main(process.argv.slice(2))
}
