/**
 * Brings a server program to a machine that has none: from Debian's packages as the system administrator,
 * else as a private copy, else out of a container image. It starts no service and says what it does first.
 */
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DbmedicError } from '../../core/errors.ts'
import { cachedFolder } from './cache.ts'
import { runCommand } from './command.ts'
import {
  findServer,
  forgetServers,
  isAvailable,
  type MissingServer,
  type ServerBinary,
  unpackedRoot,
} from './find-servers.ts'
import { machineArchitecture, unpackServer, wrapPrograms } from './unpack-debian.ts'

/** Called with one line before each step that takes time or changes the machine. */
export type Say = (line: string) => void

const INSTALL_MS = 600_000
/** They hold `mariadbd`, `mariadb-install-db` and `my_print_defaults`; unlike `mariadb-server` they start no service. */
const APT_PACKAGES = ['mariadb-server-core', 'mariadb-client-core']
const IMAGE = 'mariadb:10.11'

/**
 * Finds a MariaDB, else installs one by the first way that works: apt (as root, or by sudo without a
 * password), a private copy of the packages, a container image's files. Says what it is about to do; when no
 * way works, `missing` names each way's reason and the exact command for this platform.
 */
export async function ensureMariadb(say: Say): Promise<ServerBinary | MissingServer> {
  const found = await findServer('mariadb')
  if (isAvailable(found) || process.env.DBMEDIC_MARIADBD) return found
  const reasons: string[] = []
  for (const way of [byApt, byPrivateCopy, byImage]) {
    const reason = await way(say)
    forgetServers()
    const now = await findServer('mariadb')
    if (isAvailable(now)) return now
    if (reason !== undefined) reasons.push(reason)
  }
  return { flavour: 'mariadb', missing: [...reasons, `install it yourself: ${platformCommand()}`].join('; ') }
}

/**
 * Finds a MySQL, else unpacks Debian's newest into the cache. When it cannot be had, `missing` says why.
 */
export async function ensureMysql(say: Say): Promise<ServerBinary | MissingServer> {
  const found = await findServer('mysql')
  if (isAvailable(found) || process.env.DBMEDIC_MYSQLD || process.platform !== 'linux') return found
  say(
    `Unpacking a private copy of MySQL into ${unpackedRoot('mysql')} (60 MB to fetch; nothing is installed)`,
  )
  const reason = await attempt('the private copy', () => unpackServer('mysql', 'sid'))
  forgetServers()
  const now = await findServer('mysql')
  return isAvailable(now) ? now : { flavour: 'mysql', missing: reason ?? now.missing }
}

/** What the person at this machine types to install MariaDB themselves. */
export function platformCommand(platform: NodeJS.Platform = process.platform): string {
  if (platform === 'darwin') return 'brew install mariadb'
  if (platform === 'win32')
    return 'winget install MariaDB.Server, then set DBMEDIC_MARIADBD to its bin\\mariadbd.exe'
  return `sudo apt-get install ${APT_PACKAGES.join(' ')} (Debian, Ubuntu), sudo dnf install mariadb-server (Fedora)`
}

type Way = (say: Say) => Promise<string | undefined>

const byApt: Way = (say) => aptInstall(APT_PACKAGES, say)

/**
 * Installs Debian's packages as root or by sudo without a password, after saying so; why it could not, or undefined.
 * Names are ours, never a user's.
 */
export async function aptInstall(packages: readonly string[], say: Say): Promise<string | undefined> {
  if ((await runCommand('apt-get', ['--version'])).status !== 0) return 'there is no apt-get'
  const root = process.getuid?.() === 0
  if (!root && (await runCommand('sudo', ['-n', 'true'])).status !== 0)
    return 'apt needs root, and sudo asks for a password'
  const apt = (args: readonly string[]) =>
    runCommand(root ? 'apt-get' : 'sudo', root ? args : ['-n', 'apt-get', ...args], {
      timeoutMs: INSTALL_MS,
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    })
  say(`Installing ${packages.join(' ')} with apt (programs only: no service is started)`)
  const install = ['install', '-qq', '-y', '--no-install-recommends', ...packages]
  if ((await apt(install)).status === 0) return undefined
  const updated = await apt(['update', '-qq'])
  const result = updated.status === 0 ? await apt(install) : updated
  return result.status === 0 ? undefined : `apt: ${lastLine(result.output)}`
}

const byPrivateCopy: Way = async (say) => {
  if ((await runCommand('apt-get', ['--version'])).status !== 0) return undefined
  say(
    `Unpacking a private copy of MariaDB into ${unpackedRoot('mariadb')} (30 MB to fetch; nothing is installed)`,
  )
  return attempt('the private copy', () => unpackServer('mariadb', 'own'))
}

/** The files of the image run as an ordinary process of this machine, so only a Linux machine can use them. */
const byImage: Way = async (say) => {
  const engine = await runCommand('docker', ['info', '--format', '{{.OSType}}'], { timeoutMs: 10_000 })
  if (engine.status !== 0) return 'no Docker engine answers'
  if (process.platform !== 'linux') return undefined
  say(`Copying the server out of the image ${IMAGE} into ${unpackedRoot('mariadb')}`)
  return attempt(`the image ${IMAGE}`, () => cachedFolder(unpackedRoot('mariadb'), INSTALL_MS, copyFromImage))
}

async function copyFromImage(folder: string): Promise<void> {
  const loader = await machineArchitecture('mariadb')
  const name = `dbmedic-copy-${process.pid}`
  await mustRun('docker', ['create', '--name', name, IMAGE])
  try {
    const archive = join(folder, 'image.tar')
    await mustRun('docker', ['export', '--output', archive, name])
    await mkdir(join(folder, 'usr'), { recursive: true })
    await mustRun('tar', [
      '-xf',
      archive,
      '-C',
      folder,
      '--no-same-owner',
      'usr/bin',
      'usr/sbin',
      'usr/lib',
      'usr/share',
    ])
    await rm(archive)
  } finally {
    await runCommand('docker', ['rm', '--force', name])
  }
  await wrapPrograms(folder, loader)
}

async function mustRun(program: string, args: readonly string[]): Promise<void> {
  const { status, output } = await runCommand(program, args, { timeoutMs: INSTALL_MS })
  if (status !== 0) throw new Error(lastLine(output))
}

async function attempt(what: string, run: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await run()
    return undefined
  } catch (error) {
    const detail = error instanceof DbmedicError ? ` (${lastLine(error.detail)})` : ''
    return `${what}: ${error instanceof Error ? error.message : String(error)}${detail}`
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? ''
}
