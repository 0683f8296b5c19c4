import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checkShape, resolve } from './resolve.ts'
import type { SourceQuestions } from './shapes.ts'

const SCHEMA = {
  file: { type: 'file' },
  fixes: { type: 'fixes', of: 'file', most: 2 },
  remaining: { type: 'integer', min: 0, max: 10, unit: 'findings' },
} as const
const FILE = { path: 'src/a.js', before: 'b'.repeat(64), after: 'a'.repeat(64) }
const GOOD = { file: FILE, fixes: ['bind-0123456789ab'], remaining: 0 }

describe('parameters of an action on a repository', () => {
  test('are a path, digests, ids of fixes and numbers; there is no place for a patch', () => {
    assert.equal(checkShape(SCHEMA, GOOD), null)
    for (const wrong of [
      null,
      [],
      'x',
      {},
      { ...GOOD, diff: '--- a' },
      { ...GOOD, file: { ...FILE, diff: '--- a' } },
      { ...GOOD, file: { path: FILE.path, before: FILE.before } },
      { ...GOOD, file: { ...FILE, after: FILE.before } },
      { ...GOOD, file: { ...FILE, after: 'A'.repeat(64) } },
      { ...GOOD, file: { ...FILE, after: `${'a'.repeat(63)}\n` } },
      { ...GOOD, fixes: [] },
      { ...GOOD, fixes: {} },
      { ...GOOD, fixes: ['bind-0123456789ab', 'bind-0123456789ab'] },
      { ...GOOD, fixes: ['bind-0123456789ab', 'bind-0123456789ac', 'bind-0123456789ad'] },
      { ...GOOD, fixes: ['bind-0123456789ab\n'] },
      { ...GOOD, fixes: ['--- a/x'] },
      { ...GOOD, fixes: [{ toString: () => 'bind-0123456789ab' }] },
      { ...GOOD, remaining: -1 },
      { ...GOOD, remaining: '0' },
      { ...GOOD, remaining: 0.5 },
      { fixes: GOOD.fixes, remaining: 0 },
      Object.create(GOOD),
      JSON.parse('{"__proto__":{},"file":1}'),
    ])
      assert.equal(checkShape(SCHEMA, wrong)?.code, 'DBM_PARAM_INVALID', JSON.stringify(wrong))
  })

  for (const path of [
    '',
    '/etc/hosts',
    '../a.js',
    'a/../../b.js',
    'a//b.js',
    '.git/hooks/x',
    'x/node_modules/a.js',
    '.dbmedic/a.js',
    'a\u0000.js',
    'a\n.js',
    'a/'.repeat(600),
    7,
  ])
    test(`never name the path ${JSON.stringify(path).slice(0, 40)}`, () =>
      assert.notEqual(checkShape(SCHEMA, { ...GOOD, file: { ...FILE, path } }), null))

  test('resolve to what a scan finds now, and to a refusal where it does not', async () => {
    const value: SourceQuestions['patch']['answer'] = {
      before: FILE.before,
      after: FILE.after,
      text: 't',
      undoText: 'u',
      found: 2,
      remaining: 1,
    }
    const ask = async (kind: string, params: unknown) => {
      assert.deepEqual([kind, params], ['patch', { path: FILE.path, fixes: GOOD.fixes }])
      return { known: true, value, at: '', source: '' }
    }
    const { before: _before, ...facts } = value
    assert.deepEqual(await resolve(SCHEMA, GOOD, ask as never), {
      resolved: { ...GOOD, fixes: { ids: GOOD.fixes, ...facts } },
    })
    const none = async () => ({ known: false, because: 'they are gone', toProceed: 'scan' })
    const refused = await resolve(SCHEMA, GOOD, none as never)
    assert.ok('refused' in refused && /they are gone/.test(refused.because))
  })
})
