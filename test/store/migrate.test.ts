/** Migrations: idempotent, reversible, one runner at a time, and resumable after a crash at any statement. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DbmedicError } from '../../src/core/errors.ts'
import { dump } from '../../src/store/dump.ts'
import { requireCurrent, rollback, status, up } from '../../src/store/migrate.ts'
import { migrations } from '../../src/store/migrations/list.ts'
import { availableStores, type OpenSession, startStore, type TestStore } from './support/stores.ts'

class Crash extends Error {}

const ALL = migrations('sqlite').map(({ version }) => version)
const count = ALL.length

for (const { name, missing } of await availableStores()) {
  describe(`migrations on ${name}`, {
    skip: missing === null ? false : `no ${name} here: ${missing}`,
  }, () => {
    test('up applies once, down leaves nothing, and up again gives the same schema', () =>
      withStore(name, async (store) => {
        const session = await store.connect('owner')
        assert.deepEqual(
          (await status(session)).map(({ state }) => state),
          ALL.map(() => 'PENDING'),
        )
        await assert.rejects(requireCurrent(session), (error) => code(error) === 'DBM_STORE_VERSION')
        assert.deepEqual(await up(session), ALL)
        await requireCurrent(session)
        const first = await dump(session)
        assert.deepEqual(await up(session), [])
        assert.deepEqual(await rollback(session, count), ALL.toReversed())
        assert.equal(await dump(session), '\n')
        assert.deepEqual(await up(session), ALL)
        assert.equal(await dump(session), first)
        await session.close()
      }))

    test('rows survive a second up, and a rollback with rows in every table succeeds', () =>
      withStore(name, async (store) => {
        const session = await store.connect('owner')
        await up(session)
        await session.run("INSERT INTO persons (display_name) VALUES ('kept')")
        await up(session)
        const [row] = await session.rows("SELECT COUNT(*) AS n FROM persons WHERE display_name = 'kept'")
        assert.equal(Number(row?.['n']), 1)
        await rollback(session, count)
        await session.close()
      }))

    test('two runners at once: one works, the other finds it done', () =>
      withStore(name, async (store) => {
        const [a, b] = [await store.connect('owner'), await store.connect('owner')]
        const done = await Promise.all([up(a), up(b)])
        assert.deepEqual(done.flat(), ALL)
        await requireCurrent(b)
        await Promise.all([a.close(), b.close()])
      }))

    test('a runner that will not wait says who works', () =>
      withStore(name, async (store) => {
        const [a, b] = [await store.connect('owner'), await store.connect('owner')]
        const refused: unknown[] = []
        let asked: Promise<unknown> | undefined
        await up(a, {
          onStatement: (moment, version, index) => {
            if (moment === 'before' && version === 1 && index === 0)
              asked = up(b, { waitMs: 0 }).catch((error) => refused.push(error))
          },
        }).then(() => asked)
        // SQLite runs without giving way, so the other one only gets its turn afterwards and finds it done.
        if (name !== 'sqlite') assert.deepEqual(refused.map(code), ['DBM_STORE_MIGRATING'])
        await Promise.all([a.close(), b.close()])
      }))

    test('an edited migration is refused', () =>
      withStore(name, async (store) => {
        const session = await store.connect('owner')
        await up(session)
        await session.run(`UPDATE schema_versions SET checksum = '${'0'.repeat(64)}'`)
        await assert.rejects(up(session), (error) => code(error) === 'DBM_STORE_CHANGED')
        await session.close()
      }))

    test('a store of a newer program is refused', () =>
      withStore(name, async (store) => {
        const session = await store.connect('owner')
        await up(session)
        await session.run(
          "INSERT INTO schema_versions (version, name, checksum, state, runner, server) VALUES (99, 'later', 'x', 'APPLIED', 'r', 's')",
        )
        await assert.rejects(requireCurrent(session), (error) => code(error) === 'DBM_STORE_NEWER')
        await assert.rejects(rollback(session, 1), (error) => code(error) === 'DBM_STORE_NEWER')
        await session.close()
      }))

    test('a crash before or after any statement, up and down, is resumed to the same schema', () =>
      withStore(name, async (store) => {
        const reference = await store.connect('owner')
        await up(reference)
        const wanted = await dump(reference)
        await rollback(reference, count)
        let [crashes, backwards] = [0, 0]
        for (const { version, up: list } of migrations(store.dialect))
          crashes += await crashEverywhere(store, { version, statements: list.length }, up)
        assert.equal(await dump(reference), wanted)
        for (const { version, down } of migrations(store.dialect).toReversed())
          backwards += await crashEverywhere(store, { version, statements: down.length }, (session, at) =>
            rollback(session, 1, at),
          )
        assert.equal(await dump(reference), '\n')
        console.log(`${name}: resumed after ${crashes} crashes upwards and ${backwards} downwards`)
        await reference.close()
      }))
  })
}

type OnStatement = { onStatement: (moment: 'before' | 'after', version: number, index: number) => void }

/** Dies once at each statement, before and after it, each time on a connection that is then dropped. */
async function crashEverywhere(
  store: TestStore,
  { version, statements }: { readonly version: number; readonly statements: number },
  work: (session: OpenSession, options: OnStatement) => Promise<unknown>,
): Promise<number> {
  let crashes = 0
  // After a statement, before its progress is noted, is the harder case: it is run again. MariaDB dies at every
  // statement; MySQL, which shares the code, at every fourth.
  const step = store.name === 'mysql' ? 4 : 1
  for (let index = 0; index < statements; index += step) {
    const moments = index % 8 === 0 ? (['before', 'after'] as const) : (['after'] as const)
    for (const moment of moments) {
      const session = await store.connect('owner')
      const onStatement: OnStatement['onStatement'] = (at, which, statement) => {
        if (at === moment && which === version && statement === index) throw new Crash(`${moment} ${index}`)
      }
      await assert.rejects(work(session, { onStatement }), Crash)
      await session.close()
      crashes += 1
    }
  }
  const last = await store.connect('owner')
  // Only this migration: the next one has crashes of its own.
  const enough: OnStatement['onStatement'] = (at, which) => {
    if (at === 'before' && which > version) throw new Crash('enough')
  }
  await work(last, { onStatement: enough }).catch((error: unknown) => {
    if (!(error instanceof Crash)) throw error
  })
  await last.close()
  return crashes
}

async function withStore(
  name: 'sqlite' | 'mariadb' | 'mysql',
  body: (store: TestStore) => Promise<void>,
): Promise<void> {
  const store = await startStore(name, false)
  try {
    await body(store)
  } finally {
    await store.stop()
  }
}

const code = (error: unknown): string => (error instanceof DbmedicError ? error.code : String(error))
