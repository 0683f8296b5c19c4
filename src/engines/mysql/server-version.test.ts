import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readServerVersion } from './server-version.ts'

const KNOWN: readonly (readonly [string, 'mysql' | 'mariadb', number])[] = [
  ['9.7.4-2', 'mysql', 90_704],
  ['8.0.36', 'mysql', 80_036],
  ['8.4.3-3-log', 'mysql', 80_403],
  ['8.0.36-28', 'mysql', 80_036],
  ['8.0.40-azure', 'mysql', 80_040],
  ['10.11.19-MariaDB-0+deb12u1-log', 'mariadb', 101_119],
  ['5.5.5-10.6.12-MariaDB', 'mariadb', 100_612],
  ['11.8.9-MariaDB-ubu2404', 'mariadb', 110_809],
]
const UNKNOWN = [
  '',
  '5.7.44-log',
  '10.5.20-MariaDB',
  '8.0.11-TiDB-v7.5.0',
  '8.0.30-Vitess',
  '5.7.25-OceanBase-v4',
  'PostgreSQL 15.3',
]

for (const [text, flavour, version] of KNOWN) {
  test(`${text} is ${flavour} ${version}`, () => {
    const found = readServerVersion(text)
    assert.deepEqual([found?.flavour, found?.version, found?.versionText], [flavour, version, text])
  })
}

for (const text of UNKNOWN) {
  test(`'${text}' is no server of this engine`, () => assert.equal(readServerVersion(text), null))
}
