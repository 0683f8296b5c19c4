/** Scans a few files written to a folder of their own, as the command line would. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { CODE_RULES } from '../../src/rules/index.ts'
import { type ScanOptions, type ScanResult, scan } from '../../src/scanner/index.ts'

/** Files by path relative to the repository. */
export type Files = Readonly<Record<string, string>>

/** The result of scanning these files; only the named rule where one is given. */
export async function scanCode(
  files: Files,
  ruleId?: string,
  options: Omit<ScanOptions, 'rules'> = {},
): Promise<ScanResult> {
  const folder = mkdtempSync(join(tmpdir(), 'dbmedic-scan-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    const rules = ruleId === undefined ? CODE_RULES : CODE_RULES.filter((rule) => rule.id === ruleId)
    return await scan(folder, { ...options, rules })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A case of a rule: code of one file, or several files, and the lines findings are expected at, in order. */
export interface RuleCase {
  /** Becomes the test's title. */
  readonly claim: string
  /** The text of `src/app.ts`, or files by path. */
  readonly code: string | Files
  /** Lines of `src/app.ts` (or of the one file with findings). None for a valid case. */
  readonly lines: readonly number[]
  /** Package the code uses; default mysql2. */
  readonly driver?: string
  /** What the repository declares, as `migrations/001.sql`. */
  readonly schema?: string
  /** A part of the first message, or its severity; `low to review: …` where only people can tell. */
  readonly says?: RegExp
}

/** Lines and messages of one rule's findings in a case. */
export async function findingsOf(
  ruleId: string,
  each: RuleCase,
): Promise<readonly { line: number; text: string }[]> {
  const driver = each.driver ?? 'mysql2'
  const own = typeof each.code === 'string' ? { 'src/app.ts': each.code } : each.code
  const schema: Files = each.schema === undefined ? {} : { 'migrations/001.sql': each.schema }
  const manifest = JSON.stringify({ dependencies: { [driver]: '*' } })
  const result = await scanCode({ 'package.json': manifest, ...schema, ...own }, ruleId, { review: true })
  return result.findings.map((f) => ({
    line: f.line,
    text: `${f.severity}${f.review ? ' to review' : ''}: ${f.message}. ${f.why} ${f.instead}`,
  }))
}
