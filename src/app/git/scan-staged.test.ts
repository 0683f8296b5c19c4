/** What is staged, scanned in real repositories: the index and not the working files, and only what the last commit does not have. */
import assert from 'node:assert/strict'
import { chmodSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { cleanServices } from '../../../test/support/code-mutants.ts'
import { gitRepository } from '../../../test/support/git-repository.ts'
import { scan } from '../../scanner/index.ts'
import { scanStaged } from './index.ts'
import { stagedTree } from './staged-tree.ts'

const HEAD = "import mysql from 'mysql2/promise'\nconst db = mysql.createPool({})\n"
/** A function with a request's value in the text of a statement. */
const bad = (name: string): string =>
  `export const ${name} = (req, res) => db.query(\`SELECT id, mail FROM users WHERE name = '\${req.query.${name}}'\`)\n`
const good = (name: string): string =>
  `export const ${name} = (req, res) => db.query('SELECT id, mail FROM users WHERE name = ?', [req.query.${name}])\n`
const BASE = {
  'package.json': '{"dependencies":{"mysql2":"*"}}',
  'migrations/001.sql': 'CREATE TABLE users (id INT PRIMARY KEY, name VARCHAR(20), mail VARCHAR(20));\n',
  'src/old.js': HEAD + bad('old'),
  'src/clean.js': HEAD + good('clean'),
}

describe('scan --staged', () => {
  let repository: ReturnType<typeof gitRepository>
  beforeEach(() => {
    repository = gitRepository()
    repository.write(BASE)
    repository.commitAll()
    return undefined
  })
  const made: (() => void)[] = []
  beforeEach(() => made.push(repository.remove))
  after(() => {
    for (const remove of made) remove()
  })
  const places = async (folder = repository.root) =>
    (await scanStaged(folder)).findings.map(({ ruleId, file, line }) => `${ruleId} ${file}:${line}`)

  test('says what is new in a staged file and only counts what was there', async () => {
    repository.write({ 'src/old.js': HEAD + bad('fresh') + bad('old') })
    repository.git('add', '.')
    const found = await scanStaged(repository.root)
    assert.deepEqual(
      found.findings.map(({ file, line }) => [file, line]),
      [['src/old.js', 3]],
    )
    assert.deepEqual([found.staged, found.before, found.files], [1, 1, 3])
  })

  test('reads the index and not the working file, either way', async () => {
    repository.write({ 'src/clean.js': HEAD + bad('clean') })
    repository.git('add', '.')
    repository.write({ 'src/clean.js': HEAD + good('clean') })
    assert.deepEqual(await places(), ['SQL_INJECTION src/clean.js:3'])
    const { textOf } = await scanStaged(repository.root)
    assert.equal(textOf('src/clean.js'), HEAD + bad('clean'))
    repository.git('add', '.')
    repository.write({ 'src/clean.js': HEAD + bad('clean'), 'src/untracked.js': HEAD + bad('untracked') })
    repository.write({ 'src/other.js': HEAD + good('other') })
    repository.git('add', 'src/other.js')
    assert.deepEqual(await places(), [])
  })

  test('shows what a staged migration breaks in a file that is not staged', async () => {
    repository.write({ 'migrations/002.sql': 'ALTER TABLE users DROP COLUMN mail;\n' })
    repository.git('add', '.')
    assert.deepEqual(await places(), ['MISSING_COLUMN src/clean.js:3', 'MISSING_COLUMN src/old.js:3'])
  })

  test('shows what a staged constant does to the file that imports it', async () => {
    repository.write({
      'src/text.js': "export const text = () => 'SELECT id FROM users'\n",
      'src/uses.js': `${HEAD}import { text } from './text.js'\nexport const f = (req) => db.query(text(req.query.name))\n`,
    })
    repository.commitAll()
    repository.write({
      'src/text.js': "export const text = (name) => `SELECT id FROM users WHERE name = '${name}'`\n",
    })
    repository.git('add', '.')
    assert.deepEqual(await places(), ['SQL_INJECTION src/uses.js:4'])
  })

  test('says nothing new of lines that moved, nor of a file that was renamed', async () => {
    const loop = (name: string): string =>
      `export async function ${name}(ids) {\n  for (const id of ids) await db.query('SELECT mail FROM users WHERE id = ?', [id])\n}\n`
    repository.write({ 'src/loop.js': HEAD + loop('each') })
    repository.commitAll()
    assert.equal(
      (await scan(repository.root)).findings.some(({ ruleId }) => ruleId === 'N_PLUS_ONE'),
      true,
    )
    repository.write({ 'src/loop.js': `${HEAD}\n\n${loop('each')}` })
    repository.git('mv', 'src/old.js', 'src/renamed.js')
    repository.git('add', '.')
    const found = await scanStaged(repository.root)
    assert.deepEqual([found.findings, found.before], [[], 2])
  })

  test('leaves out what was removed, and reads what only the working folder lacks', async () => {
    repository.write({ 'src/gone.js': HEAD + bad('gone') })
    repository.git('add', '.')
    rmSync(repository.path('src/gone.js'))
    assert.deepEqual(await places(), ['SQL_INJECTION src/gone.js:3'])
    repository.git('rm', '-q', '--cached', 'src/gone.js', 'src/old.js')
    assert.deepEqual(await places(), [])
  })

  test('takes no text of what is only meant to be added, and that of what git was told not to look at', async () => {
    repository.write({ 'src/meant.js': HEAD + bad('meant'), 'src/other.js': HEAD + good('other') })
    repository.git('add', '-N', 'src/meant.js')
    repository.git('add', 'src/other.js')
    assert.deepEqual(await places(), [])
    repository.write({ 'src/clean.js': HEAD + bad('clean') })
    repository.git('add', 'src/clean.js')
    repository.git('update-index', '--assume-unchanged', 'src/clean.js')
    repository.write({ 'src/clean.js': HEAD + good('clean') })
    assert.deepEqual(await places(), ['SQL_INJECTION src/clean.js:3'])
  })

  test('calls everything new before the first commit', async () => {
    repository.git('update-ref', '-d', 'HEAD')
    assert.deepEqual(await places(), ['SQL_INJECTION src/old.js:3'])
  })

  test('knows names that mean something to a shell, to git or to a terminal', async () => {
    const names = [
      'src/a\nb.js',
      "src/'; touch x; '.js",
      'src/$(touch x).js',
      'src/ü é.js',
      '-rf.js',
      ':(top).js',
      'src/"q\\.js',
    ]
    repository.write(Object.fromEntries(names.map((name, at) => [name, HEAD + bad(`f${at}`)])))
    repository.git('add', '-A')
    const found = await scanStaged(repository.root)
    assert.deepEqual(found.findings.map(({ file }) => file).sort(), [...names].sort())
    repository.git('commit', '-q', '-m', 'c')
    for (const [at, name] of names.entries())
      writeFileSync(repository.path(name), HEAD + bad(`f${at}`) + bad(`g${at}`))
    repository.git('add', '-A')
    assert.deepEqual((await places()).length, names.length)
    assert.equal(existsSync(repository.path('x')), false)
  })

  test('reads nothing where nothing is staged that a scan reads', async () => {
    repository.write({ 'notes.txt': 'SELECT', 'src/old.js': HEAD + bad('unstaged') })
    repository.git('add', 'notes.txt')
    const found = await scanStaged(repository.root)
    assert.deepEqual([found.staged, found.files, found.findings], [1, 0, []])
  })

  test('looks at a folder of a repository alone', async () => {
    repository.write({
      'packages/a/package.json': BASE['package.json'],
      'packages/a/x.js': HEAD + bad('x'),
      'packages/b/y.js': HEAD + bad('y'),
    })
    repository.git('add', '.')
    assert.deepEqual(await places(repository.path('packages/a')), ['SQL_INJECTION x.js:3'])
  })

  test('follows links to nowhere: git keeps them as links', async () => {
    repository.git(
      'update-index',
      '--add',
      '--cacheinfo',
      `120000,${repository.git('rev-parse', 'HEAD:src/old.js').trim()},src/link.js`,
    )
    assert.deepEqual(await places(), [])
  })

  test('starts no program the repository names, and leaves the index as it is', async () => {
    const trap = repository.path('trap.sh')
    writeFileSync(trap, `#!/bin/sh\ntouch '${repository.path('sprung')}'\ncat\n`)
    chmodSync(trap, 0o755)
    for (const [name, value] of [
      ['core.fsmonitor', trap],
      ['diff.external', trap],
      ['diff.x.textconv', trap],
      ['diff.x.command', trap],
      ['filter.x.clean', trap],
      ['filter.x.smudge', trap],
      ['core.pager', trap],
    ] as const)
      repository.git('config', name, value)
    writeFileSync(repository.path('.gitattributes'), '*.js diff=x filter=x\n')
    repository.run(['-c', 'core.fsmonitor=false', '-c', 'filter.x.clean=cat', 'add', '-A'])
    repository.write({ 'src/clean.js': HEAD + bad('clean') })
    rmSync(repository.path('sprung'), { force: true })
    await scanStaged(repository.root)
    assert.equal(existsSync(repository.path('sprung')), false)
    assert.equal(existsSync(repository.path('.git/index.lock')), false)
  })

  test('uses the index that a commit in progress names, and none of another repository', async () => {
    const index = repository.path('.git/next-index-1.lock')
    repository.write({ 'src/clean.js': HEAD + bad('clean') })
    repository.git('add', '.')
    renameSync(repository.path('.git/index'), index)
    repository.git('reset', '-q')
    const other = gitRepository()
    made.push(other.remove)
    try {
      process.env['GIT_INDEX_FILE'] = index
      assert.deepEqual(await places(), ['SQL_INJECTION src/clean.js:3'])
      other.write({ 'a.js': HEAD + bad('a') })
      other.git('add', '.')
      process.env['GIT_DIR'] = repository.path('.git')
      assert.deepEqual(await places(other.root), ['SQL_INJECTION a.js:3'])
    } finally {
      delete process.env['GIT_INDEX_FILE']
      delete process.env['GIT_DIR']
    }
  })

  test('refuses unmerged files, and folders of no repository, with what to do', async () => {
    repository.git('checkout', '-q', '-b', 'side')
    repository.write({ 'src/clean.js': HEAD + bad('side') })
    repository.commitAll()
    repository.git('checkout', '-q', 'main')
    repository.write({ 'src/clean.js': HEAD + bad('main') })
    repository.commitAll()
    assert.notEqual(repository.run(['merge', '-q', 'side']).status, 0)
    await assert.rejects(scanStaged(repository.root), /src\/clean\.js is unmerged/)
    await assert.rejects(scanStaged(repository.base), /not a git repository/)
    await assert.rejects(scanStaged(repository.path('.git')), /no working tree/)
  })

  test('works in a linked working tree', async () => {
    const linked = join(repository.base, 'linked')
    repository.git('worktree', 'add', '-q', linked)
    writeFileSync(join(linked, 'src/clean.js'), HEAD + bad('clean'))
    assert.equal(repository.run(['add', '.'], linked).status, 0)
    assert.deepEqual(await places(linked), ['SQL_INJECTION src/clean.js:3'])
    assert.deepEqual(await places(), [])
  })
})

describe('a tree of git’s', () => {
  const repository = gitRepository()
  after(repository.remove)
  before(() => {
    for (const { name, files } of cleanServices())
      repository.write(
        Object.fromEntries(Object.entries(files).map(([file, text]) => [`${name}/${file}`, text])),
      )
    repository.write({
      'ledger/migrations/999_drop.sql': 'ALTER TABLE entries DROP COLUMN amount;\n',
      ...BASE,
    })
    repository.write({
      '.gitignore': 'ignored/\n',
      'src/deep/.gitignore': '!kept.js\n',
      'src/deep/kept.js': HEAD,
    })
    repository.git('add', '-A')
  })

  test('is scanned like the same files on disk, also where git has all of their texts', async () => {
    const onDisk = await scan(repository.root)
    assert.ok(onDisk.findings.length > 0 && onDisk.files > 10)
    const staged = await stagedTree(repository.root)
    assert.deepEqual(await scan(repository.root, { files: staged.index }), onDisk)
    repository.git('update-index', '--assume-unchanged', ...repository.git('ls-files').trim().split('\n'))
    const asIndexed = await stagedTree(repository.root)
    assert.deepEqual(await scan(repository.root, { files: asIndexed.index }), onDisk)
  })
})
