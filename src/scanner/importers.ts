/** Which of the repository's files import which, and who calls what a file exports. Read only when first asked for. */

import { dirname, join } from 'node:path'
import type { Node } from 'oxc-parser'
import { type Calls, importOf, type Module, type Modules } from './modules.ts'
import { propertyOf } from './scopes.ts'
import type { SourceFiles } from './source-files.ts'

/** Files that import one other file, at most; of what more of them call nothing is said. */
const IMPORTERS_MAX = 40
/** Files that pass a name on to others, followed at most. */
const HOPS_MAX = 2

interface Exported {
  readonly module: Module
  readonly name: string
  readonly hops: number
}

const UNKNOWN: Calls = { calls: [], complete: false }

/** The importers of a repository's files. */
export class Importers {
  readonly #modules: Modules
  readonly #importersOf: (path: string) => readonly string[]
  readonly #known = new Map<Node, Calls>()
  readonly #published = new Map<string, Manifest | null>()

  /** @param importersOf - the repository's files that import a file; absolute paths */
  constructor(modules: Modules, importersOf: (path: string) => readonly string[]) {
    this.#modules = modules
    this.#importersOf = importersOf
  }

  /** Another file is read. */
  begin(): void {
    this.#known.clear()
    this.#published.clear()
  }

  /**
   * Calls from other files of a function that a module exports under its own name. Complete if no other code of the repository
   * can call it, nor anyone who installs it.
   */
  callsOf(fn: Node, module: Module, name: string): Calls {
    const known = this.#known.get(fn)
    if (known !== undefined) return known
    const names = [name, 'default', '*'].filter((each) =>
      isSame(this.#modules.exported(module, each)?.node, fn, module),
    )
    const found = names.map((each) => this.#calls({ module, name: each, hops: HOPS_MAX }))
    const all = {
      calls: found.flatMap((each) => each.calls),
      complete: found.every((each) => each.complete) && !this.#isPublished(module, names),
    }
    this.#known.set(fn, all)
    return all
  }

  #calls(exported: Exported): Calls {
    const importers = this.#importersOf(exported.module.path)
    if (importers.length > IMPORTERS_MAX) return UNKNOWN
    const found = importers.map((path) => {
      const importer = this.#modules.at(path)
      return importer === null ? UNKNOWN : this.#callsIn(importer, exported)
    })
    return together(found)
  }

  #callsIn(importer: Module, exported: Exported): Calls {
    const passed = this.#passedOn(importer, exported)
    if (passed !== null) return passed
    const found: Calls[] = []
    for (const binding of importer.scopes.bindings()) {
      this.#modules.effort.spend(1)
      const imported = importOf(binding, importer.scopes)
      if (imported === null) continue
      if (this.#modules.pathOf(imported.specifier, importer.path) !== exported.module.path) continue
      found.push(usesAs(importer.index.usesOf(binding), [imported.name, exported.name], importer))
    }
    return found.length === 0 ? UNKNOWN : together(found)
  }

  /** Calls of what `export … from` passes on; null if the importer does not. */
  #passedOn(importer: Module, { module, name, hops }: Exported): Calls | null {
    const passes = importer.index
      .exporting()
      .filter((node) => 'source' in node && node.source !== null)
      .some((node) => {
        const { value } = (node as Extract<Node, { type: 'ExportAllDeclaration' }>).source
        return this.#modules.pathOf(value, importer.path) === module.path
      })
    if (!passes) return null
    return hops === 0 ? UNKNOWN : this.#calls({ module: importer, name, hops: hops - 1 })
  }

  /** Whether who installs the package can call it: its manifest's entry exports it, or cannot be read, or lets every file in. */
  #isPublished({ path }: Module, names: readonly string[]): boolean {
    const folder = dirname(path)
    const manifest = this.#published.get(folder) ?? manifestAbove(folder, this.#modules)
    this.#published.set(folder, manifest)
    if (manifest === null || manifest.isPrivate) return false
    if (manifest.entry === null) return manifest.opensAll
    const entry = this.#modules.at(manifest.entry)
    if (entry === null || manifest.opensAll) return true
    return names.some((name) => this.#modules.exported(entry, name)?.module.path === path)
  }
}

/** Whether what is exported is the function, also where its name stands for it: `module.exports = { find }`. */
function isSame(exported: Node | undefined, fn: Node, { scopes }: Module): boolean {
  if (exported?.type !== 'Identifier') return exported === fn
  const binding = scopes.resolve(exported.name, exported)
  return binding !== undefined && (binding.node === fn || binding.from === fn)
}

const together = (found: readonly Calls[]): Calls => ({
  calls: found.flatMap((each) => each.calls),
  complete: found.every((each) => each.complete),
})

type Uses = ReturnType<Module['index']['usesOf']>

/** Calls of what a module exports under a name, through something imported of that module. */
function usesAs(uses: Uses, [imported, exported]: readonly [string, string], module: Module): Calls {
  const isWhole = imported === '*' || (imported === 'default' && exported !== 'default')
  if (isWhole && exported !== '*') return memberCalls(uses, exported, module)
  if (imported !== exported) return { calls: [], complete: true }
  return {
    calls: uses.calls.map((call) => ({ call, module })),
    complete: !uses.escapes && uses.methodCalls.length === 0 && uses.reads.length === 0,
  }
}

/** `dao.find(…)` of a namespace or of what a whole module is. */
function memberCalls(uses: ReturnType<Module['index']['usesOf']>, name: string, module: Module): Calls {
  const own = uses.methodCalls.filter((call) => propertyOf(call.callee as Node) === name)
  const mayBe = uses.reads.some((each) => each === name || each === '')
  return { calls: own.map((call) => ({ call, module })), complete: !uses.escapes && !mayBe }
}

interface Manifest {
  readonly isPrivate: boolean
  /** Absolute path of the main file; null if none is named. */
  readonly entry: string | null
  /** True if files are named by a pattern. */
  readonly opensAll: boolean
}

function manifestAbove(folder: string, { within }: Pick<Modules, 'within'>): Manifest | null {
  const above = dirname(folder)
  if (!within.holds(folder)) return null
  return manifestIn(folder, within.files) ?? (above === folder ? null : manifestAbove(above, { within }))
}

function manifestIn(folder: string, files: SourceFiles): Manifest | null {
  const text = files.text(join(folder, 'package.json'))
  if (text === null || text === '') return null
  const main = /"(?:main|module|import|default)"\s*:\s*"([^"]+\.[cm]?js)"/.exec(text)?.[1]
  return {
    isPrivate: /"private"\s*:\s*true/.test(text),
    entry: main === undefined ? null : join(folder, main),
    opensAll: /"exports"\s*:[\s\S]*"[^"]*\*[^"]*"/.test(text),
  }
}
