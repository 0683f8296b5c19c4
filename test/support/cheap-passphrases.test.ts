/** That a test run seals keys cheaply, and that the tests of src/access and whoever runs the program do not. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'

const PRELOAD = pathToFileURL(join(import.meta.dirname, 'cheap-passphrases.mjs')).href
const SEAL = `
  import { scrypt, scryptSync } from 'node:crypto'
  const cost = { N: 2 ** Number(process.env.LOG_N), r: 8, p: 1, maxmem: 256 * 1024 * 1024 }
  const sync = scryptSync('a passphrase', 'some salt', 32, cost).toString('hex')
  scrypt('a passphrase', 'some salt', 32, cost, (_error, key) => console.log(sync === key.toString('hex') ? sync : 'differ'))
`

/** The key made of one passphrase at 2^`logN`, hex, by a process with or without the preload. */
function keyOf(logN: number, options: readonly string[]): string {
  const { NODE_OPTIONS: _options, ...env } = process.env
  const made = spawnSync(process.execPath, [...options, '--input-type=module', '-e', SEAL], {
    env: { ...env, LOG_N: String(logN) },
    encoding: 'utf8',
  })
  assert.equal(made.status, 0, made.stderr)
  return made.stdout.trim()
}

test('a key at the cost of the keyring is made at 2^7, any other at its own, and without the preload at its own', () => {
  const preloaded = ['--import', PRELOAD]
  const cheap = keyOf(7, [])
  assert.match(cheap, /^[0-9a-f]{64}$/)
  assert.equal(keyOf(17, preloaded), cheap)
  assert.equal(keyOf(10, preloaded), keyOf(10, []))
  assert.notEqual(keyOf(17, []), cheap)
})
