/** A session writes what an approved step says into its own repository, once allowed, and can be fenced off for good. */
import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { TargetAddress } from '../../../core/engine.ts'
import type { Step } from '../../../core/plan.ts'
import { textDiff } from '../../../scanner/patches.ts'
import { digestOf } from '../files/read-file.ts'
import { readIdentity } from '../identity.ts'
import { sourceEngine } from '../index.ts'
import { writeStep } from '../patch-step.ts'
import type { CodeReader } from '../shapes.ts'

const BEFORE = 'const a = 1\n'
const AFTER = 'const a = 2\n'
const digest = (text: string): string => digestOf(Buffer.from(text))

let root = ''
let address: TargetAddress
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'dbmedic-act-')))
  mkdirSync(join(root, 'src'))
  writeFileSync(join(root, 'src/a.js'), BEFORE)
  address = { name: 'code', options: { root } } as unknown as TargetAddress
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const reader: CodeReader = {
  patch: async () => ({ because: 'a scan finds none' }),
  state: async () => ({ problem: null, findings: 0 }),
  diff: textDiff,
}
const engine = sourceEngine(reader)
const open = () => engine.act(address, { user: '', password: '' }).open()
const step = (of: Partial<Parameters<typeof writeStep>[0]> = {}, more: Partial<Step> = {}): Step => ({
  kind: 'statement',
  text: writeStep({
    root,
    commit: null,
    file: 'src/a.js',
    before: digest(BEFORE),
    after: digest(AFTER),
    diff: textDiff('src/a.js', BEFORE, AFTER),
    ...of,
  }),
  timeoutMs: 1000,
  onlyIf: null,
  ...more,
})
const now = (): string => readFileSync(join(root, 'src/a.js'), 'utf8')
const sessions = (): string[] => readdirSync(join(root, '.dbmedic/sessions'))

describe('an act session on a repository', () => {
  test('writes the step, says where what it was is kept, and leaves no session behind', async () => {
    const session = await open()
    assert.deepEqual(sessions(), [session.connectionId])
    const result = await session.send(step())
    assert.deepEqual([result.ok, result.skipped, result.messages[0]?.code], [true, false, 'BACKUP'])
    assert.equal(now(), AFTER)
    await session.close()
    assert.deepEqual(sessions(), [])
  })

  test('refuses what is not exactly a step on this repository, and what does not fit', async () => {
    const session = await open()
    const other = { question: { kind: 'file', params: {} }, equals: null }
    for (const wrong of [
      step({}, { text: 'DROP TABLE users' }),
      step({}, { text: textDiff('src/a.js', BEFORE, AFTER) }),
      step({}, { onlyIf: other }),
      step({ root: join(root, 'src') }),
      step({ root: '/' }),
      step({ file: '../a.js' }),
      step({ before: digest('x') }),
      step({ after: digest('x') }),
      step({ diff: textDiff('src/a.js', 'b\n', AFTER) }),
    ]) {
      const result = await session.send(wrong)
      assert.deepEqual([result.ok, result.messages[0]?.code], [false, 'REFUSED'], wrong.text)
    }
    assert.equal(now(), BEFORE)
    await session.close()
  })

  test('writes nothing once it may not, or once another session ended it', async () => {
    const [session, other] = [await open(), await open()]
    const withheld = await session.send(step(), () => false)
    assert.deepEqual([withheld.skipped, withheld.messages[0]?.code], [true, 'WITHHELD'])
    const former = { connectionId: session.connectionId, epoch: '' }
    assert.equal(await other.endFormer(former, false), 'gone')
    assert.equal(await other.endFormer(former, true), 'gone', 'and it stays so')
    assert.equal((await session.send(step())).ok, false)
    assert.equal(now(), BEFORE)
    assert.equal((await other.send(step())).ok, true)
    await session.close()
    await other.close()
    for (const strange of ['..', '../../src', 'a', ''])
      assert.equal(await other.endFormer({ connectionId: strange, epoch: '' }, true), 'gone')
    assert.ok(existsSync(join(root, 'src/a.js')))
  })

  test('answers to a repository that is the same until its folder is another one', async () => {
    const uid = () => {
      const identity = readIdentity(address)
      return identity.known ? identity.value.instanceUid : null
    }
    const first = uid()
    writeFileSync(join(root, 'src/a.js'), AFTER)
    assert.equal(uid(), first)
    rmSync(root, { recursive: true })
    assert.equal(uid(), null)
  })
})

describe('questions about a repository', () => {
  const ask = (kind: string, params: object) =>
    (
      engine.observe(address, { monitor: { user: '', password: '' }, planner: null }).ask as unknown as (
        k: string,
        p: object,
      ) => Promise<{ known: boolean; value: never; because: string }>
    )(kind, params)

  test('write nothing and never reject', async () => {
    assert.deepEqual((await ask('file', { path: 'src/a.js' })).value, { digest: digest(BEFORE) })
    assert.deepEqual((await ask('file', { path: 'src/gone.js' })).value, { digest: null })
    assert.equal((await ask('file', { path: '../x' })).known, false)
    assert.match((await ask('patch', { path: 'src/a.js', fixes: [] })).because, /finds none/)
    assert.equal((await ask('toString', {})).known, false)
    assert.deepEqual(readdirSync(root), ['src'])
    rmSync(root, { recursive: true })
    for (const kind of ['file', 'code', 'patch', 'restore', 'repository'])
      assert.equal((await ask(kind, { path: 'src/a.js', fixes: [] })).known, false, kind)
  })

  test('know what a run kept, and nothing of a file that changed since', async () => {
    const back = { path: 'src/a.js', before: digest(AFTER), after: digest(BEFORE) }
    const session = await open()
    await session.send(step())
    const { value } = await ask('restore', back)
    const { text, undoText } = value as { text: string; undoText: string }
    assert.equal((await session.send(step({}, { text }))).ok, true)
    assert.equal(now(), BEFORE)
    assert.equal((await session.send(step({}, { text: undoText }))).ok, true)
    assert.equal(now(), AFTER)
    await session.close()
    writeFileSync(join(root, '.dbmedic/backups', digest(BEFORE)), 'something else')
    assert.match((await ask('restore', back)).because, /not kept/)
    writeFileSync(join(root, 'src/a.js'), `${AFTER}//`)
    assert.match((await ask('restore', back)).because, /changed since/)
  })
})
