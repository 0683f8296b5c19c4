import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { PERMISSIVE } from '../../../test/support/action-policy.ts'
import { inverseOfChange } from './inverse.ts'
import { restoreFile } from './restore-file.ts'

const FILE = { path: 'src/a.js', before: 'b'.repeat(64), after: 'a'.repeat(64) }

const contextOf = (digest: string, restore: object | null) => {
  const answers: Readonly<Record<string, object | null>> = {
    file: { digest },
    restore,
    repository: { root: '/r', commit: null, digest: 'c'.repeat(64) },
  }
  return {
    params: { file: FILE },
    ask: async (kind: string) =>
      answers[kind] == null
        ? { known: false, because: 'it is not kept', toProceed: 'no' }
        : { known: true, value: answers[kind], at: '', source: '' },
    policy: PERMISSIVE,
    server: { flavour: 'git', version: '' },
    affectedSeries: [],
  } as unknown as Parameters<typeof restoreFile.check>[0]
}

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
    const unmet = async (digest: string, restore: object | null) =>
      (await restoreFile.check(contextOf(digest, restore)))
        .filter(({ met }) => met !== true)
        .map(({ id }) => id)
    assert.deepEqual(await unmet(FILE.before, kept), [])
    assert.deepEqual(await unmet('d'.repeat(64), kept), ['file-as-approved'])
    assert.deepEqual(await unmet(FILE.before, null), ['backup-kept'])
  })

  test('has succeeded when the file has the digest it had', async () => {
    assert.equal((await restoreFile.postcondition(contextOf(FILE.after, null))).holds, true)
    assert.equal((await restoreFile.postcondition(contextOf(FILE.before, null))).holds, false)
  })

  test('is what takes any run on a repository back, its own too', () => {
    const { actionId, params } = inverseOfChange({ parameters: { file: FILE } })
    assert.equal(actionId, 'source/restore-file')
    assert.deepEqual(params.file, { path: FILE.path, before: FILE.after, after: FILE.before })
    assert.deepEqual(inverseOfChange({ parameters: params }).params.file, FILE)
  })
})
