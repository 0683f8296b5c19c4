/** Reads one file of a repository: its statements, units of work and declarations. What it asked of other files is noted. */
import { join } from 'node:path'
import type { FileRole, SourceStatement } from '../rules/index.ts'
import { suppressionsIn } from './apply-rules.ts'
import { unreadBuilders } from './builders.ts'
import { Effort, TooLong } from './effort.ts'
import { ModuleDrivers, type ProjectFacts, type Projects, roleOf } from './file-facts.ts'
import { findStatements } from './find-statements.ts'
import { Importers } from './importers.ts'
import { Lines } from './lines.ts'
import { type Module, Modules } from './modules.ts'
import type { FileYield } from './readings.ts'
import { declarationsIn, isUndoing } from './replay.ts'
import { digestOf } from './source-files.ts'
import { sqlFileStatements } from './sql-files.ts'
import type { TracedFiles } from './traced-files.ts'
import { parseFile } from './tree.ts'
import { unitsIn } from './units-of-work.ts'
import { FILE_BYTES_MAX, isGenerated } from './walk.ts'
import { Within } from './within.ts'

/** Texts in which nothing could be SQL are not parsed. */
const MAY_HOLD_SQL =
  /\bselect\b|\binsert\s+(?:\w+\s+)?into\b|\bupdate\b[^;]{1,300}?\bset\b|\bdelete\s+from\b|\breplace\s+into\b|\bcreate\s+(?:\w+\s+){0,2}(?:table|index|view)\b|\balter\s+table\b|\bdrop\s+table\b|\btruncate\b|[wW]hereRaw|Raw\(|\.literal\(|(?:create|alter|drop|rename)Table|(?:add|drop|rename|remove|change)Column|schema\.table|\.(?:query|execute|prepare|unsafe|\$\w+RawUnsafe|(?:begin|start)?transaction|getConnection|createQueryRunner)\s*\(/i

/** Texts that may declare a table. */
export const DECLARES = /\b(?:create|alter|drop|rename)\s+(?:\w+\s+){0,2}table\b/i

/** One file's reading, and what it rests on. */
export interface ReadFile {
  readonly yields: FileYield
  readonly rested: ReadonlyMap<string, string>
  /** False where the clock ended it: another reading of the same may come to more. */
  readonly isWhole: boolean
}

/** While it is made. */
type Making = {
  readonly [K in
    | 'statements'
    | 'changes'
    | 'units'
    | 'declarations'
    | 'unread'
    | 'notes'
    | 'skipped']: FileYield[K][number][]
} & {
  -readonly [K in 'isRead' | 'placed' | 'digest']: FileYield[K]
}

/** Reads the files of one scan. */
export class FileReader {
  readonly #root: string
  readonly #files: TracedFiles
  readonly #projects: Projects
  readonly #modules: Modules
  readonly #drivers: ModuleDrivers

  /** @param fileTimeMaxMs - longest one file may take, ms of processor time */
  constructor(
    root: string,
    { files, projects }: { readonly files: TracedFiles; readonly projects: Projects },
    fileTimeMaxMs?: number,
  ) {
    this.#root = root
    this.#files = files
    this.#projects = projects
    this.#modules = new Modules(new Effort(fileTimeMaxMs), new Within(root, files))
    this.#modules.importers = new Importers(this.#modules, (path) => files.importersOf(path))
    this.#drivers = new ModuleDrivers(this.#modules)
  }

  /** Reads a file. @param file - relative to the root */
  read(file: string): ReadFile {
    const rested = this.#files.begin()
    this.#modules.begin()
    this.#drivers.begin()
    const making: Making = {
      isRead: false,
      placed: null,
      digest: null,
      statements: [],
      changes: [],
      units: [],
      declarations: [],
      unread: [],
      notes: [],
      skipped: [],
    }
    const isWhole = this.#file(file, making)
    return { yields: { ...making, outside: this.#modules.within.outside() }, rested, isWhole }
  }

  #file(file: string, making: Making): boolean {
    const text = this.#files.text(join(this.#root, file), FILE_BYTES_MAX)
    if (text === null) {
      making.skipped.push({ file, because: 'it cannot be read' })
      return true
    }
    making.isRead = true
    if (isGenerated(text) && !file.endsWith('.sql')) {
      if (DECLARES.test(text)) making.notes.push(`${file}: a generated file’s declarations were not read`)
      return true
    }
    const role = roleOf(file)
    if (file.endsWith('.sql')) this.#sql({ file, role, text }, making)
    else if (role !== 'test' && MAY_HOLD_SQL.test(text)) return this.#script({ file, role, text }, making)
    return true
  }

  #project(file: string): ProjectFacts {
    this.#files.projectOf(join(this.#root, file))
    return this.#projects.of(join(this.#root, file))
  }

  #sql({ file, role, text }: Given, making: Making): void {
    if (role === 'test' || isUndoing(file)) return
    place(text, making)
    const { dialect } = this.#project(file)
    const found = sqlFileStatements({ file, role, text, dialect })
    making.statements.push(...found.statements)
    making.declarations.push(...found.declarations)
    making.changes.push(...found.changes)
  }

  /** False where it took too long. */
  #script({ file, role, text }: Given, making: Making): boolean {
    const parsed = parseFile(file, text)
    if ('broken' in parsed) {
      making.skipped.push({ file, because: `it does not parse: ${parsed.broken}` })
      return true
    }
    const lines = place(text, making)
    making.digest = digestOf(text)
    const project = this.#project(file)
    const isWhole = ((): boolean => {
      try {
        for (const tree of parsed.trees)
          this.#module(
            this.#modules.add(join(this.#root, file), tree),
            { file, role, lines, project },
            making,
          )
        return true
      } catch (error) {
        if (!(error instanceof TooLong)) throw error
        const { line } = lines.at(error.offset)
        making.skipped.push({ file, because: `skipped from line ${line} on, it took too long` })
        if (DECLARES.test(text.slice(error.offset)))
          making.notes.push(`${file}:${line}: declarations that follow were not read, it took too long`)
        return false
      }
    })()
    making.declarations.push(...declarationsIn(making.statements, (_, offset) => lines.at(offset).line))
    return isWhole
  }

  #module(
    module: Module,
    {
      file,
      role,
      lines,
      project,
    }: {
      readonly file: string
      readonly role: FileRole
      readonly lines: Lines
      readonly project: ProjectFacts
    },
    making: Making,
  ): void {
    making.unread.push(...unreadBuilders(module, { file, role, lines }))
    const own = [...this.#drivers.of(module)]
    const context = {
      file,
      role,
      modules: this.#modules,
      drivers: own.length > 0 ? own : [...project.drivers],
      dialect: project.dialect,
      servesTools: project.servesTools,
      lineOf: (offset: number) => lines.at(offset).line,
    }
    const statements: SourceStatement[] = []
    for (const statement of findStatements(module, context)) {
      statements.push(statement)
      making.statements.push(statement)
    }
    making.units.push(...unitsIn(module, { ...context, statements }))
  }
}

interface Given {
  readonly file: string
  readonly role: FileRole
  readonly text: string
}

function place(text: string, making: Making): Lines {
  const lines = new Lines(text)
  making.placed = { lines, suppressions: suppressionsIn(text, lines) }
  return lines
}
