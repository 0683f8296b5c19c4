/** A database server's program out of Debian's packages, in the cache; see `debian-packages.ts`. */
import { cachedFolder } from './cache.ts'
import {
  type DebianSuite,
  type Loader,
  loaderOf,
  type PackageSet,
  UNPACK_MS,
  unpackPackages,
  wrapProgram,
} from './debian-packages.ts'
import { SERVER_VARIABLES, type ServerFlavour, unpackedProgram, unpackedRoot } from './find-servers.ts'

const PACKAGES = {
  mariadb: ['mariadb-server-core', 'mariadb-client-core'],
  mysql: ['mysql-server-core'],
} as const
const PROGRAMS = ['usr/sbin/mysqld', 'usr/sbin/mariadbd', 'usr/bin/my_print_defaults', 'usr/bin/resolveip']
const NOT_NEEDED = /^(perl|libperl|libdbi|libdbd)/

/**
 * Unpacks a flavour's server into the cache (about 60 MB to fetch, 250 MB on disk) and returns its program;
 * at once when it is there. Throws DBM_LAB_UNPACK_FAILED where apt, the architecture or the network will not have it.
 */
export async function unpackServer(flavour: ServerFlavour, suite: DebianSuite): Promise<string> {
  const root = await cachedFolder(unpackedRoot(flavour), UNPACK_MS, async (partial) => {
    const found = await machineArchitecture(flavour)
    await unpackPackages(packageSet(flavour, suite), partial)
    await wrapPrograms(partial, found)
  })
  return unpackedProgram(root, flavour)
}

/** This machine's loader. Throws DBM_LAB_UNPACK_FAILED where there is no dpkg or the architecture is not known. */
export function machineArchitecture(flavour: ServerFlavour): Promise<Loader> {
  return loaderOf(packageSet(flavour, 'own'))
}

/** Makes the server's programs below `root` start through the loader that was unpacked with them. */
export async function wrapPrograms(root: string, loader: Loader): Promise<void> {
  for (const program of PROGRAMS) await wrapProgram({ root, program, loader })
}

const packageSet = (flavour: ServerFlavour, suite: DebianSuite): PackageSet => ({
  packages: PACKAGES[flavour],
  suite,
  variable: SERVER_VARIABLES[flavour],
  leftOut: NOT_NEEDED,
})
