/** `dbmedic scan --staged`, `scan --watch` and `hook` as a developer would call them. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { after, before, describe, test } from 'node:test'
import { gitRepository } from '../support/git-repository.ts'
import { cliFolder, failed, json } from '../support/run-cli.ts'

const bad = (name: string): string =>
  `import mysql from 'mysql2'\nexport const ${name} = (req) => mysql.createPool({}).query('SELECT id FROM t WHERE a = ' + req.query.a)\n`

const cli = cliFolder()
after(() => cli.remove())

describe('dbmedic scan --staged', () => {
  const repository = gitRepository()
  after(repository.remove)
  before(() => {
    repository.write({ 'old.js': bad('old') })
    repository.commitAll()
  })

  test('says that nothing is new, and exits with 0', async () => {
    const ran = await cli.call(['scan', repository.root, '--staged'])
    assert.deepEqual(
      [ran.code, ran.out],
      [0, '0 staged files, 0 findings that the last commit does not have.\n'],
    )
  })

  test('shows what is new with the staged lines, and exits with 4', async () => {
    repository.write({ 'fresh.js': bad('fresh'), 'old.js': `${bad('old')}// more\n` })
    repository.git('add', '.')
    repository.write({ 'fresh.js': '// nothing any more\n' })
    const ran = await cli.call(['scan', repository.root, '--staged'])
    assert.equal(ran.code, 4, ran.err)
    assert.match(ran.out, /critical SQL_INJECTION {2}fresh\.js:2:\d+/)
    assert.match(ran.out, /2 \| export const fresh/)
    assert.match(ran.out, /2 staged files, 1 findings .*\n1 more in these files were there before\.\n$/)
    assert.doesNotMatch(ran.out, /old\.js/)
    const lenient = await cli.call(['scan', repository.root, '--staged', '--max-severity', 'critical'])
    assert.equal(lenient.code, 0)
  })

  test('gives the JSON of a scan, and SARIF', async () => {
    const ran = await cli.call(['scan', repository.root, '--staged', '--json', '--sarif', 'staged.sarif'])
    const { files, findings } = json(ran, 4) as { files: number; findings: { file: string }[] }
    assert.deepEqual([files, findings.map(({ file }) => file)], [2, ['fresh.js']])
    const { runs } = JSON.parse(readFileSync(cli.path('staged.sarif'), 'utf8')) as {
      runs: { results: object[] }[]
    }
    assert.equal(runs[0]?.results.length, 1)
  })

  test('names a staged file that does not parse', async () => {
    repository.write({ 'broken.js': "const x = 'SELECT id FROM users' +\n" })
    repository.git('add', '.')
    const ran = await cli.call(['scan', repository.root, '--staged'])
    assert.match(ran.out, /1 staged files were not read:\n {2}broken\.js: it does not parse/)
    repository.git('rm', '-q', '-f', 'broken.js')
  })

  test('does not go with what is about the files as they are', async () => {
    failed(
      await cli.call(['scan', repository.root, '--staged', '--diff']),
      2,
      /--staged looks at the index, and --diff/,
    )
    failed(
      await cli.call(['scan', repository.root, '--staged', '--write-baseline', 'x']),
      2,
      /--write-baseline is about/,
    )
    failed(await cli.call(['scan', repository.base, '--staged']), 2, /not a git repository/)
  })
})

describe('dbmedic hook', () => {
  const repository = gitRepository()
  after(repository.remove)

  test('is installed, told of and removed', async () => {
    const hook = repository.path('.git/hooks/pre-commit')
    const state = async () =>
      json(await cli.call(['hook', 'status', repository.root, '--json'])) as { state: string; path: string }
    assert.equal((await state()).state, 'absent')
    assert.match(
      (await cli.call(['hook', 'install', repository.root])).out,
      /^installed: .*pre-commit\nIt runs '.*dbmedic' scan --staged\n$/,
    )
    assert.match((await cli.call(['hook', 'install', repository.root])).out, /^installed already: /)
    assert.deepEqual(await state(), {
      path: hook,
      state: 'ours',
      runs: ((await state()) as { runs?: string }).runs,
    })
    assert.match((await cli.call(['hook', 'uninstall', repository.root])).out, /^removed: /)
    assert.match((await cli.call(['hook', 'uninstall', repository.root])).out, /^there was none of ours: /)
  })

  test('is refused where somebody else has one, with the line to add', async () => {
    const hook = repository.path('.git/hooks/pre-commit')
    writeFileSync(hook, '#!/bin/sh\n')
    failed(
      await cli.call(['hook', 'install', repository.root]),
      3,
      /a hook of somebody else.*\nNext: .*add this line to it: '.*dbmedic' scan --staged/,
    )
    assert.match(
      (await cli.call(['hook', 'uninstall', repository.root])).out,
      /^there was none of ours: .*\nTo add it: /,
    )
    assert.equal(readFileSync(hook, 'utf8'), '#!/bin/sh\n')
    failed(await cli.call(['hook', 'install', repository.base]), 2, /not a git repository/)
  })
})

describe('dbmedic scan --watch', () => {
  const repository = gitRepository()
  after(repository.remove)

  test('gives a line of JSON for the first scan and for each change, and ends with 0 on Ctrl-C', async () => {
    repository.write({ 'a.js': 'export const a = 1\n' })
    const child = cli.begin(['scan', repository.root, '--watch', '--json'])
    const ended = once(child, 'close')
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const next = async () => {
      const { value, done } = await lines.next()
      assert.notEqual(done, true, 'the watch ended')
      return JSON.parse(String(value)) as Readonly<Record<string, unknown>>
    }
    const first = await next()
    assert.deepEqual([first['event'], first['findings']], ['scan', []])
    repository.write({ 'a.js': bad('a') })
    const second = await next()
    assert.equal(second['event'], 'change')
    assert.deepEqual(
      (second['fresh'] as { file: string; line: number }[]).map(({ file, line }) => [file, line]),
      [['a.js', 2]],
    )
    assert.deepEqual(Object.keys(second), ['event', 'files', 'statements', 'fresh', 'gone', 'notRead'])
    child.kill('SIGINT')
    assert.deepEqual(await ended, [0, null])
  })

  test('does not go with what is about one moment', async () => {
    failed(
      await cli.call(['scan', repository.root, '--watch', '--staged']),
      2,
      /--watch goes on, and --staged/,
    )
    failed(
      await cli.call(['scan', repository.root, '--watch', '--sarif', 'x']),
      2,
      /--watch goes on, and --sarif/,
    )
  })
})
