import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { readCommit } from './git-commit.ts'

const A = 'a'.repeat(40)
const B = 'b'.repeat(64)
const base = mkdtempSync(join(tmpdir(), 'dbmedic-git-'))
after(() => rmSync(base, { recursive: true, force: true }))
let nth = 0

/** A root with these files in and around it; gives the commit read. */
function commitOf(files: Readonly<Record<string, string>>): string | null {
  nth += 1
  const root = join(base, String(nth), 'root')
  mkdirSync(root, { recursive: true })
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  return readCommit(root)
}

test('a commit is read where git keeps it: in HEAD, loose, packed, and for a worktree in the folder it shares', () => {
  assert.equal(commitOf({ '.git/HEAD': `${A}\n` }), A)
  assert.equal(commitOf({ '.git/HEAD': 'ref: refs/heads/x/y\n', '.git/refs/heads/x/y': `${B}\n` }), B)
  const packed = `# pack-refs with: peeled\n${B} refs/heads/maint\n${A} refs/heads/main\n^${B}\n`
  assert.equal(commitOf({ '.git/HEAD': 'ref: refs/heads/main\n', '.git/packed-refs': packed }), A)
  const worktree = {
    '.git': 'gitdir: ../main/.git/worktrees/w\n',
    '../main/.git/worktrees/w/HEAD': 'ref: refs/heads/w\n',
    '../main/.git/worktrees/w/commondir': '../..\n',
    '../main/.git/refs/heads/w': `${A}\n`,
  }
  assert.equal(commitOf(worktree), A)
})

test('there is none without git, before the first commit, and where what stands there is no commit', () => {
  assert.equal(commitOf({}), null)
  assert.equal(commitOf({ '.git/HEAD': 'ref: refs/heads/main\n' }), null)
  assert.equal(
    commitOf({ '.git/HEAD': 'ref: refs/heads/.invalid\n', '.git/reftable/tables.list': 'x' }),
    null,
  )
  assert.equal(commitOf({ '.git/HEAD': 'ref: refs/../../../x\n', '../x': `${A}\n` }), null)
  assert.equal(commitOf({ '.git/HEAD': `${A.slice(1)}g\n` }), null)
  assert.equal(commitOf({ '.git': 'no folder is named here\n' }), null)
})
