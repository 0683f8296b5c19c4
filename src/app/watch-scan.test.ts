/** A watched folder: each change is told once, with what it breaks elsewhere; what git ignores and what we write is no change. */
import assert from 'node:assert/strict'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { after, describe, test } from 'node:test'
import { gitRepository } from '../../test/support/git-repository.ts'
import type { CodeFinding } from '../scanner/index.ts'
import { type WatchRound, watchScan } from './watch-scan.ts'

const HEAD = "import mysql from 'mysql2/promise'\nconst db = mysql.createPool({})\n"
const bad = (name: string): string =>
  `${HEAD}export const ${name} = (req, res) => db.query(\`SELECT id, mail FROM users WHERE name = '\${req.query.${name}}'\`)\n`
const good = (name: string): string =>
  `${HEAD}export const ${name} = () => db.query('SELECT id, mail FROM users')\n`
/** A bound for what is waited for, ms; no test waits for time to pass. */
const LONGEST_MS = 120_000

/** A repository that is being watched, with what is told of it. */
class Watched {
  readonly repository = gitRepository()
  readonly rounds: WatchRound[] = []
  readonly failures: unknown[] = []
  readonly #ending = new AbortController()
  #ended: Promise<void> = Promise.resolve()
  #waiting: (() => void) | null = null

  begin(shown?: (all: readonly CodeFinding[]) => readonly CodeFinding[]): void {
    this.#ended = watchScan(this.repository.root, {
      cache: false,
      signal: this.#ending.signal,
      onRound: (round) => {
        this.rounds.push(round)
        this.#waiting?.()
      },
      onFailure: (error) => this.failures.push(error),
      ...(shown === undefined ? {} : { shown }),
    })
  }

  /** Waits until what was told is so; gives everything new and gone in the rounds since `from`. */
  async until(from: number, holds: (told: { fresh: readonly string[]; gone: readonly string[] }) => boolean) {
    const told = () => ({
      fresh: this.rounds.slice(from).flatMap((round) => round.fresh.map(place)),
      gone: this.rounds.slice(from).flatMap((round) => round.gone.map(place)),
    })
    const signal = AbortSignal.timeout(LONGEST_MS)
    while (!(this.rounds.length > from && holds(told()))) {
      await new Promise<void>((resolve, reject) => {
        this.#waiting = resolve
        signal.addEventListener('abort', () => reject(new Error(`told so far: ${JSON.stringify(told())}`)), {
          once: true,
        })
      })
    }
    return told()
  }

  async first(): Promise<void> {
    await this.until(0, () => true)
  }

  async end(): Promise<void> {
    this.#ending.abort()
    await this.#ended
    this.repository.remove()
  }
}

const place = ({ ruleId, file }: CodeFinding): string => `${ruleId} ${file}`
const BASE = {
  'package.json': '{"dependencies":{"mysql2":"*"}}',
  'migrations/001.sql': 'CREATE TABLE users (id INT PRIMARY KEY, name VARCHAR(20), mail VARCHAR(20));\n',
  'src/a.js': good('a'),
  'src/b.js': good('b'),
  '.gitignore': 'ignored/\n',
}

describe('a watched folder', () => {
  const made: Watched[] = []
  after(async () => {
    for (const each of made) await each.end()
  })
  async function watched(files: Readonly<Record<string, string>> = BASE): Promise<Watched> {
    const own = new Watched()
    made.push(own)
    own.repository.write(files)
    own.begin()
    await own.first()
    return own
  }

  test('tells what a save brings and takes away, also one by a rename', async () => {
    const watch = await watched()
    const { repository, rounds } = watch
    assert.deepEqual(rounds[0]?.findings, [])
    repository.write({ 'src/a.js': bad('a') })
    assert.deepEqual(await watch.until(1, ({ fresh }) => fresh.length > 0), {
      fresh: ['SQL_INJECTION src/a.js'],
      gone: [],
    })
    const from = rounds.length
    writeFileSync(repository.path('src/.a.js.tmp'), good('a'))
    renameSync(repository.path('src/.a.js.tmp'), repository.path('src/a.js'))
    assert.deepEqual(await watch.until(from, ({ gone }) => gone.length > 0), {
      fresh: [],
      gone: ['SQL_INJECTION src/a.js'],
    })
  })

  test('tells what a migration breaks in files that were not touched', async () => {
    const watch = await watched()
    watch.repository.write({ 'migrations/002.sql': 'ALTER TABLE users DROP COLUMN mail;\n' })
    const { fresh } = await watch.until(1, (told) => told.fresh.length > 1)
    assert.deepEqual(fresh, ['MISSING_COLUMN src/a.js', 'MISSING_COLUMN src/b.js'])
  })

  test('sees folders that come, go and come again', async () => {
    const watch = await watched()
    const { repository, rounds } = watch
    for (let time = 0; time < 2; time++) {
      let from = rounds.length
      mkdirSync(repository.path('src/new/deep'), { recursive: true })
      repository.write({ 'src/new/deep/x.js': bad('x') })
      await watch.until(from, ({ fresh }) => fresh.includes('SQL_INJECTION src/new/deep/x.js'))
      from = rounds.length
      repository.write({ 'src/new/deep/y.js': bad('y') })
      await watch.until(from, ({ fresh }) => fresh.includes('SQL_INJECTION src/new/deep/y.js'))
      from = rounds.length
      rmSync(repository.path('src/new'), { recursive: true })
      await watch.until(from, ({ gone }) => gone.length === 2)
    }
  })

  test('says nothing of what git ignores, of what we write, nor of what is no source', async () => {
    const watch = await watched()
    const { repository } = watch
    repository.write({
      'ignored/x.js': bad('x'),
      '.dbmedic/backups/x.js': bad('x'),
      'node_modules/x/x.js': bad('x'),
      'dist/x.js': bad('x'),
      'src/x.txt': bad('x'),
    })
    repository.git('add', 'src/a.js')
    repository.write({ 'src/a.js': bad('a') })
    assert.deepEqual(await watch.until(1, ({ fresh }) => fresh.length > 0), {
      fresh: ['SQL_INJECTION src/a.js'],
      gone: [],
    })
    const from = watch.rounds.length
    repository.write({ '.gitignore': '' })
    assert.deepEqual((await watch.until(from, ({ fresh }) => fresh.length > 0)).fresh, [
      'SQL_INJECTION ignored/x.js',
    ])
  })

  test('keeps what was found in a file that does not parse just now, and says that it does not', async () => {
    const watch = await watched({ ...BASE, 'src/a.js': bad('a') })
    const { repository, rounds } = watch
    repository.write({ 'src/a.js': `${bad('a')}const x = (` })
    await watch.until(1, () => rounds.at(-1)?.unread.length === 1)
    assert.deepEqual(rounds.at(-1)?.findings.map(place), ['SQL_INJECTION src/a.js'])
    assert.match(rounds.at(-1)?.unread[0]?.because ?? '', /does not parse/)
    const from = rounds.length
    repository.write({ 'src/a.js': good('a') })
    assert.deepEqual(await watch.until(from, ({ gone }) => gone.length > 0), {
      fresh: [],
      gone: ['SQL_INJECTION src/a.js'],
    })
  })

  test('follows a checkout of another branch with hundreds of files', async () => {
    const watch = new Watched()
    made.push(watch)
    const { repository, rounds } = watch
    repository.write(BASE)
    repository.commitAll()
    repository.git('checkout', '-q', '-b', 'other')
    const names = Array.from({ length: 300 }, (_, at) => `src/m${at % 10}/f${at}.js`)
    repository.write(Object.fromEntries(names.map((name, at) => [name, bad(`f${at}`)])))
    repository.commitAll()
    repository.git('checkout', '-q', 'main')
    watch.begin()
    await watch.first()
    repository.git('checkout', '-q', 'other')
    await watch.until(1, () => rounds.at(-1)?.findings.length === names.length)
    const from = rounds.length
    repository.git('checkout', '-q', 'main')
    await watch.until(from, () => rounds.at(-1)?.findings.length === 0)
    assert.deepEqual(watch.failures, [])
  })

  test('ends while nothing happens and while it scans, and is told nothing after that', async () => {
    const watch = await watched()
    const told = watch.rounds.length
    watch.repository.write({ 'src/a.js': bad('a') })
    const ending = watch.end()
    await ending
    assert.equal(watch.rounds.length, told)
    made.splice(made.indexOf(watch), 1)
  })

  test('fails at once where the folder is not there', async () => {
    const signal = new AbortController().signal
    await assert.rejects(
      watchScan('/nonexistent/folder', {
        cache: false,
        signal,
        onRound: () => undefined,
        onFailure: () => undefined,
      }),
      /ENOENT/,
    )
  })
})
