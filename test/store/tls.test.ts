/** A store's server is believed only with a certificate of the authority the configuration names. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import mysql from 'mysql2/promise'
import { type Config, configSchema, openInstallation, storeStatus } from '../../src/app/index.ts'
import { DbmedicError } from '../../src/core/errors.ts'
import { type PrivateServer, startMariadb } from '../../src/lab/servers/index.ts'
import { newAuthority } from '../support/certificates.ts'
import { cliFolder, failed, json } from '../support/run-cli.ts'
import { makeServerStore } from '../support/server-store.ts'

describe('a store on a server', () => {
  const keys = mkdtempSync(join(tmpdir(), 'dbmedic-store-tls-'))
  const [ours, others] = [newAuthority('ours'), newAuthority('somebody else’s')]
  const write = (name: string, text: string): string => {
    writeFileSync(join(keys, name), text, { mode: 0o600 })
    return join(keys, name)
  }
  const [ca, wrong] = [write('ca.pem', ours.certificate), write('wrong.pem', others.certificate)]
  let secure: PrivateServer
  let plain: PrivateServer
  const stores = new Map<PrivateServer, Pick<Config, 'store' | 'storeAccounts'>>()
  before(async () => {
    const { certificate, key } = ours.issue('localhost')
    const files = {
      ssl_cert: write('server.pem', certificate),
      ssl_key: write('server.key', key),
      ssl_ca: ca,
    }
    secure = await startMariadb({ settings: files })
    plain = await startMariadb({ settings: { skip_ssl: '1' } })
    for (const server of [secure, plain]) stores.set(server, await makeServerStore(server))
    const root = await mysql.createConnection(secure.rootUri)
    for (const role of ['serve', 'auditor']) await root.query(`ALTER USER dbmedic_${role}@'%' REQUIRE SSL`)
    await root.end()
  })
  after(async () => {
    await secure?.stop()
    await plain?.stop()
    rmSync(keys, { recursive: true, force: true })
  })

  const configOf = (
    server: PrivateServer,
    host: string,
    storeTls: Partial<NonNullable<Config['storeTls']>> | null,
  ) => {
    const { store, storeAccounts } = stores.get(server) ?? assert.fail('no store')
    return configSchema.parse({ store: store.replace(server.host, host), storeAccounts, storeTls })
  }
  const opened = async (config: Config): Promise<number> => {
    const { store } = await openInstallation(config, () => undefined, ['serve'])
    try {
      return (await store.read.people()).length
    } finally {
      await store.close()
    }
  }
  const refused = (because: RegExp) => (error: unknown) => {
    assert.ok(error instanceof DbmedicError)
    assert.equal(error.code, 'DBM_STORE_TLS', error.message)
    assert.match(error.message, because)
    return true
  }

  test('is opened under TLS where its certificate is of the authority and for the host', async () => {
    assert.equal(await opened(configOf(secure, 'localhost', { caFile: ca })), 0)
    assert.equal(await opened(configOf(secure, '127.0.0.1', { caFile: ca, mode: 'verify-ca' })), 0)
  })

  test('is refused with another authority, the system’s, another host, an address, or an unreadable file', async () => {
    const cases: readonly (readonly [string, Parameters<typeof configOf>[2], RegExp])[] = [
      ['localhost', { caFile: wrong }, /no authority that is known/],
      ['localhost', {}, /no authority that is known/],
      ['localhost', { caFile: wrong, mode: 'verify-ca' }, /no authority that is known/],
      ['127.0.0.1', { caFile: ca }, /127\.0\.0\.1 is an address/],
      ['localhost', { caFile: join(keys, 'absent.pem') }, /absent\.pem cannot be read \(ENOENT\)/],
    ]
    for (const [host, tls, because] of cases)
      await assert.rejects(opened(configOf(secure, host, tls)), refused(because), String(because))
  })

  test('is refused where a certificate is for another host', async () => {
    const { certificate, key } = ours.issue('db.elsewhere')
    const files = { ssl_cert: write('other.pem', certificate), ssl_key: write('other.key', key) }
    const elsewhere = await startMariadb({ settings: files })
    try {
      stores.set(elsewhere, await makeServerStore(elsewhere))
      await assert.rejects(opened(configOf(elsewhere, 'localhost', { caFile: ca })), refused(/another host/))
      assert.equal(await opened(configOf(elsewhere, 'localhost', { caFile: ca, mode: 'verify-ca' })), 0)
    } finally {
      await elsewhere.stop()
    }
  })

  test('that offers no TLS is refused where TLS is asked for, its owner’s connection too', async () => {
    await assert.rejects(opened(configOf(plain, 'localhost', { caFile: ca })), refused(/offers no TLS/))
    const owner = { user: 'root', password: 'none' }
    const config = configOf(plain, 'localhost', { caFile: ca })
    await assert.rejects(
      storeStatus({ ...config, storeAccounts: { ...config.storeAccounts, owner } }),
      refused(/offers no TLS/),
    )
    assert.equal(await opened(configOf(plain, '127.0.0.1', null)), 0, 'this machine needs none')
  })

  test('whose accounts require TLS does not let a plain connection in', async () => {
    await assert.rejects(opened(configOf(secure, '127.0.0.1', null)), {
      code: 'DBM_STORE_LOGIN',
      hint: /REQUIRE of the account/,
    })
  })

  test('whose accounts ask for a certificate of ours lets in who shows one of its authority, and nobody else', async () => {
    const [own, foreign] = [ours.issue('dbmedic'), others.issue('dbmedic')]
    const identity = (name: string, { certificate, key }: typeof own) => ({
      ...{ caFile: ca, certFile: write(`${name}.pem`, certificate), keyFile: write(`${name}.key`, key) },
    })
    const root = await mysql.createConnection(secure.rootUri)
    await root.query("ALTER USER dbmedic_serve@'%' REQUIRE X509")
    await root.end()
    const shown = identity('own', own)
    assert.equal(await opened(configOf(secure, 'localhost', shown)), 0)
    const login = { code: 'DBM_STORE_LOGIN', message: /account of role serve.*\(error 1045\)/ }
    await assert.rejects(opened(configOf(secure, 'localhost', { caFile: ca })), login)
    await assert.rejects(
      opened(configOf(secure, 'localhost', identity('foreign', foreign))),
      refused(/does not take our/),
    )
    const mixed = { ...shown, keyFile: write('mixed.key', foreign.key) }
    await assert.rejects(
      opened(configOf(secure, 'localhost', mixed)),
      refused(/no PEM certificate with its key/),
    )
  })

  test('is verified without a word in the configuration where it is on another machine', async () => {
    // 127.0.0.1 by a name that is not this machine’s in the eyes of the configuration.
    const config = configOf(secure, 'localhost', null)
    const away = { ...config, store: config.store.replace('localhost', '0.0.0.0') }
    await assert.rejects(opened(away), refused(/0\.0\.0\.0 is an address/))
  })

  test('certFile without keyFile is refused before anything is opened', () => {
    assert.throws(() => configOf(secure, 'localhost', { certFile: 'x' }), /go together/)
  })

  test('gives its audit chain to whoever has the auditor’s account and no other, who can write nothing', async () => {
    const { store, storeAccounts } = stores.get(secure) ?? assert.fail('no store')
    const { auditor } = storeAccounts
    const cli = cliFolder()
    try {
      const config = {
        store: store.replace(secure.host, 'localhost'),
        storeAccounts: { auditor },
        storeTls: { caFile: ca },
      }
      cli.write('dbmedic.yaml', JSON.stringify(config))
      const written = json(await cli.run(['audit', 'export', 'chain.jsonl', '--json'])) as { lines: number }
      assert.ok(written.lines >= 2)
      const verified = await cli.run(['audit', 'verify', 'chain.jsonl'])
      assert.equal(verified.code, 0, verified.err)
      failed(
        await cli.run(['users', 'add', 'eve'], { env: { DBMEDIC_PASSPHRASE: 'a few unrelated words' } }),
        1,
        /account/,
      )
      const password = process.env[String(auditor?.password).slice('env:'.length)]
      const session = await mysql.createConnection({
        host: '127.0.0.1',
        port: secure.port,
        user: 'dbmedic_auditor',
        password: password ?? '',
        database: 'dbmedic',
        ssl: { rejectUnauthorized: false },
      })
      try {
        for (const sql of [
          'UPDATE audit_head SET last_seq = 0',
          'DELETE FROM audit_log',
          "INSERT INTO persons (display_name) VALUES ('eve')",
          'UPDATE users SET is_admin = 1',
          'CREATE TABLE t (a INT)',
        ])
          await assert.rejects(session.query(sql), /denied/, sql)
      } finally {
        await session.end()
      }
    } finally {
      cli.remove()
    }
  })
})
