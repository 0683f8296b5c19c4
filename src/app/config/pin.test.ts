/** Pinning writes one key into dbmedic.yaml and leaves everything else as it was. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { loadConfig, parseConfig } from './load.ts'
import { pinAdministrator, pinnedNow } from './pin.ts'

const folder = mkdtempSync(join(tmpdir(), 'dbmedic-pin-'))
after(() => rmSync(folder, { recursive: true }))
const [A, B] = ['a'.repeat(64), 'b'.repeat(64)] as const
const file = (name: string, text: string, mode = 0o640): string => {
  writeFileSync(join(folder, name), text, { mode })
  return join(folder, name)
}
const pins = (path: string): readonly string[] => loadConfig(path).access.administrators

describe('pinning an administrator', () => {
  test('keeps comments, order and mode, and adds to who is pinned', () => {
    const text =
      '# ours\nstore: ./x.sqlite # here\nkeyring: ./keys # ours too\ntargets: []\n# the end of a long remark that is longer than eighty characters and stays one line\n'
    const path = file('whole.yaml', text)
    assert.equal(pinAdministrator(path, A), true)
    assert.equal(pinAdministrator(path, A), false)
    assert.equal(pinAdministrator(path, B), true)
    assert.deepEqual(pins(path), [A, B])
    const after = readFileSync(path, 'utf8')
    for (const line of text.trim().split('\n')) assert.ok(after.includes(line), line)
    assert.equal(statSync(path).mode & 0o777, 0o640)
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith('.new')),
      [],
    )
  })

  test('works on a file that is not there, is empty, is JSON, or has an empty list', () => {
    assert.equal(pinAdministrator(join(folder, 'new.yaml'), A), true)
    for (const [name, text] of [
      ['empty.yaml', ''],
      ['comment.yaml', '# nothing yet\n'],
      ['flow.yaml', '{"store":"./y.sqlite","targets":[]}'],
      ['none.yaml', 'access:\n  administrators: []\n'],
      ['section.yaml', 'access: {}\n'],
    ] as const)
      assert.equal(pinAdministrator(file(name, text), A), true, name)
    for (const name of ['new', 'empty', 'comment', 'flow', 'none', 'section'])
      assert.deepEqual(pins(join(folder, `${name}.yaml`)), [A], name)
    assert.equal(loadConfig(join(folder, 'flow.yaml')).store, join(folder, 'y.sqlite'))
  })

  test('leaves a file alone that is not valid, or would not be', () => {
    const broken = file('broken.yaml', 'acess:\n  administrators: []\n')
    assert.throws(() => pinAdministrator(broken, A), { code: 'DBM_CONFIG_INVALID' })
    const good = file('good.yaml', 'targets: []\n')
    assert.throws(() => pinAdministrator(good, 'not a key'), { code: 'DBM_CONFIG_INVALID' })
    assert.deepEqual(
      [readFileSync(broken, 'utf8'), readFileSync(good, 'utf8')],
      ['acess:\n  administrators: []\n', 'targets: []\n'],
    )
    assert.throws(() => pinAdministrator(folder, A), { code: 'DBM_CONFIG_UNREADABLE' })
  })

  test('is seen by a program that started with nobody pinned, and not by one that pins somebody', () => {
    const path = file('running.yaml', 'targets: []\n')
    const [waiting, sure] = [
      pinnedNow(path, loadConfig(path)),
      pinnedNow(path, parseConfig(`access: { administrators: [${B}] }`, 'f')),
    ]
    assert.deepEqual(waiting(), [])
    pinAdministrator(path, A)
    assert.deepEqual([waiting(), sure()], [[A], [B]])
  })
})
