/**
 * Targets that cannot be watched, side by side with one that can, in one process: each says what is the matter
 * and what to do, none holds up another, and each is watched by itself as soon as its cause is gone.
 */
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import Database from 'better-sqlite3'
import type { Connection } from 'mysql2/promise'
import type { ErrorCode } from '../../src/core/errors.ts'
import { onEachServer } from '../support/each-server.ts'
import { type Forwarder, openForwarder, type Way } from '../support/forwarder.ts'
import { connectAs, PASSWORD, prepareTarget } from '../support/mysql-target.ts'
import { QUICK, SECRETS, type Started, targetOf, troubleFolder } from '../support/trouble.ts'
import { until } from '../support/until.ts'

/** A target in trouble: what is said of it, and what ends the trouble (nothing: it cannot be ended from here). */
interface Trouble {
  readonly target: object
  readonly code: ErrorCode
  readonly says: RegExp
  readonly next: RegExp
  readonly mend?: () => unknown
}

onEachServer('targets in trouble beside a healthy one', ({ server, flavour }) => {
  const place = troubleFolder()
  const open: { close(): void }[] = []
  let root: Connection & AsyncDisposable
  let started: Started
  let troubles: Record<string, Trouble>

  before(async () => {
    await prepareTarget(server())
    root = await connectAs(server())
    await root.query(`CREATE USER 'dbm_poor'@'%' IDENTIFIED BY '${PASSWORD}'`)
    troubles = { ...(await onTheWay()), ...(await ofAccounts()), ...ofSecrets() }
    const targets = [
      targetOf('healthy', server(), { connectTimeoutMs: 20_000 }),
      targetOf('poor', server(), { monitor: { user: 'dbm_poor', password: 'env:DBM_TEST_MONITOR' } }),
      ...Object.entries(troubles).map(([name, { target }]) => targetOf(name, server(), target)),
    ]
    place.configure({ ...QUICK, targets })
    started = place.start({ env: { ...SECRETS, DBM_EMPTY: '' } })
  })
  after(async () => {
    root?.destroy()
    await place.remove()
    for (const each of open) each.close()
  })

  const door = async (way: Way, port?: number): Promise<Forwarder> => {
    const opened = await openForwarder(way, port === undefined ? {} : { port })
    open.push(opened)
    return opened
  }

  async function onTheWay(): Promise<Record<string, Trouble>> {
    const refused = await openForwarder('silent')
    refused.close()
    const silent = await door('silent')
    const web = await door({ says: 'HTTP/1.1 400 Bad Request\r\n\r\n' })
    const shell = await door({ says: 'SSH-2.0-OpenSSH_9.2p1\r\n' })
    const unreachable = { code: 'DBM_TARGET_UNREACHABLE', next: /host, port and network/ } as const
    return {
      refused: {
        ...unreachable,
        target: { port: refused.port },
        says: /nothing listens there/,
        mend: () => door(server().port, refused.port),
      },
      silent: {
        ...unreachable,
        target: { port: silent.port },
        says: /no answer within/,
        mend: () => silent.lead(server().port),
      },
      web: {
        ...unreachable,
        target: { port: web.port },
        says: /does not speak the MySQL protocol/,
        mend: () => web.lead(server().port),
      },
      shell: {
        ...unreachable,
        target: { port: shell.port },
        says: /does not speak the MySQL protocol/,
        mend: () => shell.lead(server().port),
      },
      nowhere: { ...unreachable, target: { host: 'no-such-host.invalid' }, says: /host name/ },
    }
  }

  async function ofAccounts(): Promise<Record<string, Trouble>> {
    const account = async (user: string, how = ''): Promise<object> => {
      await root.query(`CREATE USER '${user}'@'%' IDENTIFIED BY '${PASSWORD}' ${how}`)
      await root.query(`GRANT PROCESS ON *.* TO '${user}'@'%'`)
      return { monitor: { user, password: 'env:DBM_TEST_MONITOR' } }
    }
    const alter = (user: string, how: string) => () => root.query(`ALTER USER '${user}'@'%' ${how}`)
    const wrong = await account('dbm_wrong')
    await alter('dbm_wrong', `IDENTIFIED BY 'another-${PASSWORD}'`)()
    const full = await account('dbm_full', 'WITH MAX_USER_CONNECTIONS 1')
    const holder = await openSession('dbm_full')
    return {
      wrong: {
        target: wrong,
        code: 'DBM_TARGET_AUTH',
        says: /account dbm_wrong: user, password and client host fit no account \(error 1045\)/,
        next: /Check the secret .*dbmedic check wrong/,
        mend: alter('dbm_wrong', `IDENTIFIED BY '${PASSWORD}'`),
      },
      locked: {
        target: await account('dbm_locked', 'ACCOUNT LOCK'),
        code: 'DBM_TARGET_AUTH',
        says: flavour === 'mariadb' ? /the account is locked \(error 4151\)/ : /is locked \(error 3118\)/,
        next: /ACCOUNT UNLOCK/,
        mend: alter('dbm_locked', 'ACCOUNT UNLOCK'),
      },
      expired: {
        target: await account('dbm_expired', 'PASSWORD EXPIRE'),
        code: 'DBM_TARGET_AUTH',
        says: /the password has expired \(error 18(20|62)\)/,
        next: /a new password with ALTER USER/,
        mend: alter('dbm_expired', `IDENTIFIED BY '${PASSWORD}'`),
      },
      full: {
        target: full,
        code: 'DBM_TARGET_FULL',
        says: /takes no further connection \(error (1203|1226)\)/,
        next: /way in for dbmedic/,
        mend: () => holder.destroy(),
      },
    }
  }

  const openSession = async (user: string): Promise<Connection> => {
    const session = await connectAs(server(), user)
    open.push({ close: () => session.destroy() })
    return session
  }

  function ofSecrets(): Record<string, Trouble> {
    const secret = (password: string): object => ({ monitor: { user: 'dbm_mon', password } })
    const file = (name: string, mode: number, text = PASSWORD): string => {
      writeFileSync(place.path(name), `${text}\n`)
      chmodSync(place.path(name), mode)
      return `file:${place.path(name)}`
    }
    mkdirSync(place.path('folder'))
    const missing = { code: 'DBM_SECRET_MISSING', next: /Set the environment variable or the file/ } as const
    return {
      unset: { ...missing, target: secret('env:DBM_NOT_SET'), says: /env:DBM_NOT_SET .*not set/ },
      empty: { ...missing, target: secret('env:DBM_EMPTY'), says: /is empty/ },
      absent: {
        ...missing,
        target: secret(`file:${place.path('absent')}`),
        says: /no such file/,
        mend: () => file('absent', 0o600),
      },
      shared: {
        ...missing,
        target: secret(file('shared', 0o644)),
        says: /used by everybody; run chmod 600/,
        mend: () => chmodSync(place.path('shared'), 0o600),
      },
      folder: { ...missing, target: secret(`file:${place.path('folder')}`), says: /not a plain file/ },
      rotated: {
        target: secret(file('rotated', 0o600, 'the-one-before')),
        code: 'DBM_TARGET_AUTH',
        says: /fit no account \(error 1045\)/,
        next: /Check the secret/,
        mend: () => file('rotated', 0o600),
      },
    }
  }

  /** Rows kept of a target. */
  const kept = (name: string): number => {
    const store = new Database(place.path('dbmedic.sqlite'), { readonly: true })
    try {
      return Number(
        store
          .prepare('SELECT COUNT(*) FROM metric_samples JOIN targets USING (target_id) WHERE target_name = ?')
          .pluck()
          .get(name),
      )
    } finally {
      store.close()
    }
  }

  test('each says what is the matter and what to do next, and never a secret', async () => {
    for (const [name, trouble] of Object.entries(troubles)) {
      const line = await started.trouble(trouble.code, name)
      assert.match(line.message, trouble.says, name)
      assert.match(line.next ?? '', trouble.next, name)
    }
    assert.ok(!started.said().includes(PASSWORD))
  })

  test('the healthy one is watched all the while', async () => {
    const before = kept('healthy')
    await until(
      () => kept('healthy') > before,
      'more windows of the healthy target',
      () => started.said(),
    )
    assert.equal(
      started.lines.filter((l) => l.target === 'healthy' && l.level >= 50).length,
      0,
      started.said(),
    )
  })

  test('trouble is said once, not at every attempt', () => {
    for (const name of Object.keys(troubles)) {
      const said = started.lines.filter((l) => l.target === name && l.code === troubles[name]?.code)
      assert.equal(said.length, 1, `${name}: ${said.map((l) => l.message).join('\n')}`)
    }
  })

  test('an account without privileges is watched as far as it goes, and each gap names its next step', async () => {
    const gaps = () => started.lines.filter((l) => l.target === 'poor' && l.level === 40)
    const asked = () => gaps().filter((l) => /GRANT|dbmedic check/.test(l.next ?? ''))
    await until(
      () => kept('poor') > 0 && gaps().length >= 3 && asked().length >= 2,
      'poor is watched, and its gaps are named',
      () => started.said(),
    )
    for (const gap of gaps()) assert.ok((gap.next ?? '') !== '', gap.message)
  })

  test('each is watched by itself when its cause is gone, and what was kept before is still there', async () => {
    const before = kept('healthy')
    const mended = Object.entries(troubles).filter(([, { mend }]) => mend !== undefined)
    for (const [, { mend }] of mended) await mend?.()
    for (const [name] of mended)
      await until(
        () => kept(name) > 0,
        `${name} is watched`,
        () => started.said(),
      )
    await until(
      () => kept('healthy') > before,
      'the healthy one goes on',
      () => started.said(),
    )
    await started.stop()
  })
})
