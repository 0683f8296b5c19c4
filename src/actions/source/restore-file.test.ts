import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sourceContext } from '../../../test/support/source-context.ts'
import type { ExecutionOutcome } from '../../core/vocabulary.ts'
import { applyPatch } from './apply-patch.ts'
import { changedFiles } from './changed-files.ts'
import { inverseOfChange } from './inverse.ts'
import { restoreFile } from './restore-file.ts'

const FILE = { path: 'src/a.js', before: 'b'.repeat(64), after: 'a'.repeat(64) }

/** The run that is taken back: it made of the file what it is. */
const CHANGED = { path: FILE.path, before: FILE.after, after: FILE.before }
const contextOf = (digest: string, restore: object | null, changed = [CHANGED]) =>
  sourceContext<typeof restoreFile.parameters>(
    { file: FILE },
    { file: { digest }, restore },
    { changedFiles: changed },
  )

describe('source/restore-file', () => {
  const kept = { text: 'there', undoText: 'back' }

  test('sends what the backup makes of the file', async () => {
    const { plan, undo } = await restoreFile.render(contextOf(FILE.before, kept))
    assert.deepEqual(
      plan.steps.map(({ text }) => text),
      ['there'],
    )
    assert.deepEqual('plan' in undo ? undo.plan.steps.map(({ text }) => text) : [], ['back'])
    assert.deepEqual((await restoreFile.render(contextOf(FILE.before, null))).plan.steps, [])
  })

  test('wants the file as the fix left it, and the bytes it was before', async () => {
    const unmet = async (...world: Parameters<typeof contextOf>) =>
      (await restoreFile.check(contextOf(...world))).filter(({ met }) => met !== true).map(({ id }) => id)
    assert.deepEqual(await unmet(FILE.before, kept), [])
    assert.deepEqual(await unmet('d'.repeat(64), kept), ['file-as-approved'])
    assert.deepEqual(await unmet(FILE.before, null), ['backup-kept'])
    assert.deepEqual(await unmet(FILE.before, kept, []), ['backup-kept'], 'bytes that no run of ours kept')
    for (const other of [{ path: 'src/b.js' }, { before: 'd'.repeat(64) }, { after: 'd'.repeat(64) }, FILE])
      assert.deepEqual(await unmet(FILE.before, kept, [{ ...CHANGED, ...other }]), ['backup-kept'])
  })

  test('has succeeded when the file has the digest it had', async () => {
    assert.equal((await restoreFile.postcondition(contextOf(FILE.after, null))).holds, true)
    assert.equal((await restoreFile.postcondition(contextOf(FILE.before, null))).holds, false)
  })

  test('and a fix are there or gone by the bytes of the file alone, whatever a scan finds and at whatever commit', async () => {
    const { before, after } = FILE
    for (const action of [restoreFile, applyPatch])
      for (const [digest, is] of [
        [after, 'there'],
        [before, 'gone'],
        ['d'.repeat(64), 'other'],
        [null, 'other'],
      ] as const) {
        const params = { file: FILE, fixes: {}, remaining: 0 } as never
        const answers = { file: { digest }, repository: null, code: { problem: 'a bracket', findings: 9 } }
        const effect = await action.effect?.(sourceContext(params, answers) as never)
        assert.equal(effect?.is, is, `${action.id} ${digest}`)
      }
    const unknown = sourceContext({ file: FILE } as never, { file: null }) as never
    assert.equal((await restoreFile.effect?.(unknown))?.is, 'unknown')
  })

  test('is what takes any run on a repository back, its own too', () => {
    const { actionId, params } = inverseOfChange({ parameters: { file: FILE } })
    assert.equal(actionId, 'source/restore-file')
    assert.deepEqual(params.file, { path: FILE.path, before: FILE.after, after: FILE.before })
    assert.deepEqual(inverseOfChange({ parameters: params }).params.file, FILE)
  })

  test('rests on completed runs on this very folder only', () => {
    const run = {
      actionName: 'source/apply-patch',
      purpose: 'DO',
      status: 'COMPLETED',
      outcome: 'SUCCESS' as ExecutionOutcome,
      finishedAt: null,
      instanceUid: 'source:1',
      parameters: { file: CHANGED, remaining: 0 },
    } as const
    const found = (more: Partial<Parameters<typeof changedFiles>[0][number]>) =>
      changedFiles([{ ...run, ...more }], 'source:1').length
    assert.deepEqual(changedFiles([run], 'source:1'), [CHANGED])
    assert.equal(found({ actionName: 'source/restore-file' }), 1)
    assert.equal(found({ outcome: 'PARTIAL_SUCCESS' }), 1)
    for (const other of [
      { actionName: 'source/other' },
      { purpose: 'UNDO' },
      { status: 'IN_PROGRESS', outcome: null },
      { status: 'FAILED', outcome: 'FAILED' },
      { outcome: 'ROLLED_BACK' },
      { instanceUid: 'source:2' },
      { parameters: {} },
      { parameters: { file: { path: 1 } } },
    ] as const)
      assert.equal(found(other), 0, JSON.stringify(other))
  })
})
