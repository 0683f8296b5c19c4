import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

interface Entry {
  version?: string
  optional?: boolean
  dev?: boolean
  os?: string[]
  cpu?: string[]
  libc?: string[]
  optionalDependencies?: Record<string, string>
}
interface Lock {
  packages: Record<string, Entry>
}
const { completeLock } = (await import(new URL('../../scripts/lock-fix.mjs', import.meta.url).href)) as {
  completeLock: (lock: Lock) => { lock: Lock; added: string[] }
}

const owner = (version: string, names: string[], more: Entry = {}): Entry => ({
  version,
  ...more,
  optionalDependencies: Object.fromEntries(names.map((name) => [name, version])),
})

describe('the completed lock', () => {
  test('names every platform’s package with the platform it is for', () => {
    const names = [
      '@x/b-darwin-arm64',
      '@x/b-linux-x64-musl',
      '@x/b-linux-arm-gnueabihf',
      '@x/b-win32-ia32-msvc',
    ]
    const { lock, added } = completeLock({
      packages: { 'node_modules/x': owner('1.2.3', names, { dev: true }) },
    })
    assert.equal(added.length, 4)
    const plain = { version: '1.2.3', dev: true, optional: true }
    assert.deepEqual(lock.packages['node_modules/@x/b-darwin-arm64'], {
      ...plain,
      cpu: ['arm64'],
      os: ['darwin'],
    })
    assert.deepEqual(lock.packages['node_modules/@x/b-linux-x64-musl'], {
      ...plain,
      cpu: ['x64'],
      os: ['linux'],
      libc: ['musl'],
    })
    assert.deepEqual(lock.packages['node_modules/@x/b-linux-arm-gnueabihf'], {
      ...plain,
      cpu: ['arm'],
      os: ['linux'],
    })
    assert.deepEqual(lock.packages['node_modules/@x/b-win32-ia32-msvc'], {
      ...plain,
      cpu: ['ia32'],
      os: ['win32'],
    })
  })

  test('is not completed twice, and keeps what npm itself resolved', () => {
    const first = completeLock({ packages: { 'node_modules/x': owner('1.0.0', ['b-linux-x64']) } })
    assert.deepEqual(completeLock(first.lock), { lock: first.lock, added: [] })
  })

  test('nests a version that another package’s one stands in the way of', () => {
    const { added } = completeLock({
      packages: {
        'node_modules/b-linux-x64': { version: '2.0.0' },
        'node_modules/x': owner('1.0.0', ['b-linux-x64']),
      },
    })
    assert.deepEqual(added, ['node_modules/x/node_modules/b-linux-x64'])
  })

  test('is the one committed, and it names no registry', () => {
    const text = readFileSync(fileURLToPath(new URL('../../package-lock.json', import.meta.url)), 'utf8')
    assert.deepEqual(completeLock(JSON.parse(text) as Lock).added, [])
    // A workspace is resolved to its folder.
    assert.doesNotMatch(text.replaceAll(/"resolved": "(?:web|guard)"/g, ''), /"resolved"/)
  })
})
