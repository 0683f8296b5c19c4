/**
 * What scans remember, as bytes for a file. Whoever reads them back must know that this program wrote them: a memory that was
 * tampered with hides findings.
 */
import { createHash } from 'node:crypto'
import { deserialize, serialize } from 'node:v8'
import type { SourceStatement, UnitOfWork } from '../rules/index.ts'
import { MARIADB, MYSQL, ORACLE, POSTGRESQL, SQLITE, type SqlDialect } from '../sql/index.ts'
import { locator, type Places, placesOf } from './compose.ts'
import { Lines } from './lines.ts'
import { emptyMemory, type FileYield, type Reading, type ScanMemory } from './readings.ts'
import type { Declaration } from './replay.ts'

/** Bytes at the beginning that say what the rest is. */
const MAGIC = Buffer.from('dbmedic scan memory 1\n')
const DIGEST_BYTES = 32
/** Results whose statements and findings would make a larger file are not kept, bytes. */
const MOST_BYTES = 256 * 1024 * 1024

/** The dialects by name; one that was made otherwise is not stored. */
const DIALECTS: ReadonlyMap<string, SqlDialect> = new Map(
  [MYSQL, MARIADB, POSTGRESQL, SQLITE, ORACLE].map((each) => [each.name, each]),
)

/** As it lies in the file. */
interface Stored {
  /** What the readings were made by: another program may find something else. */
  readonly program: string
  readonly digests: ScanMemory['digests']
  readonly specifiers: ScanMemory['specifiers']
  readonly result: ScanMemory['result']
  /** Questions and answers, each once. */
  readonly words: readonly string[]
  /** By file: numbers of `words`, a question and its answer in turn, the stamp, and the yields as bytes. */
  readonly readings: ReadonlyMap<string, readonly [rested: Uint32Array, stamp: string, yields: Uint8Array]>
}

/** Bytes of readings that were stored before, so that they are not made again. */
const BYTES = new WeakMap<Reading, Uint8Array>()

/** The memory as bytes; null where it cannot be stored or is too large. @param program - a digest of what makes readings */
export function storedMemory(memory: ScanMemory, program: string): Buffer | null {
  const words = new Map<string, number>()
  const number = (word: string): number => {
    const known = words.get(word) ?? words.size
    words.set(word, known)
    return known
  }
  const readings = new Map<string, readonly [Uint32Array, string, Uint8Array]>()
  let bytes = 0
  for (const [file, reading] of memory.readings) {
    const yields = BYTES.get(reading) ?? bytesOf(reading.yields())
    if (yields === null) continue
    bytes += yields.length
    const rested = Uint32Array.from([...reading.rested].flatMap((pair) => pair.map(number)))
    readings.set(file, [rested, reading.stamp, yields])
  }
  if (bytes > MOST_BYTES) return null
  const { digests, specifiers, result } = memory
  const stored: Stored = { program, digests, specifiers, result, words: [...words.keys()], readings }
  const content = serialize(stored)
  return content.length > MOST_BYTES
    ? null
    : Buffer.concat([MAGIC, createHash('sha256').update(content).digest(), content])
}

/** The memory of such bytes; null where they are damaged, or were made by another program. Never throws. */
export function memoryOf(bytes: Buffer, program: string): ScanMemory | null {
  const start = MAGIC.length + DIGEST_BYTES
  if (bytes.length <= start || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return null
  const content = bytes.subarray(start)
  // What is not as it was written must not reach the deserializer.
  if (!createHash('sha256').update(content).digest().equals(bytes.subarray(MAGIC.length, start))) return null
  try {
    const stored = deserialize(content) as Stored
    if (stored.program !== program) return null
    const { digests, specifiers, result, words } = stored
    const readings = new Map<string, Reading>()
    for (const [file, [rested, stamp, yields]] of stored.readings)
      readings.set(file, storedReading({ rested: restedOf(rested, words), stamp, bytes: yields }))
    return { ...emptyMemory(), digests, specifiers, result, readings }
  } catch {
    return null
  }
}

function restedOf(numbers: Uint32Array, words: readonly string[]): ReadonlyMap<string, string> {
  const rested = new Map<string, string>()
  for (let at = 0; at < numbers.length; at += 2)
    rested.set(words[numbers[at] ?? 0] ?? '', words[numbers[at + 1] ?? 0] ?? '')
  return rested
}

/** A reading whose yields are made of their bytes when they are asked for. */
function storedReading(given: {
  readonly rested: ReadonlyMap<string, string>
  readonly stamp: string
  readonly bytes: Uint8Array
}): Reading {
  let made: FileYield | null = null
  const reading: Reading = {
    rested: given.rested,
    stamp: given.stamp,
    yields: () => {
      made ??= yieldsOf(given.bytes)
      return made
    },
  }
  BYTES.set(reading, given.bytes)
  return reading
}

type Flat<T extends { readonly dialect: SqlDialect }> = Omit<T, 'dialect'> & { readonly dialect: string }
type FlatStatement = Omit<Flat<SourceStatement>, 'locate'> & { readonly locate: Places }
/** A unit whose statements are numbers of its file's. */
type FlatUnit = Omit<UnitOfWork, 'statements' | 'steps'> & {
  readonly statements: readonly number[]
  readonly steps: readonly { readonly statement: number; readonly repeated: boolean }[]
}
type FlatYield = Omit<FileYield, 'placed' | 'statements' | 'changes' | 'units' | 'declarations'> & {
  readonly placed: {
    readonly starts: Uint32Array
    readonly suppressions: NonNullable<FileYield['placed']>['suppressions']
  } | null
  readonly statements: readonly FlatStatement[]
  readonly changes: readonly FlatStatement[]
  readonly units: readonly FlatUnit[]
  readonly declarations: readonly Flat<Declaration>[]
}

/** Null where something in it is of a kind that is not stored. */
function bytesOf(own: FileYield): Uint8Array | null {
  const statements = own.statements.map(flatStatement)
  const changes = own.changes.map(flatStatement)
  const places = new Map(own.statements.map((each, at) => [each, at]))
  const isStorable =
    [...own.statements, ...own.changes, ...own.declarations].every(
      ({ dialect }) => DIALECTS.get(dialect.name) === dialect,
    ) &&
    own.units.every((unit) =>
      [...unit.statements, ...unit.steps.map((step) => step.statement)].every((each) => places.has(each)),
    )
  if (!isStorable || statements.includes(null) || changes.includes(null)) return null
  const flat: FlatYield = {
    ...own,
    placed:
      own.placed === null ? null : { starts: own.placed.lines.starts, suppressions: own.placed.suppressions },
    statements: statements as readonly FlatStatement[],
    changes: changes as readonly FlatStatement[],
    units: own.units.map((unit) => ({
      ...unit,
      statements: unit.statements.map((each) => places.get(each) ?? -1),
      steps: unit.steps.map((step) => ({ ...step, statement: places.get(step.statement) ?? -1 })),
    })),
    declarations: own.declarations.map((each) => ({ ...each, dialect: each.dialect.name })),
  }
  return serialize(flat)
}

function flatStatement(each: SourceStatement): FlatStatement | null {
  const places = placesOf(each.locate)
  return places === undefined ? null : { ...each, dialect: each.dialect.name, locate: places }
}

function yieldsOf(bytes: Uint8Array): FileYield {
  const flat = deserialize(bytes) as FlatYield
  const statements = flat.statements.map(wholeStatement)
  const at = (index: number): SourceStatement => {
    const found = statements[index]
    if (found === undefined) throw new Error('a stored unit names a statement that its file has not')
    return found
  }
  return {
    ...flat,
    placed:
      flat.placed === null
        ? null
        : { lines: new Lines(flat.placed.starts), suppressions: flat.placed.suppressions },
    statements,
    changes: flat.changes.map(wholeStatement),
    units: flat.units.map((unit) => ({
      ...unit,
      statements: unit.statements.map(at),
      steps: unit.steps.map((step) => ({ ...step, statement: at(step.statement) })),
    })),
    declarations: flat.declarations.map((each) => ({ ...each, dialect: dialectOf(each.dialect) })),
  }
}

const wholeStatement = (each: FlatStatement): SourceStatement => ({
  ...each,
  dialect: dialectOf(each.dialect),
  locate: locator(each.locate),
})

function dialectOf(name: string): SqlDialect {
  const found = DIALECTS.get(name)
  if (found === undefined) throw new Error(`a stored statement is in ${name}, which is not known`)
  return found
}
