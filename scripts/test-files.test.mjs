/** That every test file is run exactly once, long ones first, and that only files fit for it share a process. */
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ROOT } from './bootstrap.mjs'
import { inOrder, inProcesses, LONGEST } from './test-files.mjs'

const files = globSync(['src/**/*.test.ts', 'test/**/*.test.ts'], { cwd: ROOT })

/** The files that a module of a group loads; a file by itself stands for itself. */
const loadedBy = (path) =>
  path.endsWith('.mjs')
    ? [...readFileSync(path, 'utf8').matchAll(/import\("(.+)"\)/g)].map(([, url]) => fileURLToPath(url))
    : [path]

describe('the order and the processes of a test run', () => {
  const processes = inProcesses(inOrder(files))

  test('every file is run exactly once', () => {
    const run = processes.flatMap(loadedBy)
    assert.deepEqual(run.sort(), files.map((file) => join(ROOT, file)).sort())
  })

  test('the files that take longest are there, and start first', () => {
    for (const file of LONGEST) assert.ok(existsSync(join(ROOT, file)), file)
    assert.deepEqual(inOrder(files).slice(0, LONGEST.length), LONGEST)
  })

  test('files that share a process are many, and have no hooks of their own and no server', () => {
    const shared = processes.filter((path) => path.endsWith('.mjs')).flatMap(loadedBy)
    assert.ok(shared.length > 150, `${shared.length} files`)
    for (const path of shared)
      assert.doesNotMatch(readFileSync(path, 'utf8'), /^(before|after)|startServer\(|spawn\(/m, path)
  })
})
