import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseConfig } from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import { loadScenarios, type Staging } from '../../lab/index.ts'
import { confirmed, costOf, namedTarget, safeOf } from './lab-target.ts'

const ENVIRONMENT = { DBMEDIC_LAB_USER: 'lab', DBMEDIC_LAB_PASSWORD: 'hunter2' }
const CONFIG = parseConfig(
  `targets:
  - { name: main, engine: mysql, host: db1, environment: production, monitor: { user: m, password: none } }
  - { name: copy, engine: mysql, host: db2, port: 3307, tls: disable, environment: staging, monitor: { user: m, password: none } }
  - { name: third, engine: mysql, host: db3, monitor: { user: m, password: none } }
`,
  'dbmedic.yaml',
)
const code = (expected: string, says: RegExp) => (e: unknown) =>
  e instanceof DbmedicError &&
  e.code === expected &&
  says.test(`${e.message} ${e.hint}`) &&
  !/hunter2/.test(`${e.message}${e.detail}${e.hint}`)
const named = (text: string, environment: NodeJS.ProcessEnv = ENVIRONMENT) =>
  namedTarget(text, CONFIG, environment)

describe('--target', () => {
  test('is a target of the configuration, with the account of the environment', () => {
    const { address, purpose } = named('COPY')
    assert.deepEqual(
      [address.name, address.host, address.port, address.tls, address.user, address.password, purpose],
      ['copy', 'db2', 3307, 'disable', 'lab', 'hunter2', 'staging'],
    )
  })
  test('is an address, with TLS unless it says otherwise', () => {
    assert.equal(named('mysql://db9').address.tls, 'require')
    const { address } = named('mysql://root@db9:3310/?tls=disable')
    assert.deepEqual([address.name, address.user, address.tls], ['db9:3310', 'root', 'disable'])
    assert.equal(named('mysql://[::1]:3306').address.host, '::1')
  })
  test('that is production is refused by name and by address', () => {
    for (const text of ['main', 'mysql://DB1:3306'])
      assert.throws(() => named(text), code('DBM_LAB_TARGET_REFUSED', /main is production/))
  })
  for (const [title, text, says] of [
    ['that is nowhere', 'nowhere', /Known: main, copy, third/],
    ['with a password in it', 'mysql://a:hunter2@db9', /DBMEDIC_LAB_PASSWORD/],
    ['with a schema in it', 'mysql://db9/shop', /neither a target nor an address/],
    ['of another kind', 'postgres://db9', /neither a target nor an address/],
    ['that is no address', 'mysql://[', /neither a target nor an address/],
    ['with strange TLS', 'mysql://db9?tls=maybe', /verify-full/],
  ] as const)
    test(`${title} is wrong usage`, () => assert.throws(() => named(text), code('DBM_USAGE', says)))
  test('without an account is wrong usage', () => {
    assert.throws(() => named('copy', {}), code('DBM_USAGE', /DBMEDIC_LAB_USER is not set/))
    assert.throws(() => named('copy', { DBMEDIC_LAB_USER: 'x' }), code('DBM_USAGE', /DBMEDIC_LAB_PASSWORD/))
  })
})

describe('without a person', () => {
  test('--yes answers for staging and for an address, never where nobody said', async () => {
    await confirmed(named('copy'), true)
    await confirmed(named('mysql://db9'), true)
    await assert.rejects(
      confirmed(named('third'), true),
      code('DBM_LAB_TARGET_REFUSED', /environment: staging/),
    )
  })
  test('and without --yes nothing happens', () =>
    assert.rejects(confirmed(named('copy'), false), code('DBM_USAGE', /nobody is there .*--yes/)))
})

describe('what may be played there', () => {
  const scenarios = loadScenarios()
  test('is what is marked safe; another named one is wrong usage, and left out of all', () => {
    const unsafe = scenarios.filter((s) => s.name === 'digest-overflow')
    assert.throws(() => safeOf(unsafe, false), code('DBM_USAGE', /digest-overflow is not marked safe/))
    const all = safeOf(scenarios, true)
    assert.ok(all.length > 10 && all.every((s) => s.fault.safe !== null))
  })
  test('is told with its rows, size, connections and the binary log', () => {
    const staging = { writesBinaryLog: true } as Staging
    const lines = costOf(
      scenarios.filter((s) => s.name === 'missing-index'),
      staging,
      60,
    ).join('; ')
    assert.match(lines, /1 run\(s\).*about 60 s.*380,500 rows, 95 MB.*binary log.*at most 20 connections/)
  })
})
