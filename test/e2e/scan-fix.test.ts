/**
 * Fixes of a repository's code through the ordinary loop: asked for, approved by another person, written, recorded and
 * taken back. Whatever is not exactly what was approved is not written.
 */
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { codeReader } from '../../src/app/code-reader.ts'
import type { TargetAddress } from '../../src/core/engine.ts'
import type { StepRecord } from '../../src/core/nouns.ts'
import type { Binding, Step } from '../../src/core/plan.ts'
import type { ActPort } from '../../src/core/store-ports.ts'
import { fromMs } from '../../src/core/time.ts'
import { sourceEngine } from '../../src/engines/source/index.ts'
import { openStore } from '../../src/store/index.ts'
import { sha256 } from '../support/pipeline-rows.ts'
import { type FiledFix, sourceLoop } from '../support/source-loop.ts'

const users = (bound: boolean): string =>
  [
    "import mysql from 'mysql2/promise'",
    'const db = mysql.createPool({}) // é, kept as it is',
    'export async function find(req) {',
    bound
      ? '  const [rows] = await db.query(`SELECT id FROM users WHERE name = ?`, [String(req.query.name)])'
      : "  const [rows] = await db.query(`SELECT id FROM users WHERE name = '${req.query.name}'`)",
    '  return rows',
    '}',
    '',
  ].join('\r\n')
const COMMIT = 'c0ffee'.padEnd(40, '0')
const PATIENCE_MS = 30_000

/** What an executor holds of a repository. */
const actuatorOf = (root: string) =>
  sourceEngine(codeReader).act({ options: { root } } as unknown as TargetAddress, { user: '', password: '' })

const recordOf = (step: Step): StepRecord => ({
  index: 0,
  kind: step.kind,
  statement: step.text,
  statementDigest: sha256(step.text),
  startedAt: fromMs(Date.now()),
  endedAt: null,
  ok: null,
  affectedRows: null,
  messages: [],
})

describe('dbmedic scan fix', () => {
  const { cli, as, did, story, asked, carryOut, begin, end } = sourceLoop()
  const file = (name: string): string => readFileSync(cli.path(`app/src/${name}`), 'utf8')
  /** ana asks for the fixes and ben approves them; gives the decisions by file. */
  const approved = async (...names: string[]) => {
    const files = await asked()
    const found = names.map((name) => files.find((each) => each.file === `src/${name}`))
    for (const each of found) did(await as('ben', 'approve', String(each?.decisionId)))
    return found.map((each) => ({ decisionId: each?.decisionId ?? 0, issueId: each?.issueId ?? 0 }))
  }
  /** The run of an issue's decision, once it has ended. */
  const ending = async (issueId: number) => {
    for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await sleep(200)) {
      const run = (await story(issueId)).decisions[0]?.executions[0]?.execution
      if (run?.executionOutcome != null) return run
    }
    return null
  }

  before(async () => {
    for (const folder of ['app', 'app/src', 'app/.git', 'app/migrations', 'other'])
      mkdirSync(cli.path(folder))
    cli.write('app/package.json', '{"dependencies":{"mysql2":"*"}}')
    cli.write('app/migrations/001.sql', 'CREATE TABLE users (id INT PRIMARY KEY, name VARCHAR(80));\n')
    cli.write('app/.git/HEAD', `${COMMIT}\n`)
    for (const name of ['one.js', 'users.js']) cli.write(`app/src/${name}`, users(false))
    await begin()
  })
  after(end)

  /** Decisions of the first fixes, in order of their files. */
  let first: readonly FiledFix[] = []

  test('asks for one decision a file, whose plan is the diff with repository, commit and digests; nothing is written', async () => {
    first = await asked()
    assert.deepEqual(
      first.map((each) => [each.file, each.refused]),
      [
        ['src/one.js', null],
        ['src/users.js', null],
      ],
    )
    assert.equal(file('users.js'), users(false))
    assert.deepEqual(readdirSync(cli.path('app')).sort(), ['.git', 'migrations', 'package.json', 'src'])
    const { binding } = (await story(first[1]?.issueId ?? 0)).decisions[0] ?? assert.fail()
    const text = binding.steps[0]?.text ?? ''
    assert.equal(binding.steps.length, 1)
    assert.match(text, /^repository ".*\/app"\ncommit c0ffee0{34}\nfile "src\/users\.js"\nbefore /)
    const digests = `before ${sha256(users(false))}\nafter ${sha256(users(true))}\n--- a/src/users.js\n`
    assert.ok(text.includes(digests), text)
    assert.match(text, /^-.*\$\{req\.query\.name\}/m)
    assert.match(text, /^\+.*name = \?`, \[String\(req\.query\.name\)\]/m)
  })

  test('writes nothing without an approval, and nothing its proposer approved', async () => {
    const decisionId = String(first[0]?.decisionId)
    assert.equal((await as('', 'execute', decisionId)).code, 3)
    assert.match((await as('ana', 'approve', decisionId)).err, /proposer/)
    assert.deepEqual(await carryOut(), [])
    assert.deepEqual([file('one.js'), file('users.js')], [users(false), users(false)])
  })

  test('writes exactly the approved files, one after the other, keeps what they were, and records the runs', async () => {
    for (const each of first) did(await as('ben', 'approve', String(each.decisionId)))
    const runs = await carryOut()
    assert.deepEqual(
      runs.map(({ outcome }) => outcome),
      ['SUCCESS', 'SUCCESS'],
      JSON.stringify(runs),
    )
    assert.deepEqual([file('one.js'), file('users.js')], [users(true), users(true)])
    assert.deepEqual(readdirSync(cli.path('app/src')), ['one.js', 'users.js'])
    assert.equal(readFileSync(cli.path(`app/.dbmedic/backups/${sha256(users(false))}`), 'utf8'), users(false))
    assert.deepEqual(await carryOut(), [], 'once')
    assert.deepEqual(await asked(), [], 'fix twice is fix once')
  })

  test('undo asks for the file as it was, byte for byte, and is refused once the file has changed since', async () => {
    const done = String(first[1]?.decisionId)
    assert.match(did(await as('', 'scan', 'undo', done)), /Would ask for source\/restore-file/)
    cli.write('app/src/users.js', `${users(true)}// mine`)
    const late = await as('ana', 'scan', 'undo', done, '--execute', '--wait', '120')
    assert.equal(late.code, 3, late.out)
    assert.match(late.err.replace(/\s+/g, ' '), /has changed since/)
    assert.equal(file('users.js'), `${users(true)}// mine`)
    cli.write('app/src/users.js', users(true))
    const undo = did(await as('ana', 'scan', 'undo', done, '--execute', '--wait', '120', '--json'))
    did(await as('ben', 'approve', String((JSON.parse(undo) as { decisionId: number }).decisionId)))
    const [run] = await carryOut()
    assert.equal(run?.outcome, 'SUCCESS', JSON.stringify(run))
    assert.deepEqual([file('one.js'), file('users.js')], [users(true), users(false)])
  })

  test('bytes that somebody commits among the backups are no undo', async () => {
    const [path, planted, now] = ['src/users.js', 'export const theirs = 1\n', sha256(file('users.js'))]
    const record = { schema: 'dbmedic/backup/1', file: path, before: sha256(planted), after: now }
    const name = `${record.before}-${sha256(JSON.stringify([path, now])).slice(0, 16)}-1.json`
    cli.write(`app/.dbmedic/backups/${record.before}`, planted)
    cli.write(`app/.dbmedic/backups/${name}`, JSON.stringify(record))
    const params = JSON.stringify({ file: { path, before: now, after: record.before } })
    const of = ['source/restore-file', '--target', 'app-code', '--reason', 'x', '--params', params]
    const ran = await as('ana', 'request', ...of, '--wait', '120')
    assert.equal(ran.code, 3, ran.out)
    assert.match(ran.err.replace(/\s+/g, ' '), /no completed run of ours changed this file so/)
    assert.equal(sha256(file('users.js')), now)
  })

  test('an approval is void once the file, or the commit, is another', async () => {
    cli.write('app/src/users.js', users(false).replace('é', '1'))
    cli.write('app/src/one.js', users(false).replace('é', '2'))
    await approved('one.js', 'users.js')
    cli.write('app/src/one.js', users(false).replace('é', '3'))
    cli.write('app/.git/HEAD', `${'d'.repeat(40)}\n`)
    const runs = await carryOut()
    assert.deepEqual(
      runs.map(({ outcome }) => outcome),
      ['REFUSED', 'REFUSED'],
      JSON.stringify(runs),
    )
    assert.match(runs[0]?.because ?? '', /these fixes cannot be made now|has changed/)
    assert.match(runs[1]?.because ?? '', /statements changed since decision/)
    assert.deepEqual(
      [file('one.js'), file('users.js')],
      [users(false).replace('é', '3'), users(false).replace('é', '1')],
    )
  })

  test('a run whose process died is settled by what the file is, and its session can write nothing any more', async () => {
    const names = ['before.js', 'after.js']
    for (const name of names) cli.write(`app/src/${name}`, users(false))
    const decisions = await approved(...names)
    const store = await openStore({ path: cli.path('dbmedic.sqlite'), roles: ['act'] })
    try {
      for (const [at, { decisionId, issueId }] of decisions.entries()) {
        const { session, step } = await dieAt(store.act ?? assert.fail(), decisionId, at === 1)
        const ended = await ending(issueId)
        assert.equal(ended?.executionOutcome, at === 1 ? 'SUCCESS' : 'FAILED', ended?.executionErrors ?? '')
        assert.equal((await session.send(step)).ok, false)
        assert.equal(file(names[at] ?? ''), users(at === 1))
      }
    } finally {
      await store.close()
    }
  })

  /** Begins a run as an executor does, and leaves it, with its step sent or not. */
  const dieAt = async (act: ActPort, decisionId: number, sends: boolean) => {
    const run = (await act.runnable(10)).find((each) => each.decision.decisionId === decisionId)
    const [step] = (JSON.parse(run?.decision.bindingText ?? '') as Binding).steps
    assert.ok(run !== undefined && step !== undefined)
    const session = await actuatorOf(cli.path('app')).open()
    const executionId = (await act.queueExecution(run, 'dead')) ?? assert.fail()
    const former = { connectionId: session.connectionId, epoch: fromMs(0) }
    assert.ok(await act.startExecution(executionId, { owner: 'dead', seconds: 600 }, { session: former }))
    await act.recordSteps(executionId, 'dead', [recordOf(step)])
    if (sends) assert.equal((await session.send(step)).ok, true)
    assert.ok(await act.renewLease(executionId, { owner: 'dead', seconds: 1 }))
    return { session, step }
  }

  test('a patch somebody makes up is no parameter, and what no scan finds is no fix', async () => {
    const ask = (params: object) =>
      as(
        'ana',
        'request',
        'source/apply-patch',
        ...['--target', 'app-code', '--reason', 'x', '--wait', '120'],
        '--params',
        JSON.stringify(params),
      )
    const given = { path: 'src/users.js', before: sha256(file('users.js')), after: 'a'.repeat(64) }
    const of = (more: object) => ({ file: given, fixes: ['bind-0123456789ab'], remaining: 0, ...more })
    for (const wrong of [
      of({ text: '--- a/x' }),
      of({ file: { ...given, path: '../dbmedic.yaml' } }),
      of({ file: { ...given, path: '.git/HEAD' } }),
      of({ fixes: [] }),
      of({ fixes: ['--- a/x'] }),
    ])
      assert.equal((await ask(wrong)).code, 2, JSON.stringify(wrong))
    const unknown = await ask(of({}))
    assert.equal(unknown.code, 3, unknown.out)
    assert.match(unknown.err, /finds these fixes no more/)
  })

  test('a folder that is no repository of the configuration is neither asked for nor written', async () => {
    const ran = await as('ana', 'scan', 'fix', 'app/src')
    assert.equal(ran.code, 2)
    assert.match(ran.err, /no repository of the configuration/)
  })
})
