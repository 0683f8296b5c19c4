/** The accounts of a MySQL-family store hold exactly what the access table says, read back from the server. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { account, grantsText, ownerAccount } from '../../src/store/accounts/grants.ts'
import { ACCESS, ACCOUNT_ROLES, insertColumns, readableTables } from '../../src/store/schema/access.ts'
import { TABLES } from '../../src/store/schema/tables.ts'
import { availableStores, startStore } from './support/stores.ts'

for (const { name, missing } of await availableStores()) {
  if (name === 'sqlite') continue
  const skip = missing === null ? false : `no ${name} here: ${missing}`

  test(`${name}: each account has its columns and nothing else`, { skip }, async () => {
    const store = await startStore(name)
    const owner = await store.connect('owner')
    try {
      for (const role of ACCOUNT_ROLES) {
        const grantee = account(store.accounts ?? { database: 'x' }, role)
        const quoted = grantee.replaceAll("'", "''")
        const columns = await owner.rows(
          `SELECT table_name AS t, column_name AS c, privilege_type AS p FROM information_schema.column_privileges WHERE grantee = '${quoted}'`,
        )
        const tables = await owner.rows(
          `SELECT table_name AS t, privilege_type AS p FROM information_schema.table_privileges WHERE grantee = '${quoted}' AND privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRIGGER', 'DROP', 'ALTER', 'CREATE', 'INDEX', 'REFERENCES')`,
        )
        const global = await owner.rows(
          `SELECT privilege_type AS p FROM information_schema.user_privileges WHERE grantee = '${quoted}' UNION ALL SELECT privilege_type FROM information_schema.schema_privileges WHERE grantee = '${quoted}'`,
        )
        assert.deepEqual(
          columns.map((row) => `${row['p']} ${row['t']}.${row['c']}`).sort(),
          columnGrants(role),
        )
        assert.deepEqual(
          tables
            .filter((row) => row['p'] === 'SELECT' || row['p'] === 'DELETE')
            .map((row) => `${row['p']} ${row['t']}`)
            .sort(),
          tableGrants(role),
        )
        assert.deepEqual(
          tables.filter((row) => row['p'] !== 'SELECT' && row['p'] !== 'DELETE'),
          [],
        )
        assert.deepEqual(
          global.map((row) => row['p']),
          ['USAGE'],
        )
      }
    } finally {
      await owner.close()
      await store.stop()
    }
  })

  test(`${name}: nobody can log in as the owner of the triggers`, { skip }, async () => {
    const store = await startStore(name)
    const owner = await store.connect('owner')
    try {
      const [row] = await owner.rows(`SHOW CREATE USER ${ownerAccount(store.accounts ?? { database: 'x' })}`)
      assert.match(String(Object.values(row ?? {})[0]), /ACCOUNT LOCK/)
      const definers = await owner.rows(
        'SELECT DISTINCT definer AS d FROM information_schema.triggers WHERE trigger_schema = DATABASE()',
      )
      assert.deepEqual(
        definers.map((each) => String(each['d']).replace(/_\d+_/, '_')),
        ['dbm_owner@localhost'],
      )
    } finally {
      await owner.close()
      await store.stop()
    }
  })
}

function columnGrants(role: (typeof ACCOUNT_ROLES)[number]): string[] {
  return Object.entries(ACCESS[role])
    .flatMap(([table, access]) => [
      ...insertColumns(role, table).map((column) => `INSERT ${table}.${column}`),
      ...(access.update ?? []).map((column) => `UPDATE ${table}.${column}`),
    ])
    .sort()
}

function tableGrants(role: (typeof ACCOUNT_ROLES)[number]): string[] {
  const views =
    role === 'retention'
      ? ['schema_versions']
      : ['schema_versions', 'post_execution_metrics', 'recovery_system_health_summary']
  const deletes = Object.entries(ACCESS[role]).flatMap(([table, access]) =>
    access.delete ? [`DELETE ${table}`] : [],
  )
  return [...[...readableTables(role), ...views].map((table) => `SELECT ${table}`), ...deletes].sort()
}

test('the access table names only tables and columns that exist', () => {
  for (const role of ACCOUNT_ROLES) {
    for (const [table, access] of Object.entries(ACCESS[role])) {
      const known = TABLES.find((each) => each.name === table)
      assert.ok(known !== undefined, `${role}: ${table}`)
      const mutable = access.update ?? []
      assert.deepEqual(
        mutable.filter((column) => !known.mutable.includes(column)),
        [],
        `${role} ${table}`,
      )
    }
  }
})

test('the printed grants hold placeholders, never a password that was not given', () => {
  const text = grantsText({ database: 'store' })
  assert.equal(text.match(/<password of \w+>/g)?.length, ACCOUNT_ROLES.length)
  assert.equal(text.match(/REQUIRE SSL/g)?.length, ACCOUNT_ROLES.length)
  assert.match(text, /CREATE USER IF NOT EXISTS 'dbmedic_owner'@'localhost' ACCOUNT LOCK;/)
  assert.doesNotMatch(text, /ALL PRIVILEGES|GRANT OPTION|\*\.\*/)
})

test('names, hosts and passwords that could break out of the statement are refused', () => {
  assert.throws(() => grantsText({ database: 'a`b' }), RangeError)
  assert.throws(() => grantsText({ database: 'a', prefix: "x'@'%" }), RangeError)
  assert.throws(() => grantsText({ database: 'a', host: "h' IDENTIFIED BY 'x" }), RangeError)
  assert.throws(() => grantsText({ database: 'a', passwords: { act: "pass'word-long" } }), RangeError)
  assert.throws(() => grantsText({ database: 'a', passwords: { act: 'short' } }), RangeError)
})
