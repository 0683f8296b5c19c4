/** The pre-commit hook in real repositories: written once, never over somebody else's, and it stops a commit. */
import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gitRepository } from '../../../test/support/git-repository.ts'
import { hookState, installHook, uninstallHook } from './index.ts'

const made: ReturnType<typeof gitRepository>[] = []
after(() => {
  for (const { remove } of made) remove()
})
function repository() {
  const own = gitRepository()
  made.push(own)
  return own
}
const BAD = `import mysql from 'mysql2'\nconst db = mysql.createPool({})\nexport const f = (req) => db.query('SELECT id FROM t WHERE a = ' + req.query.a)\n`

test('it is written once, can be run, and goes without a trace', async () => {
  const { root, path } = repository()
  const hook = path('.git/hooks/pre-commit')
  const before = readdirSync(path('.git/hooks'))
  assert.deepEqual((await hookState(root)).is, 'absent')
  assert.deepEqual((await installHook(root)).is, 'absent')
  const text = readFileSync(hook, 'utf8')
  assert.equal(statSync(hook).mode & 0o777, 0o755)
  assert.deepEqual((await installHook(root)).is, 'ours')
  assert.equal(readFileSync(hook, 'utf8'), text)
  assert.deepEqual((await uninstallHook(root)).is, 'ours')
  assert.deepEqual((await uninstallHook(root)).is, 'absent')
  assert.deepEqual(readdirSync(path('.git/hooks')), before)
})

test('one of another folder or another place of the program is ours, and is replaced', async () => {
  const { root, path } = repository()
  mkdirSync(path("it's; $(here)"))
  await installHook(path("it's; $(here)"))
  const hook = path('.git/hooks/pre-commit')
  assert.match(readFileSync(hook, 'utf8'), /scan --staged '\.\/it'\\''s; \$\(here\)'\n$/)
  const { line } = await hookState(root)
  writeFileSync(hook, readFileSync(hook, 'utf8').replaceAll(line.split(' scan')[0] ?? '', "'/gone/dbmedic'"))
  assert.deepEqual((await installHook(root)).is, 'ours')
  assert.match(readFileSync(hook, 'utf8'), /exec '.*dbmedic' scan --staged\n$/)
  assert.deepEqual(
    readdirSync(path('.git/hooks')).filter((each) => /pre-commit\./.test(each) && !each.endsWith('.sample')),
    [],
  )
})

test('a hook of somebody else, a link and a changed one of ours are left byte for byte', async () => {
  const { root, path } = repository()
  const hook = path('.git/hooks/pre-commit')
  const other = '#!/bin/sh\nnpx lint-staged\n'
  writeFileSync(hook, other)
  assert.deepEqual([(await installHook(root)).is, (await uninstallHook(root)).is], ['another', 'another'])
  assert.equal(readFileSync(hook, 'utf8'), other)
  renameSync(hook, path('theirs'))
  await installHook(root)
  const changed = `${readFileSync(hook, 'utf8')}echo more\n`
  writeFileSync(hook, changed)
  assert.deepEqual(
    [(await installHook(root)).is, (await uninstallHook(root)).is],
    ['ours changed', 'ours changed'],
  )
  assert.equal(readFileSync(hook, 'utf8'), changed)
  renameSync(hook, path('ours'))
  symlinkSync(path('theirs'), hook)
  assert.deepEqual([(await installHook(root)).is, (await uninstallHook(root)).is], ['another', 'another'])
  assert.equal(readFileSync(path('theirs'), 'utf8'), other)
})

test('core.hooksPath is where it goes, unless that is outside of the repository', async () => {
  const { root, path, git, base } = repository()
  git('config', 'core.hooksPath', '.hooks')
  mkdirSync(path('sub'))
  await installHook(path('sub'))
  assert.equal(existsSync(path('.hooks/pre-commit')), true)
  assert.equal(existsSync(path('.git/hooks/pre-commit')), false)
  git('config', 'core.hooksPath', join(base, 'shared'))
  await assert.rejects(installHook(root), /other repositories may share/)
  mkdirSync(join(base, 'shared'))
  symlinkSync(join(base, 'shared'), path('linked'))
  git('config', 'core.hooksPath', 'linked')
  await assert.rejects(installHook(root), /other repositories may share/)
  assert.deepEqual(readdirSync(join(base, 'shared')), [])
})

test('linked working trees share the one of their repository', async () => {
  const { root, base, git, write, commitAll } = repository()
  write({ 'a.txt': '' })
  commitAll()
  git('worktree', 'add', '-q', join(base, 'linked'))
  await installHook(join(base, 'linked'))
  assert.deepEqual((await hookState(root)).is, 'ours')
})

test('a commit that would bring a finding does not happen, also as commit -a; a clean one and --no-verify do', async () => {
  const { root, run, write, git } = repository()
  write({ 'a.js': 'export const a = 1\n', 'package.json': '{"dependencies":{"mysql2":"*"}}' })
  git('add', '.')
  await installHook(root)
  const first = run(['commit', '-q', '-m', 'clean'])
  assert.equal(first.status, 0, first.stderr)
  write({ 'a.js': BAD })
  const second = run(['commit', '-q', '-a', '-m', 'bad'])
  assert.equal(second.status, 1, second.stderr)
  assert.match(second.stdout + second.stderr, /critical SQL_INJECTION {2}a\.js:3/)
  assert.equal(git('rev-list', '--count', 'HEAD').trim(), '1')
  git('commit', '-q', '-a', '--no-verify', '-m', 'bad')
})

test('a hook whose program is gone stops the commit and says why', async () => {
  const { root, run, write, git, path } = repository()
  await installHook(root)
  const hook = path('.git/hooks/pre-commit')
  const { line } = await hookState(root)
  writeFileSync(hook, readFileSync(hook, 'utf8').replaceAll(line.split(' scan')[0] ?? '', "'/gone/dbmedic'"))
  write({ 'a.js': '' })
  git('add', '.')
  const ran = run(['commit', '-q', '-m', 'c'])
  assert.equal(ran.status, 1)
  assert.match(ran.stderr, /the program this hook runs is gone, so nothing was scanned/)
})
