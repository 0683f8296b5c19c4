/** Runs `npm run new` on a copy of the tree: what it writes compiles, is listed, and fails its own test until written. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const tree = mkdtempSync(join(tmpdir(), 'dbmedic-test-new-'))
after(() => rmSync(tree, { recursive: true, force: true }))
for (const name of [
  'src',
  'scripts',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'biome.json',
  '.gitignore',
  'test/support',
]) {
  cpSync(join(ROOT, name), join(tree, name), { recursive: true })
}
symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'))

function run(...args: string[]) {
  // A runner started inside a test file would otherwise report to the outer one and run nothing.
  const { NODE_TEST_CONTEXT: _outer, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: tree, env, encoding: 'utf8' })
  return { status, output: stdout + stderr }
}

const KINDS = [
  ['detector', 'detectors', 'src/detectors/index.ts'],
  ['diagnosis', 'diagnoses', 'src/diagnoses/index.ts'],
  ['action', 'actions', 'src/actions/mysql/index.ts'],
] as const

describe('npm run new', () => {
  for (const [kind, folder, list] of KINDS) {
    test(`${kind} writes code, a failing test and a doc, and adds the line to the list`, () => {
      const { status, output } = run('scripts/new.mjs', kind, `mysql/brand-new-${kind}`)
      assert.equal(status, 0, output)
      const base = `src/${folder}/mysql/brand-new-${kind}`
      for (const file of [`${base}.ts`, `${base}.test.ts`, `docs/${folder}/mysql/brand-new-${kind}.md`]) {
        assert.ok(existsSync(join(tree, file)), file)
      }
      const identifier = `brandNew${kind[0]?.toUpperCase()}${kind.slice(1)}`
      assert.equal(readFileSync(join(tree, list), 'utf8').split(identifier).length - 1, 2)
      const own = run('--test', `${base}.test.ts`)
      assert.notEqual(own.status, 0)
      assert.match(own.output, /state what mysql\/brand-new-/)
    })
  }

  test('rule writes code, a failing table of cases and a doc, and adds the line to the list', () => {
    const { status, output } = run('scripts/new.mjs', 'rule', 'brand-new-rule')
    assert.equal(status, 0, output)
    for (const file of ['src/rules/brand-new-rule.ts', 'docs/rules/brand-new-rule.md'])
      assert.ok(existsSync(join(tree, file)), file)
    const list = readFileSync(join(tree, 'src/rules/index.ts'), 'utf8')
    assert.equal(list.split('brandNewRule').length - 1, 2)
    const own = run('--test', 'src/rules/brand-new-rule.test.ts')
    assert.notEqual(own.status, 0)
    assert.match(own.output, /state what BRAND_NEW_RULE finds/)
  })

  test('writes what compiles', () => {
    const { output } = run('node_modules/typescript-native/bin/tsc', '--noEmit', '--project', '.')
    const ours = output
      .split('\n')
      .filter((line) => /brand-new|(detectors|diagnoses|rules|actions\/mysql)\/index\.ts/.test(line))
    assert.deepEqual(ours, [])
  })

  for (const [args, message] of [
    [['detector', 'mysql/lock-wait'], /there is already src\/detectors\/mysql\/lock-wait\.ts/],
    [['detector', 'mysql/LockWait'], /not of the form ENGINE\/NAME/],
    [['detector', 'oracle/lock-wait'], /there is no engine oracle; there are: .*mysql/],
    [['thing', 'mysql/lock-wait'], /usage: npm run new -- detector\|diagnosis\|action\|rule ENGINE/],
    [['knowledge', 'mysql/lock-wait'], /usage: npm run new/],
    [['rule', 'mysql/missing'], /not in kebab case/],
    [['rule', 'sql-injection'], /there is already src\/rules\/sql-injection\.ts/],
    [[], /usage: npm run new/],
  ] as const) {
    test(`refuses "${args.join(' ')}" and writes nothing`, () => {
      const { status, output } = run('scripts/new.mjs', ...args)
      assert.equal(status, 1)
      assert.match(output, message)
    })
  }
})
