/** The files of a repository worth reading: what .gitignore leaves, without generated, vendored and minified ones. Bounded. */
import { join } from 'node:path'
import ignore, { type Ignore } from 'ignore'
import { DISK, type SourceEntry, type SourceFiles } from './source-files.ts'
import { COMPONENT_EXTENSIONS, SCRIPT_EXTENSIONS } from './tree.ts'

/** Largest file read, bytes. */
export const FILE_BYTES_MAX = 1024 * 1024
/** Files at most; the rest is named as skipped. */
export const FILES_MAX = 50_000
const DEPTH_MAX = 40

/** A file that was not read, and why. */
export interface Skipped {
  readonly file: string
  readonly because: string
}

/** What a walk found; paths are relative to the root, with `/`, sorted. */
export interface Walked {
  readonly scripts: readonly string[]
  readonly sql: readonly string[]
  readonly skipped: readonly Skipped[]
  /** Folders that were gone into, each with a `/` at its end; the root is ''. */
  readonly folders: readonly string[]
}

/** Folders that hold what others wrote or tools made. */
const FOLDERS = new Set(
  (
    'node_modules bower_components jspm_packages vendor vendors third_party third-party dist build out coverage .git .hg .svn ' +
    '.next .nuxt .svelte-kit .output .cache .turbo .parcel-cache .yarn .pnpm-store __generated__ generated .dbmedic target ' +
    '.venv venv storybook-static public/vendor'
  ).split(' '),
)
const GENERATED_NAME =
  /\.(min|bundle|chunk|generated|gen)\.[cm]?[jt]sx?$|\.d\.[cm]?ts$|-min\.js$|\.pnp\.[cm]?js$/i

/** Whether a folder of this name is never gone into. */
export const isPassedOver = (name: string): boolean => FOLDERS.has(name)

/** Walks a folder. Links are not followed. @throws the system's error if the folder itself cannot be read */
export function walk(root: string, files: SourceFiles = DISK): Walked {
  const found: Finding = { scripts: [], sql: [], skipped: [], folders: [] }
  const walker = new Walker(root, files, found)
  walker.folder('', [])
  return {
    scripts: found.scripts.sort(),
    sql: found.sql.sort(),
    skipped: found.skipped,
    folders: found.folders,
  }
}

/** What is found, while it is. */
interface Finding {
  readonly scripts: string[]
  readonly sql: string[]
  readonly skipped: Skipped[]
  readonly folders: string[]
}

interface Rules {
  /** Folder the rules are written for, relative, '' or ending in `/`. */
  readonly base: string
  readonly ignore: Ignore
}

class Walker {
  readonly #root: string
  readonly #files: SourceFiles
  readonly #found: Finding

  constructor(root: string, files: SourceFiles, found: Finding) {
    this.#root = root
    this.#files = files
    this.#found = found
  }

  folder(relative: string, outer: readonly Rules[], depth = 0): void {
    const entries = this.#entries(relative, depth)
    this.#found.folders.push(relative)
    const rules = this.#rulesOf(relative, entries, outer)
    const names = new Set(entries.map((each) => each.name))
    for (const entry of entries) {
      const path = relative + entry.name
      if (entry.kind === 'link' || isIgnored(path, entry.kind === 'folder', rules)) continue
      if (entry.kind === 'folder') {
        if (!FOLDERS.has(entry.name)) this.folder(`${path}/`, rules, depth + 1)
      } else if (entry.kind === 'file' && !isCompiled(entry.name, names)) this.#file(path)
    }
  }

  #entries(relative: string, depth: number): readonly SourceEntry[] {
    if (depth > DEPTH_MAX) return []
    try {
      return this.#files.list(join(this.#root, relative))
    } catch (error) {
      if (relative === '') throw error
      this.#found.skipped.push({ file: relative, because: codeOf(error) })
      return []
    }
  }

  #rulesOf(relative: string, entries: readonly SourceEntry[], outer: readonly Rules[]): readonly Rules[] {
    const own = entries.some((each) => each.name === '.gitignore' && each.kind === 'file')
    const text = own ? this.#files.text(join(this.#root, relative, '.gitignore')) : null
    return text === null ? outer : [...outer, { base: relative, ignore: ignore().add(text) }]
  }

  #file(path: string): void {
    const extension = path.slice(path.lastIndexOf('.') + 1).toLowerCase()
    const isSql = extension === 'sql'
    if (!isSql && !SCRIPT_EXTENSIONS.includes(extension) && !COMPONENT_EXTENSIONS.includes(extension)) return
    if (GENERATED_NAME.test(path)) return
    const { scripts, sql, skipped } = this.#found
    if (scripts.length + sql.length >= FILES_MAX) {
      skipped.push({ file: path, because: `more than ${FILES_MAX} files` })
      return
    }
    const size = this.#files.size(join(this.#root, path)) ?? 0
    if (size > FILE_BYTES_MAX)
      skipped.push({ file: path, because: `larger than ${FILE_BYTES_MAX / 1024} KiB` })
    else (isSql ? sql : scripts).push(path)
  }
}

/** `a.js` beside `a.ts` is what a compiler made of it. */
function isCompiled(name: string, names: ReadonlySet<string>): boolean {
  const [, stem, kind] = /^(.*)\.([cm]?)jsx?$/.exec(name) ?? []
  if (stem === undefined) return false
  return names.has(`${stem}.${kind}ts`) || names.has(`${stem}.${kind}tsx`)
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'cannot be read'

/** As git decides: the innermost file that says anything wins. */
function isIgnored(path: string, isFolder: boolean, rules: readonly Rules[]): boolean {
  for (const { base, ignore: own } of [...rules].reverse()) {
    const verdict = own.test(path.slice(base.length) + (isFolder ? '/' : ''))
    if (verdict.unignored) return false
    if (verdict.ignored) return true
  }
  return false
}

/** Marks tools leave in what they generate, near the beginning; and lines no person writes. */
export function isGenerated(text: string): boolean {
  const head = text.slice(0, 2000)
  if (/@generated\b|\bAUTO-?GENERATED\b|DO NOT (EDIT|MODIFY)\b/i.test(head)) return true
  const lines = text.length > 5_000 ? text.split('\n', 200) : []
  return lines.some((line) => line.length > 5_000)
}
