/**
 * Debian's packages unpacked into a folder of our own, with the C library they were built against: nothing on
 * the machine is installed or changed, and no root is needed. The packages' signatures are checked.
 */
import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DbmedicError } from '../../core/errors.ts'
import { runCommand } from './command.ts'

/** Longest a single step may take, ms. */
export const UNPACK_MS = 300_000

/** Where packages come from: the machine's own sources, or Debian's newest, which alone has some programs. */
export type DebianSuite = 'own' | 'sid'

/** What is fetched, and how it is spoken of when it cannot be had. */
export interface PackageSet {
  readonly packages: readonly string[]
  readonly suite: DebianSuite
  /** The environment variable that names a program of one's own instead. */
  readonly variable: string
  /** Packages that count as installed, so that neither they nor what they alone need is fetched. Default: none. */
  readonly assumed?: readonly string[]
  /** File names of packages that are fetched, as apt wants them, and not unpacked. */
  readonly leftOut: RegExp
}

/** The dynamic loader of one architecture. */
export interface Loader {
  /** Its file name. */
  readonly loader: string
  /** Last part of the folders of libraries. */
  readonly triplet: string
}

/** By Debian architecture; others are refused. */
const LOADERS: Readonly<Record<string, Loader>> = {
  amd64: { loader: 'ld-linux-x86-64.so.2', triplet: 'x86_64-linux-gnu' },
  arm64: { loader: 'ld-linux-aarch64.so.1', triplet: 'aarch64-linux-gnu' },
}
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** Fetches and unpacks into an empty `folder`. Throws DBM_LAB_UNPACK_FAILED where apt or the network will not have it. */
export async function unpackPackages(set: PackageSet, folder: string): Promise<void> {
  const work = join(folder, 'apt')
  const run = runner(set, await privateApt(set, work))
  await run('apt-get', ['update', '-qq'])
  await run('apt-get', ['install', '-qq', '-y', '--download-only', ...set.packages])
  const archives = join(work, 'archives')
  for (const name of await readdir(archives)) {
    if (!name.endsWith('.deb') || set.leftOut.test(name)) continue
    await run('dpkg', ['-x', join(archives, name), folder])
  }
  await rm(work, { recursive: true })
  await rm(join(folder, 'usr/share/doc'), { recursive: true, force: true })
}

/** This machine's loader. Throws DBM_LAB_UNPACK_FAILED where there is no dpkg or the architecture is not known. */
export async function loaderOf(set: Pick<PackageSet, 'packages' | 'variable'>): Promise<Loader> {
  const { status, output } = await runCommand('dpkg', ['--print-architecture'])
  if (status !== 0) throw failed(set, 'this machine has no dpkg', output)
  const name = output.trim()
  const loader = LOADERS[name]
  if (!loader)
    throw failed(set, `the architecture ${name} is not one of ${Object.keys(LOADERS).join(', ')}`, '')
  return loader
}

/** A program inside an unpacked folder. */
export interface UnpackedProgram {
  readonly root: string
  /** Below the root, e.g. `usr/sbin/mysqld`. Where there is none, nothing is done. */
  readonly program: string
  readonly loader: Loader
  /** Folders of libraries besides the usual ones, below them. Default: none. */
  readonly folders?: readonly string[]
}

/**
 * Puts in front of the program a two-line script that starts it through the unpacked loader. `exec` keeps
 * the process id, so that stopping by pid reaches the server itself.
 */
export async function wrapProgram(wanted: UnpackedProgram): Promise<void> {
  const { root, program } = wanted
  const { loader, triplet } = wanted.loader
  const path = join(root, program)
  if (!existsSync(path)) return
  // Debian 12 packages the C library under /lib, later ones under /usr/lib.
  const usual = ['usr/lib', 'lib'].map((folder) => `${folder}/${triplet}`)
  const home = usual.find((folder) => existsSync(join(root, folder, loader))) ?? 'usr/lib'
  const folders = ['', ...(wanted.folders ?? []).map((name) => `/${name}`)]
  const libraries = usual.flatMap((folder) => folders.map((name) => `$root/${folder}${name}`)).join(':')
  await rm(`${path}.real`, { force: true })
  await rename(path, `${path}.real`)
  const name = program.slice(program.lastIndexOf('/') + 1)
  const script = [
    '#!/bin/sh',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's expansion, not ours
    'here="${0%/*}"; root="$here/../.."',
    `exec "$root/${home}/${loader}" --library-path "${libraries}" "$here/${name}.real" "$@"`,
    '',
  ].join('\n')
  await writeFile(path, script)
  await chmod(path, 0o755)
}

/** An apt that knows no installed package (so every library comes along) and writes only below `work`. */
async function privateApt(set: PackageSet, work: string): Promise<Record<string, string>> {
  await mkdir(join(work, 'lists/partial'), { recursive: true })
  await mkdir(join(work, 'archives/partial'), { recursive: true })
  await writeFile(join(work, 'status'), await statusOf(set))
  const lines = [
    `Dir::State::lists "${join(work, 'lists')}";`,
    `Dir::State::status "${join(work, 'status')}";`,
    `Dir::Cache "${work}";`,
    `Dir::Cache::archives "${join(work, 'archives')}";`,
    'Acquire::Languages "none";',
    // A mirror frozen at a date serves an index that has run out; its signature is still checked.
    'Acquire::Check-Valid-Until "false";',
    'Acquire::http::Timeout "30";',
    'Acquire::Retries "2";',
    'APT::Install-Recommends "false";',
    'APT::Sandbox::User "";',
  ]
  if (set.suite === 'sid') {
    if (!existsSync(KEYRING))
      throw failed(set, `${KEYRING} is needed to check signatures and is not here`, '')
    const source = join(work, 'sources.list')
    await writeFile(source, `deb [signed-by=${KEYRING}] ${await mirror()} sid main\n`)
    lines.push(`Dir::Etc::sourcelist "${source}";`, 'Dir::Etc::sourceparts "/dev/null";')
  }
  await writeFile(join(work, 'apt.conf'), `${lines.join('\n')}\n`)
  return { APT_CONFIG: join(work, 'apt.conf'), DEBIAN_FRONTEND: 'noninteractive' }
}

/** What dpkg would say of the packages that count as installed, at a version newer than any. */
async function statusOf(set: PackageSet): Promise<string> {
  if (set.assumed === undefined) return ''
  const { output } = await runCommand('dpkg', ['--print-architecture'])
  const about = (name: string): string =>
    [
      `Package: ${name}`,
      'Status: install ok installed',
      'Version: 9999',
      `Architecture: ${output.trim()}`,
      'Maintainer: nobody',
      'Description: counts as installed',
      '\n',
    ].join('\n')
  return set.assumed.map(about).join('')
}

/** The Debian mirror this machine already uses, else Debian's own address. */
async function mirror(): Promise<string> {
  const deb822 = await readFile('/etc/apt/sources.list.d/debian.sources', 'utf8').catch(() => '')
  const list = await readFile('/etc/apt/sources.list', 'utf8').catch(() => '')
  const found = /^URIs:\s*(\S+)/m.exec(deb822) ?? /^deb\s+(?:\[[^\]]*\]\s+)?(\S+\/debian\/?)\s/m.exec(list)
  return found?.[1] ?? 'http://deb.debian.org/debian'
}

/** Runs programs that must succeed, all with the same environment. */
function runner(set: PackageSet, env: Record<string, string>) {
  return async (program: string, args: readonly string[]): Promise<void> => {
    const { status, output } = await runCommand(program, args, { env, timeoutMs: UNPACK_MS })
    if (status !== 0) throw failed(set, `${program} ${args[0]} did not succeed`, output)
  }
}

function failed(
  set: Pick<PackageSet, 'packages' | 'variable'>,
  problem: string,
  output: string,
): DbmedicError {
  return new DbmedicError('DBM_LAB_UNPACK_FAILED', {
    package: set.packages.join(' '),
    problem,
    log: output.trim().split('\n').slice(-8).join('\n'),
    variable: set.variable,
  })
}
