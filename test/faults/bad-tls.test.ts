/**
 * TLS that does not hold what a target asks for: no password is sent, the reason is said, the others are watched,
 * and the target is watched when it holds.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import Database from 'better-sqlite3'
import { type PrivateServer, startMariadb } from '../../src/lab/servers/index.ts'
import { type Certificate, newAuthority } from '../support/certificates.ts'
import { connectAs, PASSWORD, prepareTarget } from '../support/mysql-target.ts'
import { QUICK, SECRETS, type Started, targetOf, troubleFolder } from '../support/trouble.ts'
import { until } from '../support/until.ts'

describe('TLS in trouble beside a healthy target', () => {
  const place = troubleFolder()
  const keys = mkdtempSync(join(tmpdir(), 'dbmedic-tls-'))
  const [ours, others] = [newAuthority('ours'), newAuthority('somebody else’s')]
  let started: Started
  let plain: PrivateServer
  let expired: PrivateServer

  const write = (name: string, text: string): string => {
    writeFileSync(join(keys, name), text)
    return join(keys, name)
  }
  /** Puts a certificate where the server with this name reads its own. */
  const install = (name: string, { certificate, key }: Certificate) => ({
    ssl_cert: write(`${name}.pem`, certificate),
    ssl_key: write(`${name}.key`, key),
  })

  before(async () => {
    const [ca, wrongCa] = [write('ca.pem', ours.certificate), write('wrong-ca.pem', others.certificate)]
    const lapsed = install('expired', ours.issue('localhost', { from: -9, to: -2 }))
    plain = await startMariadb({ settings: { skip_ssl: '1' } })
    expired = await startMariadb({ settings: { ...lapsed, ssl_ca: ca }, instruments: 'server-default' })
    await prepareTarget(plain)
    await prepareTarget(expired)
    await using root = await connectAs(expired)
    await root.query(`CREATE USER certified@'%' IDENTIFIED BY '${PASSWORD}' REQUIRE X509`)
    const full = { host: 'localhost', tls: 'verify-full', caFile: ca }
    const account = { user: 'certified', password: 'env:DBM_TEST_MONITOR' }
    const certified = (name: string, { certificate, key }: Certificate) => ({
      ...{ tls: 'require', monitor: account },
      ...{ certFile: write(`${name}.pem`, certificate), keyFile: write(`${name}.key`, key) },
    })
    const own = certified('own', ours.issue('dbmedic'))
    place.configure({
      ...QUICK,
      targets: [
        targetOf('healthy', plain, { connectTimeoutMs: 20_000 }),
        targetOf('none', plain, { tls: 'require' }),
        targetOf('lapsed', expired, full),
        targetOf('foreign', expired, { ...full, caFile: wrongCa }),
        targetOf('address', expired, { ...full, host: '127.0.0.1' }),
        targetOf('unread', expired, { ...full, caFile: join(keys, 'absent.pem') }),
        targetOf('required', expired, { tls: 'require' }),
        targetOf('certified', expired, own),
        targetOf('bare', expired, { tls: 'require', monitor: account }),
        targetOf('stranger', expired, certified('stranger', others.issue('dbmedic'))),
        targetOf('mixed', expired, { ...own, keyFile: certified('mixed', ours.issue('dbmedic')).keyFile }),
      ],
    })
    started = place.start({ env: SECRETS })
  })
  after(async () => {
    await place.remove()
    await plain?.stop()
    await expired?.stop()
    rmSync(keys, { recursive: true, force: true })
  })

  /** Who was seen behind a target; null while nobody was. */
  const seen = (name: string): unknown => {
    const store = new Database(place.path('dbmedic.sqlite'), { readonly: true })
    try {
      return store.prepare('SELECT instance_uid FROM targets WHERE target_name = ?').pluck().get(name)
    } finally {
      store.close()
    }
  }
  const serves = async (certificate: Certificate): Promise<void> => {
    install('expired', certificate)
    await using root = await connectAs(expired)
    await root.query('FLUSH SSL')
  }

  for (const [name, says, next] of [
    ['none', /the server offers no TLS/, /Give the server a certificate/],
    ['lapsed', /its certificate has expired/, /a new certificate, then run: dbmedic check lapsed/],
    ['address', /`verify-full` checks a host name and 127\.0\.0\.1 is an address/, /by the name in its cert/],
    ['stranger', /the server does not take our certificate/, /authority in the server’s ssl_ca/],
    ['mixed', /certFile and keyFile do not fit each other/, /the key it was issued for/],
    ['unread', /absent\.pem cannot be read \(ENOENT\)/, /Mend `caFile`/],
  ] as const) {
    test(`${name}: says what is the matter and what to do`, async () => {
      const line = await started.trouble('DBM_TARGET_TLS', name)
      assert.match(line.message, says)
      assert.match(line.next ?? '', next)
      assert.equal(seen(name), null)
    })
  }

  test('an account that asks for a certificate is refused without one, and the error names what it may require', async () => {
    const line = await started.trouble('DBM_TARGET_AUTH', 'bare')
    assert.match(line.next ?? '', /what it may REQUIRE/)
    assert.equal(seen('bare'), null)
  })

  test('where encryption or our certificate is asked for, and where nothing is, targets are watched', async () => {
    for (const name of ['required', 'certified', 'healthy'])
      await until(
        () => seen(name) !== null,
        `${name} is watched`,
        () => started.said(),
      )
  })

  test('a certificate for another host or of another authority is refused, and the right one taken at once', async () => {
    await serves(ours.issue('db.example'))
    const line = await started.line(
      (l) => l.target === 'lapsed' && /for another host name/.test(l.message),
      'another host is named',
    )
    assert.match(line.next ?? '', /Set `host` to a name in the certificate/)
    const foreign = await started.line(
      (l) => l.target === 'foreign' && /not signed by an authority we know/.test(l.message),
      'the other authority is named',
    )
    assert.match(foreign.next ?? '', /Set `caFile`/)
    for (const name of ['lapsed', 'foreign']) assert.equal(seen(name), null)
    await serves(ours.issue('localhost'))
    write('absent.pem', ours.certificate)
    write('wrong-ca.pem', ours.certificate)
    for (const name of ['lapsed', 'unread', 'foreign'])
      await until(
        () => seen(name) !== null,
        `${name} is watched`,
        () => started.said(),
      )
  })

  test('a server without performance_schema is watched, and what is missing there is said', async () => {
    const line = await started.line(
      (l) => l.target === 'required' && /performance_schema/.test(l.message),
      'it is said',
    )
    assert.match(line.next ?? '', /performance_schema/)
    await started.stop()
  })
})
