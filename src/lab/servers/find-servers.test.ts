import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, afterEach, describe, test } from 'node:test'
import { findServer, forgetServers, isAvailable, requireServer, type ServerFlavour } from './find-servers.ts'
import { platformCommand } from './install-server.ts'

const folder = await mkdtemp(join(tmpdir(), 'dbmedic-test-find-'))
const saved = { ...process.env }
after(() => rm(folder, { recursive: true, force: true }))
afterEach(() => {
  for (const name of ['PATH', 'DBMEDIC_MARIADBD', 'DBMEDIC_MYSQLD']) {
    const value = saved[name]
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
  forgetServers()
})

async function program(name: string, version: string, status = 0): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, `#!/bin/sh\necho '${version}'\nexit ${status}\n`)
  await chmod(path, 0o755)
  return path
}

describe('a server program is recognised by its answer, not by its name', () => {
  const answers: [answer: string, flavour: ServerFlavour, version: string][] = [
    [
      'mysqld  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)',
      'mariadb',
      '10.11.19-MariaDB',
    ],
    ['/opt/mysqld  Ver 8.0.40 for Linux on x86_64 (MySQL Community Server - GPL)', 'mysql', '8.0.40'],
    ['mysqld  Ver 9.7.4-2 for Linux on x86_64 ((Debian))', 'mysql', '9.7.4'],
    ['mysqld  Ver 8.4.2-2 for Linux on x86_64 (Percona Server (GPL))', 'mysql', '8.4.2'],
  ]
  for (const [answer, flavour, version] of answers) {
    test(`${answer} is ${flavour} ${version}`, async () => {
      const path = await program('mysqld', answer)
      process.env.PATH = [folder, saved.PATH].join(delimiter)
      const found = await requireServer(flavour)
      assert.deepEqual([found.path, found.version, found.unpacked], [path, version, false])
    })
  }
})

describe('the program named in the environment', () => {
  test('is the one taken', async () => {
    process.env.DBMEDIC_MYSQLD = await program('my-own', 'mysqld  Ver 9.1.0 for Linux on x86_64')
    assert.equal((await requireServer('mysql')).path, join(folder, 'my-own'))
  })

  for (const [what, text, status] of [
    ['is of the other flavour', 'Ver 10.11.19-MariaDB for linux', 0],
    ['does not answer', 'Segmentation fault', 139],
  ] as const) {
    test(`is never replaced by another when it ${what}`, async () => {
      process.env.DBMEDIC_MYSQLD = await program('wrong', text, status)
      const found = await findServer('mysql')
      assert.ok(!isAvailable(found))
      assert.match(found.missing, /DBMEDIC_MYSQLD is .*wrong, which is not a mysql server program/)
      await assert.rejects(requireServer('mysql'), { code: 'DBM_LAB_SERVER_MISSING' })
    })
  }
})

test('each platform gets the exact command to install a server', () => {
  assert.match(platformCommand('darwin'), /^brew install mariadb$/)
  assert.match(platformCommand('win32'), /^winget install MariaDB\.Server/)
  assert.match(platformCommand('linux'), /^sudo apt-get install mariadb-server-core mariadb-client-core/)
})
