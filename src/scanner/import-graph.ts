/** Which of a repository's scripts import which, by a look at their texts. Read only when first asked for. */
import { Modules } from './modules.ts'
import type { SourceFiles } from './source-files.ts'
import { Within } from './within.ts'

/** Specifiers of imports, re-exports, requires and dynamic imports that begin with a dot. */
const SPECIFIER = /(?:\bfrom|\bimport|\brequire)\s*\(?\s*['"](\.[^'"\n]{0,300})['"]/g

/** The specifiers of a text that begin with a dot, each once. */
export const specifiersIn = (text: string): readonly string[] => [
  ...new Set([...text.matchAll(SPECIFIER)].map((each) => each[1] ?? '')),
]

/** The importers of a repository's scripts. */
export class ImportGraph {
  readonly #root: string
  readonly #files: SourceFiles
  readonly #scripts: readonly string[]
  readonly #specifiersOf: (path: string) => readonly string[]
  #byTarget: ReadonlyMap<string, readonly string[]> | null = null
  #outside: readonly string[] = []

  /** @param given - absolute paths of the scripts, and the specifiers of each */
  constructor(
    root: string,
    files: SourceFiles,
    given: {
      readonly scripts: readonly string[]
      readonly specifiersOf: (path: string) => readonly string[]
    },
  ) {
    this.#root = root
    this.#files = files
    this.#scripts = given.scripts
    this.#specifiersOf = given.specifiersOf
  }

  /** Scripts that import a file, in order of their paths. */
  of(path: string): readonly string[] {
    this.#byTarget ??= this.#read()
    return this.#byTarget.get(path) ?? []
  }

  /** What scripts import from outside of the root; none until {@link of} was asked. */
  outside(): readonly string[] {
    return this.#outside
  }

  #read(): ReadonlyMap<string, readonly string[]> {
    const within = new Within(this.#root, this.#files)
    const modules = new Modules(undefined, within)
    const found = new Map<string, string[]>()
    for (const script of this.#scripts) {
      const targets = new Set(this.#specifiersOf(script).map((each) => modules.pathOf(each, script)))
      for (const target of targets) {
        if (target === null) continue
        const list = found.get(target)
        if (list === undefined) found.set(target, [script])
        else list.push(script)
      }
    }
    this.#outside = within.outside()
    return found
  }
}
