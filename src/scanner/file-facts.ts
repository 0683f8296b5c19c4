/** What is known of a file before its statements are read: its role, and which drivers it uses. */

import { dirname, join } from 'node:path'
import type { FileRole } from '../rules/index.ts'
import type { SqlDialect } from '../sql/index.ts'
import { DRIVERS, dialectNamed, driverPackage } from './drivers.ts'
import type { Module, Modules } from './modules.ts'
import { requireSpecifiers } from './require-specifiers.ts'
import { DISK, type SourceFiles } from './source-files.ts'

const TEST =
  /(^|\/)(__tests__|__mocks__|tests?|specs?|e2e|fixtures?|testing|cypress|benchmarks?|bench|examples?|docs?)\/|(^|[/._-])(test|tests|spec|e2e|bench|stories|examples?|demo|mock)\.[cm]?[jt]sx?$/i
const MIGRATION =
  /(^|\/)(migrations?|migrate|db-migrations|schema-migrations|drizzle)\/|(^|\/)\d{8,}[-_][\w.-]+\.[cm]?[jt]s$/i
const SCRIPT =
  /(^|\/)(seeds?|seeders?|scripts?|tools|bin|tasks|ops)\/|(^|\/|[._-])(seed|seeds|seeder|setup|migrate|reset)\.[cm]?[jt]s$/i

/** The role of a file by its path relative to the scanned folder. */
export function roleOf(path: string): FileRole {
  if (TEST.test(path)) return 'test'
  if (MIGRATION.test(path)) return 'migration'
  return SCRIPT.test(path) ? 'script' : 'code'
}

/** The drivers a project names in its package file, and the dialect of its libraries' settings. */
export interface ProjectFacts {
  readonly drivers: ReadonlySet<string>
  /** The one dialect all its drivers speak, or the one a setting names; null if there are several or none. */
  readonly dialect: SqlDialect | null
  /** Whether it hands tools to people's assistants (Model Context Protocol), which ask for whatever the people want. */
  readonly servesTools: boolean
}

const NO_PROJECT: ProjectFacts = { drivers: new Set(), dialect: null, servesTools: false }

/** Package files by folder. */
export class Projects {
  readonly #root: string
  readonly #files: SourceFiles
  readonly #known = new Map<string, ProjectFacts>()

  constructor(root: string, files: SourceFiles = DISK) {
    this.#root = root
    this.#files = files
  }

  /** The same facts in words that are equal where they are. */
  wordsOf(path: string): string {
    const { drivers, dialect, servesTools } = this.of(path)
    return JSON.stringify([[...drivers], dialect?.name ?? null, servesTools])
  }

  /** The facts of the nearest folder with a package file, from the file's own up to the scanned root. */
  of(path: string): ProjectFacts {
    return this.#folder(dirname(path))
  }

  #folder(folder: string): ProjectFacts {
    const known = this.#known.get(folder)
    if (known !== undefined) return known
    const own = read(folder, this.#files)
    const isTop = folder === this.#root || dirname(folder) === folder || !folder.startsWith(this.#root)
    const above = isTop ? NO_PROJECT : this.#folder(dirname(folder))
    const facts = own === null || (own.drivers.size === 0 && own.dialect === null) ? above : own
    this.#known.set(folder, facts)
    return facts
  }
}

function read(folder: string, files: SourceFiles): ProjectFacts | null {
  const manifest = files.text(join(folder, 'package.json'))
  if (manifest === null) return null
  let parsed: unknown
  try {
    parsed = JSON.parse(manifest)
  } catch {
    return null
  }
  const names = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'].flatMap(
    (field) => Object.keys(((parsed as Record<string, unknown> | null)?.[field] as object | undefined) ?? {}),
  )
  const drivers = new Set(names.flatMap((name) => driverPackage(name) ?? []))
  return {
    drivers,
    dialect: settingOf(folder, files) ?? onlyDialect(drivers),
    servesTools: names.some((name) => /^@modelcontextprotocol\/|^fastmcp$/.test(name)),
  }
}

function onlyDialect(drivers: Iterable<string>): SqlDialect | null {
  const found = new Map<string, SqlDialect>()
  for (const name of drivers) {
    const dialect = DRIVERS.get(name)?.dialect
    if (dialect != null) found.set(dialect.name === 'mariadb' ? 'mysql' : dialect.name, dialect)
  }
  return found.size === 1 ? ([...found.values()][0] ?? null) : null
}

/** Files whose settings name the dialect of a project. */
export const SETTINGS: readonly string[] = [
  'prisma/schema.prisma',
  'schema.prisma',
  'drizzle.config.ts',
  'drizzle.config.js',
  'knexfile.js',
  'knexfile.ts',
  'ormconfig.json',
]

function settingOf(folder: string, files: SourceFiles): SqlDialect | null {
  for (const name of SETTINGS) {
    const text = files.text(join(folder, name))
    const words = text?.matchAll(/\b(?:provider|client|dialect|type)["']?\s*[:=]\s*["'](\w[\w-]*)["']/g) ?? []
    for (const [, word = ''] of words) {
      const dialect = dialectNamed(word)
      if (dialect !== null) return dialect
    }
  }
  return null
}

/** Files an import is followed through, and imports of each. */
const DRIVER_DEPTH = 3
const IMPORTS_MAX = 20

/** The drivers modules use, each file looked at once for each distance it is reached at while one file is read. */
export class ModuleDrivers {
  readonly #modules: Modules
  readonly #known = new Map<string, ReadonlySet<string>>()

  constructor(modules: Modules) {
    this.#modules = modules
  }

  /** Another file is read. */
  begin(): void {
    this.#known.clear()
  }

  /** The drivers a module imports, itself or through files it imports, at most three files away. */
  of(module: Module, depth = 0): ReadonlySet<string> {
    const key = `${depth} ${module.path}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const found = new Set<string>()
    // What comes back to this file on a circle adds nothing.
    this.#known.set(key, found)
    const specifiers = requireSpecifiers(module.scopes.tree)
    for (const specifier of specifiers) {
      const name = driverPackage(specifier)
      if (name !== null) found.add(name)
    }
    if (found.size > 0 || depth >= DRIVER_DEPTH) return found
    for (const specifier of specifiers.slice(0, IMPORTS_MAX)) {
      const next = this.#modules.follow(specifier, module.path)
      if (next !== null) for (const name of this.of(next, depth + 1)) found.add(name)
    }
    return found
  }
}
