import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { after, describe, test } from 'node:test'
import { loadConfig, parseConfig } from './load.ts'
import { resolvePaths } from './resolve-paths.ts'

const TEXT = `
store: ./data/dbmedic.sqlite
keyring: ../keys
storeAccounts: { serve: { user: s, password: "file:secrets/serve" } }
storeTls: { caFile: ca.pem, certFile: c.pem, keyFile: /abs/k.pem }
model: { apiKey: "file:key" }
targets:
  - name: shop
    engine: mysql
    socketPath: run/mysqld.sock
    caFile: shop.pem
    certFile: own.pem
    keyFile: ./own.key
    dataPath: ./mount
    monitor: { user: m, password: "file:./m" }
    planner: { user: p, password: "file:/abs/p" }
    executor: { user: e, password: "env:PW" }
    options: { slowLogFile: slow.log, errorLogFile: /var/log/e.log, ownAccounts: a }
`

describe('relative paths of a configuration file', () => {
  test('are all meant from its folder; absolute ones, references of other kinds and names stay', () => {
    const config = resolvePaths(parseConfig(TEXT, 'f'), '/etc/dbmedic/dbmedic.yaml')
    const [shop] = config.targets
    assert.deepEqual(
      [config.store, config.keyring, config.storeAccounts.serve?.password, config.model.apiKey],
      [
        '/etc/dbmedic/data/dbmedic.sqlite',
        '/etc/keys',
        'file:/etc/dbmedic/secrets/serve',
        'file:/etc/dbmedic/key',
      ],
    )
    assert.deepEqual(config.storeTls, {
      mode: 'verify-full',
      caFile: '/etc/dbmedic/ca.pem',
      certFile: '/etc/dbmedic/c.pem',
      keyFile: '/abs/k.pem',
    })
    const { socketPath, caFile, certFile, keyFile, dataPath } = shop ?? {}
    assert.deepEqual(
      [socketPath, caFile, certFile, keyFile, dataPath],
      ['run/mysqld.sock', 'shop.pem', 'own.pem', 'own.key', 'mount'].map((path) => `/etc/dbmedic/${path}`),
    )
    assert.deepEqual(
      [shop?.monitor.password, shop?.planner?.password, shop?.executor?.password],
      ['file:/etc/dbmedic/m', 'file:/abs/p', 'env:PW'],
    )
    assert.deepEqual(shop?.options, {
      slowLogFile: '/etc/dbmedic/slow.log',
      errorLogFile: '/var/log/e.log',
      ownAccounts: 'a',
    })
  })

  test('do not touch what is no path: a server, a null, the default of what is not there', () => {
    const config = resolvePaths(parseConfig('store: mysql://db:3306/dbmedic\n', 'f'), '/etc/dbmedic.yaml')
    assert.deepEqual(
      [config.store, config.keyring, config.storeTls, config.model.apiKey],
      ['mysql://db:3306/dbmedic', null, null, 'none'],
    )
  })

  test('stay the same from whichever folder the file is named', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'dbmedic-paths-'))
    after(() => rmSync(folder, { recursive: true, force: true }))
    mkdirSync(join(folder, 'elsewhere'))
    const file = join(folder, 'dbmedic.yaml')
    writeFileSync(file, 'targets: []\n')
    const found = join(folder, 'dbmedic.sqlite')
    assert.equal(loadConfig(file).store, found)
    const from = process.cwd()
    t.after(() => process.chdir(from))
    process.chdir(join(folder, 'elsewhere'))
    assert.equal(loadConfig(relative(process.cwd(), file)).store, found)
  })
})
