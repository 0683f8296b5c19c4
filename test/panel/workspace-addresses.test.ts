/** Which addresses the panel asks with a workspace, beside those the API takes one at. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  inWorkspace,
  isOfWorkspace,
  leaveWorkspace,
  shownWorkspace,
  showWorkspace,
} from '../../web/src/api/workspace.ts'
import { choose } from '../../web/src/session/workspace-choice.ts'

interface Described {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly parameters?: readonly { readonly name: string }[] }>>>
  >
}

/** The panel adds no workspace: `dbmedic workspaces add` does. */
const NOT_ASKED = ['POST /api/workspaces']

test('the panel names the workspace wherever the API takes one, and nowhere else', () => {
  const { paths } = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as Described
  const wrong: string[] = []
  let ofOne = 0
  for (const [path, methods] of Object.entries(paths)) {
    if (!path.startsWith('/api/')) continue
    for (const [method, { parameters = [] }] of Object.entries(methods)) {
      const name = `${method.toUpperCase()} ${path}`
      const takes = parameters.some((each) => each.name === 'workspace')
      if (takes) ofOne += 1
      if (!NOT_ASKED.includes(name) && takes !== isOfWorkspace(path.replaceAll(/[{}]/g, ''))) wrong.push(name)
    }
  }
  assert.deepEqual(wrong, [])
  assert.ok(ofOne > 50, `${ofOne} addresses take a workspace`)
})

test('a page is of one workspace until it is loaded again or nobody is signed in any more', () => {
  leaveWorkspace()
  assert.throws(() => inWorkspace('/api/issues'), /is of none/)
  assert.equal(inWorkspace('/api/session'), '/api/session')
  assert.equal(showWorkspace(null), true)
  assert.equal(shownWorkspace(), null)
  assert.equal(showWorkspace(2), true)
  assert.equal(showWorkspace(1), false)
  assert.equal(shownWorkspace(), 2)
  assert.equal(inWorkspace('/api/issues?state=OPEN'), '/api/issues?state=OPEN&workspace=2')
  assert.equal(inWorkspace('/api/issues?workspace=1'), '/api/issues?workspace=2', 'never another one')
  assert.equal(inWorkspace('/api/invitations/open'), '/api/invitations/open')
  leaveWorkspace()
  assert.equal(showWorkspace(1), true)
  leaveWorkspace()
})

test('the address decides, then what was shown last, then the first; never one that is not the person’s', () => {
  assert.equal(choose([1, 4], { named: '4', last: '1' }), 4)
  assert.equal(choose([1, 4], { named: undefined, last: '4' }), 4)
  assert.equal(choose([1, 4], { named: undefined, last: null }), 1)
  assert.equal(choose([1, 4], { named: undefined, last: '7' }), 1)
  for (const named of ['7', '', '04', '1 ', 'all'])
    assert.equal(choose([1, 4], { named, last: '1' }), null, named)
  assert.equal(choose([], { named: undefined, last: '1' }), null)
})
