/** The disk of the data directory out of the rows of information_schema.DISKS, and what is said where there are none. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Row } from '../cells.ts'
import { diskSpace } from './disk-space.ts'
import type { QuestionContext } from './question.ts'

const KIB = 1024

/** A MariaDB that shows these disks; null: the plugin is not there. Columns as its documentation has them. */
const asked = (disks: readonly Row[] | null, folder = '/var/lib/mysql/') =>
  diskSpace.answer(
    {
      reader: {
        query: async (sql: string) => {
          if (/VERSION/i.test(sql) && !/DISKS|SHOW/.test(sql))
            return [{ version: '10.11.6-MariaDB', folds: 0, instrumented: 0 }]
          if (/SHOW GLOBAL VARIABLES/.test(sql)) return [{ Variable_name: 'datadir', Value: folder }]
          if (disks === null) throw Object.assign(new Error('unknown table'), { errno: 1109 })
          return disks
        },
      },
    } as unknown as QuestionContext,
    {},
  )
const disk = (path: string, total: number, available: number): Row => ({ path, total, available })

test('the mount that holds the data directory counts, however many hold a part of its path', async () => {
  const found = await asked([
    disk('/', 1_000, 900),
    disk('/var/lib', 500, 50),
    disk('/var/lib/my', 10, 1),
    disk('/data', 700, 7),
  ])
  assert.ok('value' in found, JSON.stringify(found))
  assert.deepEqual(found.value, { totalBytes: 500 * KIB, availableBytes: 50 * KIB })
})

test('without the plugin, without FILE, and without a mount for it nothing is guessed', async () => {
  for (const [disks, because] of [
    [null, /the plugin DISKS is not installed/],
    [[], /needs the privilege FILE/],
    [[disk('/data', 700, 7)], /none of the disks the server shows holds its data directory/],
    [[disk('/', 0, 0)], /none of the disks/],
  ] as const) {
    const found = await asked(disks)
    assert.match('because' in found ? found.because : '', because)
  }
})
