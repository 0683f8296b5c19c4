/** Breaks each rule of .dependency-cruiser.cjs once, in a small tree of its own, and sees exactly that rule fire. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const CONFIG = join(ROOT, '.dependency-cruiser.cjs')
const rules = (createRequire(import.meta.url)(CONFIG) as { forbidden: { name: string }[] }).forbidden

const tree = mkdtempSync(join(tmpdir(), 'dbmedic-test-imports-'))
after(() => rmSync(tree, { recursive: true, force: true }))

/** A file, what it imports (`type:` for a type-only import), and the one rule that must report it. */
type Case = readonly [rule: string, file: string, imports: string]

const BROKEN: readonly Case[] = [
  ['imports-resolve', 'src/sql/broken.ts', './not-there.ts'],
  ['core-imports-nothing', 'src/core/broken-folder.ts', 'src/sql/a.ts'],
  ['core-has-no-packages', 'src/core/broken-node.ts', 'node:fs'],
  ['core-has-no-packages', 'src/core/broken-package.ts', 'zod'],
  ['sql-knows-only-core', 'src/sql/broken-store.ts', 'src/store/a.ts'],
  ['access-knows-only-core', 'src/access/broken.ts', 'src/sql/a.ts'],
  ['an-engine-is-an-island', 'src/engines/mysql/broken.ts', 'type:src/engines/sqlite/a.ts'],
  ['the-engine-list-knows-engines', 'src/engines/broken.ts', 'src/store/a.ts'],
  ['catalogues-see-core-and-shapes', 'src/detectors/mysql/broken.ts', 'src/engines/mysql/a.ts'],
  ['catalogues-see-core-and-shapes', 'src/actions/mysql/broken.ts', 'type:src/engines/sqlite/shapes.ts'],
  ['catalogues-see-core-and-shapes', 'src/diagnoses/mysql/broken.ts', 'src/actions/mysql/a.ts'],
  ['a-catalogue-list-knows-its-items', 'src/actions/broken.ts', 'src/detectors/mysql/a.ts'],
  ['rules-and-knowledge-see-only-core', 'src/rules/broken.ts', 'src/knowledge/a.ts'],
  ['shapes-are-only-types', 'src/detectors/mysql/broken-value.ts', 'src/engines/mysql/shapes.ts'],
  ['scanner-never-touches-a-database', 'src/scanner/broken.ts', 'src/engines/mysql/a.ts'],
  ['ai-reaches-no-database-and-no-store', 'src/ai/broken.ts', 'type:src/store/a.ts'],
  ['store-knows-only-core', 'src/store/broken.ts', 'src/sql/a.ts'],
  ['stages-meet-only-in-core', 'src/pipeline/detect/broken.ts', 'src/pipeline/verify/a.ts'],
  ['only-run-joins-the-stages', 'src/pipeline/broken.ts', 'src/store/a.ts'],
  ['recovery-and-monitor-see-only-core', 'src/monitor/broken.ts', 'src/ai/a.ts'],
  ['assistant-reads-knowledge', 'src/assistant/broken.ts', 'src/store/a.ts'],
  ['lab-opens-on-app', 'src/lab/broken.ts', 'src/pipeline/run.ts'],
  ['guard-sees-errors', 'guard/broken.ts', 'src/store/a.ts'],
  ['server-opens-on-app', 'src/server/broken.ts', 'src/pipeline/run.ts'],
  ['cli-opens-on-app', 'src/cli/broken.ts', 'src/store/a.ts'],
  ['app-knows-no-door', 'src/app/broken.ts', 'src/cli/a.ts'],
  ['panel-sees-only-the-api-types', 'web/broken.ts', 'type:src/server/a.ts'],
  ['panel-sees-only-the-api-types', 'web/broken-key.ts', 'src/access/keys.ts'],
  ['panel-sees-them-as-types', 'web/broken-value.ts', 'src/server/api-types.ts'],
  ['drivers-only-in-engines-and-store', 'src/ai/broken-driver.ts', 'mysql2/promise'],
  ['drivers-only-in-engines-and-store', 'src/pipeline/execute/broken-driver.ts', 'better-sqlite3'],
  ['drivers-only-in-engines-and-store', 'src/pipeline/learn/broken-driver.ts', 'node:sqlite'],
  ['only-execute-sees-the-actuator', 'src/pipeline/decide/broken.ts', 'type:src/core/actuator.ts'],
  ['only-execute-sees-the-actuator', 'src/engines/mysql/broken-act.ts', 'type:src/core/actuator.ts'],
  ['only-reviewed-code-starts-programs', 'src/ai/broken-program.ts', 'node:child_process'],
]

const ALLOWED: readonly (readonly [file: string, imports: string])[] = [
  ['src/sql/fine.ts', 'src/core/a.ts'],
  ['src/detectors/mysql/fine.ts', 'type:src/engines/mysql/shapes.ts'],
  ['src/detectors/fine.ts', 'src/detectors/mysql/a.ts'],
  ['src/engines/mysql/fine.ts', 'mysql2/promise'],
  ['src/engines/mysql/act.ts', 'type:src/core/actuator.ts'],
  ['src/pipeline/execute/fine.ts', 'type:src/core/actuator.ts'],
  ['src/pipeline/run.ts', 'src/pipeline/verify/a.ts'],
  ['src/store/fine.ts', 'better-sqlite3'],
  ['src/app/fine.ts', 'src/store/a.ts'],
  ['src/lab/servers/fine.ts', 'node:child_process'],
  ['src/cli/fine.ts', 'src/app/a.ts'],
  ['web/fine.ts', 'type:src/server/api-types.ts'],
  ['web/fine-key.ts', 'src/access/passphrase.ts'],
  ['src/sql/fine.test.ts', 'src/store/a.ts'],
]

function write(file: string, text: string): void {
  mkdirSync(dirname(join(tree, file)), { recursive: true })
  writeFileSync(join(tree, file), text)
}

function importing(file: string, imports: string): string {
  const isType = imports.startsWith('type:')
  const target = isType ? imports.slice('type:'.length) : imports
  const inside = /^(src|web|guard)\//.test(target)
  const path = inside ? relative(dirname(file), target).replace(/^(?!\.)/, './') : target
  if (!inside) return `import * as all from '${path}'\nconsole.log(all)\n`
  return isType
    ? `import type { A } from '${path}'\nexport type B = A\n`
    : `import { a } from '${path}'\nconsole.log(a)\n`
}

function layTree(): void {
  const plain = 'export const a = 1\nexport type A = number\n'
  const leaves = [...BROKEN, ...ALLOWED.map((pair) => ['', ...pair] as const)]
    .map(([, , imports]) => imports.replace(/^type:/, ''))
    .filter((path) => /^(src|web|guard)\//.test(path))
  for (const leaf of new Set(leaves)) write(leaf, plain)
  for (const [, file, imports] of BROKEN) write(file, importing(file, imports))
  for (const [file, imports] of ALLOWED) write(file, importing(file, imports))
  write('src/sql/cycle-1.ts', `import { a } from './cycle-2.ts'\nexport const b = a\n`)
  write('src/sql/cycle-2.ts', `import { b } from './cycle-1.ts'\nexport const a: number = b\n`)
  write('tsconfig.json', JSON.stringify({ compilerOptions: { module: 'nodenext', target: 'esnext' } }))
  write('package.json', JSON.stringify({ type: 'module', dependencies: packageNames() }))
  symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'))
}

function packageNames(): Record<string, string> {
  return Object.fromEntries(['zod', 'mysql2', 'better-sqlite3'].map((name) => [name, '*']))
}

interface Violation {
  readonly from: string
  readonly rule: { readonly name: string }
}

function cruise(): Violation[] {
  const program = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs')
  const args = [program, '--config', CONFIG, '--output-type', 'json', 'src', 'web', 'guard']
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: tree,
    encoding: 'utf8',
    maxBuffer: 64e6,
  })
  assert.ok(stdout, stderr)
  return (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations
}

layTree()
const violations = cruise()
const reportedFor = (file: string) =>
  violations.filter(({ from }) => from === file).map(({ rule }) => rule.name)

describe('each import rule fires when it is broken', () => {
  for (const [rule, file, imports] of BROKEN) {
    test(`${rule}: ${file} may not import ${imports}`, () => assert.deepEqual(reportedFor(file), [rule]))
  }
  test('no-cycles: two files may not import each other', () => {
    assert.deepEqual(reportedFor('src/sql/cycle-1.ts'), ['no-cycles'])
  })
})

describe('no import rule fires on what is allowed', () => {
  for (const [file, imports] of ALLOWED) {
    test(`${file} may import ${imports}`, () => assert.deepEqual(reportedFor(file), []))
  }
})

test('every rule is broken once here', () => {
  const broken = new Set([...BROKEN.map(([rule]) => rule), 'no-cycles'])
  assert.deepEqual(
    rules.map(({ name }) => name).filter((name) => !broken.has(name)),
    [],
  )
})
