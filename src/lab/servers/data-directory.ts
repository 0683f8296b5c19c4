/**
 * Data directories made once and copied: an empty one for each server version, and ones a caller loaded
 * with data. Copying takes a fraction of initialising.
 */
import { existsSync } from 'node:fs'
import { constants, cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DbmedicError } from '../../core/errors.ts'
import { cachedFolder, cacheRoot, dropUnused } from './cache.ts'
import { runCommand } from './command.ts'
import type { ServerBinary } from './find-servers.ts'
import { installationSettings, runAs, type Settings } from './settings.ts'

const INITIALISE_MS = 120_000
/** Part of the cache key: raise it when what an initialised directory holds changes. */
const TEMPLATE_REVISION = 1

/** The initialised, empty data directory of this server version; made on first use. Never start a server on it. */
export async function templateDirectory(binary: ServerBinary): Promise<string> {
  const name = `${binary.flavour}-${binary.version}-${TEMPLATE_REVISION}`
  const folder = await cachedFolder(join(cacheRoot(), 'data', name), INITIALISE_MS, async (partial) => {
    await dropUnused(join(cacheRoot(), 'data'))
    await (binary.flavour === 'mariadb' ? initialiseMariadb : initialiseMysql)(binary, partial)
  })
  return join(folder, 'data')
}

/**
 * Copies a data directory of a stopped server to `to`, sharing blocks where the file system can. The copy is a
 * server of its own: the identity file MySQL writes (`auto.cnf`, its server_uuid) is left out.
 */
export async function copyDataDirectory(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, mode: constants.COPYFILE_FICLONE, force: false, errorOnExist: true })
  await rm(join(to, 'auto.cnf'), { force: true })
}

async function initialiseMariadb(binary: ServerBinary, folder: string): Promise<void> {
  const script = installScript(binary)
  const user = runAs().user
  const result = await runCommand(
    script,
    [
      '--no-defaults',
      `--basedir=${binary.baseDir}`,
      `--datadir=${join(folder, 'data')}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      '--skip-name-resolve',
      '--innodb-log-file-size=16M',
      ...flags(installationSettings(binary)).filter((flag) => !flag.startsWith('--basedir')),
      ...(user === undefined ? [] : [`--user=${user}`]),
    ],
    { timeoutMs: INITIALISE_MS, env: await ownTemporaryDirectory(folder) },
  )
  if (result.status !== 0) throw initialiseFailed(binary, result.output)
}

async function initialiseMysql(binary: ServerBinary, folder: string): Promise<void> {
  const optionFile = join(folder, 'init.cnf')
  const settings: Settings = {
    ...installationSettings(binary),
    ...runAs(),
    datadir: join(folder, 'data'),
    innodb_redo_log_capacity: '8M',
    secure_file_priv: 'NULL',
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`)
  await writeFile(optionFile, ['[mysqld]', ...lines, ''].join('\n'))
  const result = await runCommand(binary.path, [`--defaults-file=${optionFile}`, '--initialize-insecure'], {
    timeoutMs: INITIALISE_MS,
    env: await ownTemporaryDirectory(folder),
  })
  if (result.status !== 0) throw initialiseFailed(binary, result.output)
}

/** Temporary files beside the data: a server that starts deletes the `#sql*` of others in a shared folder. */
async function ownTemporaryDirectory(folder: string): Promise<{ readonly TMPDIR: string }> {
  const TMPDIR = join(folder, 'tmp')
  await mkdir(TMPDIR, { recursive: true })
  return { TMPDIR }
}

function installScript(binary: ServerBinary): string {
  const folders = [
    dirname(binary.path),
    join(binary.baseDir, 'bin'),
    join(binary.baseDir, 'scripts'),
    '/usr/bin',
  ]
  const names = ['mariadb-install-db', 'mysql_install_db']
  const found = folders
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => existsSync(path))
  if (found) return found
  throw initialiseFailed(binary, `mariadb-install-db is not beside ${binary.path}`)
}

function flags(settings: Settings): string[] {
  return Object.entries(settings).map(([name, value]) => `--${name.replaceAll('_', '-')}=${value}`)
}

function initialiseFailed(binary: ServerBinary, output: string): DbmedicError {
  return new DbmedicError('DBM_LAB_SERVER_FAILED', {
    server: `${binary.flavour} ${binary.version} (${binary.path})`,
    problem: 'its data directory could not be initialised',
    log: output.trim().split('\n').slice(-15).join('\n'),
  })
}
