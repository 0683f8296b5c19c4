/** Scans what the next commit would hold, and says what is wrong in it that is not wrong in the last one. */
import { join } from 'node:path'
import {
  type CodeFinding,
  emptyMemory,
  findingsChange,
  type ScanOptions,
  type Skipped,
  scan,
} from '../../scanner/index.ts'
import { stagedTree } from './staged-tree.ts'

/** What came of it. */
export interface StagedScan {
  /** The folder, absolute, links resolved. */
  readonly root: string
  /** Files of the folder that are staged. */
  readonly staged: number
  /** Files and statements read; 0 where nothing is staged that a scan reads. */
  readonly files: number
  readonly statements: number
  /** What the last commit does not have: in staged files, or elsewhere because of them. */
  readonly findings: readonly CodeFinding[]
  /** How many there are in staged files that the last commit has, too. */
  readonly before: number
  /** Staged files that were not read, or only in part, and why. */
  readonly skipped: readonly Skipped[]
  /** A staged file's text; null where it cannot be had. */
  readonly textOf: (file: string) => string | null
}

/**
 * Scans a folder as it is in git's index.
 * @throws DbmedicError DBM_USAGE where it is in no git repository or has unmerged files; what `scan` throws
 */
export async function scanStaged(
  folder: string,
  options: Pick<ScanOptions, 'rules' | 'review' | 'schemaFile' | 'memory'> = {},
): Promise<StagedScan> {
  const tree = await stagedTree(folder)
  const { root, staged, renamed } = tree
  const textOf = (file: string): string | null => tree.index.text(join(root, file))
  const nothing = { files: 0, statements: 0, findings: [], before: 0, skipped: [] }
  if (!tree.matters) return { root, staged: staged.size, textOf, ...nothing }
  const memory = options.memory ?? emptyMemory()
  const now = await scan(root, { ...options, memory, files: tree.index })
  // What is not there at all is not new either: then the last commit need not be read. Most of it is as it was just read.
  const last = now.findings.length === 0 ? null : { ...memory }
  const before =
    last === null ? [] : (await scan(root, { ...options, memory: last, files: tree.head })).findings
  const { fresh } = findingsChange(before, now.findings, renamed)
  const inStaged = now.findings.filter(({ file }) => staged.has(file)).length
  return {
    root,
    staged: staged.size,
    files: now.files,
    statements: now.statements,
    findings: fresh,
    before: inStaged - fresh.filter(({ file }) => staged.has(file)).length,
    skipped: now.skipped.filter(({ file }) => staged.has(file)),
    textOf,
  }
}
