import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { smallTextOf } from './small-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'dbmedic-small-'))
after(() => rmSync(folder, { recursive: true }))

test('an ordinary file of no more than the bound is read, also through a link', () => {
  writeFileSync(join(folder, 'package.json'), '{"private":true}')
  symlinkSync('package.json', join(folder, 'link.json'))
  assert.equal(smallTextOf(join(folder, 'package.json')), '{"private":true}')
  assert.equal(smallTextOf(join(folder, 'link.json'), 16), '{"private":true}')
  assert.equal(smallTextOf(join(folder, 'package.json'), 15), null)
})

test('neither a device without end, nor a pipe nobody writes to, nor a folder, nor what is not there holds it up', () => {
  symlinkSync('/dev/zero', join(folder, 'endless.json'))
  execFileSync('mkfifo', [join(folder, 'pipe.json')])
  for (const name of ['endless.json', 'pipe.json', '.', 'missing.json'])
    assert.equal(smallTextOf(join(folder, name)), null, name)
})
