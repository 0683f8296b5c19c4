/** start: runs the roles until told to stop. */
import { type Command, InvalidArgumentError } from 'commander'
import {
  createLog,
  type Installation,
  mirrorCatalogue,
  openInstallation,
  pinnedNow,
  runRoles,
  whenStoreUsable,
} from '../../app/index.ts'
import { ROLES, type Role } from '../../core/vocabulary.ts'
import type { RunningServer } from '../../server/index.ts'
import { configOf, globals } from '../context.ts'

/** Adds `start`. */
export function addRunCommands(program: Command): void {
  program
    .command('start')
    .description('run the loop: observe, reason, serve, act, learn; one log line a stage on standard error')
    .option('--role <roles>', 'only these roles, separated by commas', parseRoles, ROLES)
    .option('--for <seconds>', 'stop by itself after this many seconds', secondsOption)
    .action(start)
}

interface RunOptions {
  readonly role: readonly Role[]
  readonly for?: number
}

async function start(options: RunOptions, command: Command): Promise<void> {
  const own = globals(command)
  const level = command.getOptionValueSourceWithGlobals('logLevel') === 'default' ? 'info' : own.logLevel
  const log = createLog({ level })
  const config = configOf(own)
  const stop = new AbortController()
  const end = (signal: string): void => {
    log({ level: 'info', stage: 'start', message: 'stopping: what is running ends first', signal })
    stop.abort()
  }
  process.once('SIGINT', () => end('SIGINT'))
  process.once('SIGTERM', () => end('SIGTERM'))
  const timer = options.for === undefined ? null : setTimeout(() => end('--for'), options.for * 1000)
  const waiting = { config, log, signal: stop.signal }
  let installation: Installation | null = null
  let server: RunningServer | null = null
  try {
    const opened = await whenStoreUsable(() => openInstallation(config, log, options.role), waiting)
    installation = { ...opened, pinned: pinnedNow(own.config, config) }
    log({
      level: 'info',
      stage: 'start',
      message: 'started',
      roles: options.role.join(','),
      targets: config.targets.length,
      store: opened.store.dialect,
    })
    await whenStoreUsable(() => mirrorCatalogue(opened), waiting)
    server = await serving(installation, options.role)
    await runRoles(installation, options.role, stop.signal)
  } finally {
    if (timer !== null) clearTimeout(timer)
    await server?.close()
    await installation?.store.close()
  }
}

/** The API, where it is configured and this process has the role for it; says where, and how to begin. */
async function serving(installation: Installation, roles: readonly Role[]): Promise<RunningServer | null> {
  const { panel } = installation.config
  if (panel === null || !roles.includes('serve')) return null
  // Loaded here: no other command waits for it.
  const { startServer } = await import('../../server/index.ts')
  const server = await startServer(installation, panel)
  process.stdout.write(`Serving ${server.address}\n`)
  if (server.setUpLink !== null)
    process.stdout.write(
      `Nobody has a password yet. For an hour, and once, the first administrator is made here:\n  ${server.setUpLink}\n`,
    )
  return server
}

/** Seconds of an option, at most a day: a timer takes no more than 24.8 days. */
function secondsOption(text: string): number {
  const seconds = Number(text)
  if (text.trim() !== '' && seconds > 0 && seconds <= 86_400) return seconds
  throw new InvalidArgumentError('seconds are a number above 0, at most 86400')
}

function parseRoles(text: string): readonly Role[] {
  const roles = text.split(',').map((r) => r.trim())
  const unknown = roles.find((r) => !(ROLES as readonly string[]).includes(r))
  if (unknown !== undefined)
    throw new InvalidArgumentError(`there is no role “${unknown}”; roles are ${ROLES.join(', ')}`)
  return roles as readonly Role[]
}
