import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sourceContext } from '../../../test/support/source-context.ts'
import type { ResolvedFixes } from '../../core/parameters.ts'
import { applyPatch } from './apply-patch.ts'

const FILE = { path: 'src/a.js', before: 'b'.repeat(64), after: 'a'.repeat(64) }
const FIXES: ResolvedFixes = {
  ids: ['bind-0123456789ab'],
  text: 'the patch',
  undoText: 'the patch back',
  after: FILE.after,
  found: 2,
  remaining: 1,
}
interface World {
  readonly digest?: string | null
  readonly fixes?: Partial<ResolvedFixes>
  readonly code?: { readonly problem: string | null; readonly findings: number }
}

const contextOf = ({ digest = FILE.before, fixes = {}, code = { problem: null, findings: 1 } }: World = {}) =>
  sourceContext<typeof applyPatch.parameters>(
    { file: FILE, fixes: { ...FIXES, ...fixes }, remaining: 1 },
    { file: { digest }, code },
  )
const unmet = async (world: World): Promise<readonly string[]> =>
  (await applyPatch.check(contextOf(world))).filter(({ met }) => met !== true).map(({ id }) => id)

describe('source/apply-patch', () => {
  test('sends the patch of the scan and nothing else, and binds repository, commit and file', async () => {
    const { plan, undo, objects } = await applyPatch.render(contextOf())
    assert.deepEqual([plan.guards, plan.steps.map(({ text }) => text)], [[], ['the patch']])
    assert.deepEqual('plan' in undo ? undo.plan.steps.map(({ text }) => text) : [], ['the patch back'])
    assert.deepEqual(objects, [
      { kind: 'repository', name: '/r at commit none', definitionDigest: 'c'.repeat(64) },
      { kind: 'file', name: 'src/a.js', definitionDigest: FILE.before },
    ])
  })

  test('wants the file as it was, the result as approved, fewer findings, and a diff that can be read', async () => {
    assert.deepEqual(await unmet({}), [])
    assert.deepEqual(await unmet({ digest: FILE.after }), ['file-as-approved'])
    assert.deepEqual(await unmet({ digest: null }), ['file-as-approved'])
    assert.deepEqual(await unmet({ fixes: { after: FILE.before } }), ['result-as-approved'])
    assert.deepEqual(await unmet({ fixes: { remaining: 2 } }), ['findings-mended'])
    assert.deepEqual(await unmet({ fixes: { found: 1 } }), ['findings-mended'])
    assert.deepEqual(await unmet({ fixes: { text: 'x'.repeat(200_001) } }), ['readable-diff'])
  })

  test('has succeeded when the file has the approved digest, parses, and no more is found in it than was said', async () => {
    const holds = async (world: World) => (await applyPatch.postcondition(contextOf(world))).holds
    assert.equal(await holds({ digest: FILE.after }), true)
    assert.equal(await holds({ digest: FILE.before }), false)
    assert.equal(await holds({ digest: FILE.after, code: { problem: 'a bracket', findings: 0 } }), false)
    assert.equal(await holds({ digest: FILE.after, code: { problem: null, findings: 2 } }), false)
  })
})
