/** What scans of a folder remember of its files, so that the next one reads only what changed and what rests on it. */
import { createHash } from 'node:crypto'
import type { SourceStatement, UnitOfWork } from '../rules/index.ts'
import type { Suppression } from './apply-rules.ts'
import type { Lines } from './lines.ts'
import type { Declaration, Unread } from './replay.ts'
import type { ScanResult } from './scan-result.ts'
import type { Digests } from './snapshot.ts'
import type { Skipped } from './walk.ts'

/** What one file gives to a scan. */
export interface FileYield {
  /** False for a file that cannot be read. */
  readonly isRead: boolean
  /** Null for a file that holds nothing to be placed. */
  readonly placed: { readonly lines: Lines; readonly suppressions: readonly Suppression[] } | null
  /** SHA-256 of a script's text, for fixes; null for any other file. */
  readonly digest: string | null
  readonly statements: readonly SourceStatement[]
  readonly changes: readonly SourceStatement[]
  readonly units: readonly UnitOfWork[]
  readonly declarations: readonly Declaration[]
  readonly unread: readonly Unread[]
  readonly notes: readonly string[]
  readonly skipped: readonly Skipped[]
  /** What it imports from outside of the scanned folder. */
  readonly outside: readonly string[]
}

/** A file's reading. */
export interface Reading {
  /** What it rests on, the file's own text included. */
  readonly rested: ReadonlyMap<string, string>
  /** The same for two readings that rest on the same. */
  readonly stamp: string
  /** What came of it, made when it is asked for. */
  readonly yields: () => FileYield
}

/** What scans of one folder remember. A scan that is given it fills it. */
export interface ScanMemory {
  readings: ReadonlyMap<string, Reading>
  digests: Digests
  /** Specifiers of imports, by the SHA-256 of a script's text. */
  specifiers: ReadonlyMap<string, readonly string[]>
  /** The last result, and a digest of everything it was made of. */
  result: {
    readonly key: string
    /** What its fixes rest on. */
    readonly rested: ReadonlyMap<string, string>
    readonly result: ScanResult
  } | null
  /** Absolute folders, with a `/` at the end, in which a change can change what is found. */
  folders: readonly string[]
  /** Files the last scan read anew. */
  reread: number
  /** Whether the last scan learned anything that the one before did not know. */
  isNewer: boolean
}

/** Nothing is remembered yet. */
export const emptyMemory = (): ScanMemory => ({
  readings: new Map(),
  digests: new Map(),
  specifiers: new Map(),
  result: null,
  folders: [],
  reread: 0,
  isNewer: false,
})

/** A reading that was just made. */
export function readingOf(file: string, rested: ReadonlyMap<string, string>, yields: FileYield): Reading {
  return { rested, stamp: stampOf(file, rested), yields: () => yields }
}

/** A digest of what a file's reading rests on. */
function stampOf(file: string, rested: ReadonlyMap<string, string>): string {
  const hash = createHash('sha256').update(file)
  for (const [question, answer] of rested) hash.update(`\0${question}\0${answer}`)
  return hash.digest('base64')
}
