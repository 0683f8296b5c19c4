/**
 * A server program from Debian's packages in a folder of our own, with the C library it was built against:
 * nothing on the machine is installed or changed, and no root is needed. The packages' signatures are checked.
 */
import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DbmedicError } from '../../core/errors.ts'
import { cachedFolder } from './cache.ts'
import { runCommand } from './command.ts'
import { SERVER_VARIABLES, type ServerFlavour, unpackedProgram, unpackedRoot } from './find-servers.ts'

const UNPACK_MS = 300_000
const PACKAGES = {
  mariadb: ['mariadb-server-core', 'mariadb-client-core'],
  mysql: ['mysql-server-core'],
} as const

/** Where packages come from: the machine's own sources, or Debian's newest, which alone has MySQL. */
export type DebianSuite = 'own' | 'sid'

/** The loader's file name and the library folders' last part, by Debian architecture; other architectures are refused. */
const LOADERS: Readonly<Record<string, Loader>> = {
  amd64: { loader: 'ld-linux-x86-64.so.2', triplet: 'x86_64-linux-gnu' },
  arm64: { loader: 'ld-linux-aarch64.so.1', triplet: 'aarch64-linux-gnu' },
}
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
const NOT_NEEDED = /^(perl|libperl|libdbi|libdbd)/

/**
 * Unpacks a flavour's server into the cache (about 60 MB to fetch, 250 MB on disk) and returns its program;
 * at once when it is there. Throws DBM_LAB_UNPACK_FAILED where apt, the architecture or the network will not have it.
 */
export async function unpackServer(flavour: ServerFlavour, suite: DebianSuite): Promise<string> {
  const root = await cachedFolder(unpackedRoot(flavour), UNPACK_MS, async (partial) => {
    const work = join(partial, 'apt')
    const found = await machineArchitecture(flavour)
    const run = runner(flavour, await privateApt(flavour, suite, work))
    await run('apt-get', ['update', '-qq'])
    await run('apt-get', ['install', '-qq', '-y', '--download-only', ...PACKAGES[flavour]])
    const archives = join(work, 'archives')
    for (const name of await readdir(archives)) {
      if (!name.endsWith('.deb') || NOT_NEEDED.test(name)) continue
      await run('dpkg', ['-x', join(archives, name), partial])
    }
    await rm(work, { recursive: true })
    await rm(join(partial, 'usr/share/doc'), { recursive: true, force: true })
    await wrapPrograms(partial, found)
  })
  return unpackedProgram(root, flavour)
}

/** The dynamic loader of one architecture. */
export interface Loader {
  readonly loader: string
  readonly triplet: string
}

/** This machine's loader. Throws DBM_LAB_UNPACK_FAILED where there is no dpkg or the architecture is not known. */
export async function machineArchitecture(flavour: ServerFlavour): Promise<Loader> {
  const { status, output } = await runCommand('dpkg', ['--print-architecture'])
  if (status !== 0) throw failed(flavour, 'this machine has no dpkg', output)
  const name = output.trim()
  const loader = LOADERS[name]
  if (!loader)
    throw failed(flavour, `the architecture ${name} is not one of ${Object.keys(LOADERS).join(', ')}`, '')
  return loader
}

/** An apt that knows no installed package (so every library comes along) and writes only below `work`. */
async function privateApt(
  flavour: ServerFlavour,
  suite: DebianSuite,
  work: string,
): Promise<Record<string, string>> {
  await mkdir(join(work, 'lists/partial'), { recursive: true })
  await mkdir(join(work, 'archives/partial'), { recursive: true })
  await writeFile(join(work, 'status'), '')
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
  if (suite === 'sid') {
    if (!existsSync(KEYRING))
      throw failed(flavour, `${KEYRING} is needed to check signatures and is not here`, '')
    const source = join(work, 'sources.list')
    await writeFile(source, `deb [signed-by=${KEYRING}] ${await mirror()} sid main\n`)
    lines.push(`Dir::Etc::sourcelist "${source}";`, 'Dir::Etc::sourceparts "/dev/null";')
  }
  await writeFile(join(work, 'apt.conf'), `${lines.join('\n')}\n`)
  return { APT_CONFIG: join(work, 'apt.conf'), DEBIAN_FRONTEND: 'noninteractive' }
}

/** The Debian mirror this machine already uses, else Debian's own address. */
async function mirror(): Promise<string> {
  const deb822 = await readFile('/etc/apt/sources.list.d/debian.sources', 'utf8').catch(() => '')
  const list = await readFile('/etc/apt/sources.list', 'utf8').catch(() => '')
  const found = /^URIs:\s*(\S+)/m.exec(deb822) ?? /^deb\s+(?:\[[^\]]*\]\s+)?(\S+\/debian\/?)\s/m.exec(list)
  return found?.[1] ?? 'http://deb.debian.org/debian'
}

/**
 * Puts in front of each program a two-line script that starts it through the unpacked loader. `exec` keeps
 * the process id, so that stopping by pid reaches the server itself.
 */
export async function wrapPrograms(root: string, { loader, triplet }: Loader): Promise<void> {
  // Debian 12 packages the C library under /lib, later ones under /usr/lib.
  const folders = ['usr/lib', 'lib'].map((folder) => `${folder}/${triplet}`)
  const home = folders.find((folder) => existsSync(join(root, folder, loader))) ?? 'usr/lib'
  const libraries = folders.map((folder) => `$root/${folder}`).join(':')
  const programs = ['usr/sbin/mysqld', 'usr/sbin/mariadbd', 'usr/bin/my_print_defaults', 'usr/bin/resolveip']
  for (const program of programs) {
    const path = join(root, program)
    if (!existsSync(path)) continue
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
}

/** Runs programs that must succeed, all with the same environment. */
function runner(flavour: ServerFlavour, env: Record<string, string>) {
  return async (program: string, args: readonly string[]): Promise<void> => {
    const { status, output } = await runCommand(program, args, { env, timeoutMs: UNPACK_MS })
    if (status !== 0) throw failed(flavour, `${program} ${args[0]} did not succeed`, output)
  }
}

function failed(flavour: ServerFlavour, problem: string, output: string): DbmedicError {
  return new DbmedicError('DBM_LAB_UNPACK_FAILED', {
    package: PACKAGES[flavour].join(' '),
    problem,
    log: output.trim().split('\n').slice(-8).join('\n'),
    variable: SERVER_VARIABLES[flavour],
  })
}
