import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { conclude, subjectOf } from '../../../test/support/diagnosis-case.ts'
import { failingWatch } from './failing-watch.ts'
import { typoOrDropped } from './typo-or-dropped.ts'
import { unappliedMigration } from './unapplied-migration.ts'

const DISK = {
  watchId: 7,
  kind: 'disk',
  subject: null,
  asked: 'disk-space',
  everySeconds: 600,
  limit: 90,
  look: 3,
  value: 91.2,
  says: '91.2 % of the disk with the data directory are in use; 4.1 GiB are free.',
  at: '2026-01-05T09:50:00.000000Z',
  failsSince: '2026-01-05T09:40:12.000000Z',
}
const MIGRATIONS = {
  ...DISK,
  watchId: 8,
  kind: 'pending-migrations',
  limit: null,
  value: 2,
  says: '2 files wait to be applied.',
}
type Watch = Omit<typeof DISK, 'limit'> & { readonly limit: number | null }
const given = (watches: readonly Watch[], failureType = 'DISK_FULL') => ({
  rule: 'mysql/reported-error',
  category: 'APPLICATION' as const,
  on: { type: 'failure', name: `${failureType} (mariadb 1021)` },
  facts: { signature: 'a'.repeat(64), failureType, object: null, healings: 0, watches },
})

describe('mysql/failing-watch', () => {
  test('says since when it fails, what the answer was, and what a person does; it names no cause', () => {
    const result = conclude(failingWatch, given([DISK]))
    assert.equal(result.outcome, 'unknown')
    assert.deepEqual(result, {
      outcome: 'unknown',
      missing:
        'watch 7 (disk) fails since 2026-01-05 09:40 UTC: 91.2 % of the disk with the data directory are in use; 4.1 GiB are free',
      toProceed:
        'See what grew: binary logs (SHOW BINARY LOGS; mysql/purge-binary-logs removes those that every replica has), temporary files, a table. Make room before writes fail. dbmedic errors show aaaaaaaaaaaa tells of the error it was proposed for.',
    })
  })

  test('tells of every watch that fails, the newest look first', () => {
    const result = conclude(failingWatch, given([MIGRATIONS, DISK]))
    assert.match(
      JSON.stringify(result),
      /watch 8 \(pending-migrations\) fails since [^;]+; watch 7 \(disk\) fails, too: 2 files wait/,
    )
  })

  test('shows each look as evidence, with the question and when it was asked', () => {
    const shown = failingWatch.exhibits?.(subjectOf(given([DISK])), { get: () => undefined })
    assert.deepEqual(shown, [
      {
        claim:
          'watch 7 (disk) asked disk-space at 2026-01-05 09:50 UTC, as every 10 minutes, and fails since 2026-01-05 09:40 UTC: 91.2 % of the disk with the data directory are in use; 4.1 GiB are free.',
        source: 'look 3 of watch 7',
        value: { value: 91.2, limit: 90 },
        unit: null,
        at: DISK.at,
        recheck: null,
      },
    ])
  })

  test('has nothing to say of an error that calls alone reported, or of another rule', () => {
    assert.equal(conclude(failingWatch, given([])).outcome, 'refuted')
    const other = { ...given([DISK]), rule: 'mysql/failing-statement' }
    assert.equal(conclude(failingWatch, other).outcome, 'refuted')
    assert.deepEqual(failingWatch.exhibits?.(subjectOf(other), { get: () => undefined }), [])
  })

  test('where it is about no table or column, those that look for one are ruled out', () => {
    for (const diagnosis of [typoOrDropped, unappliedMigration])
      assert.equal(conclude(diagnosis, given([DISK])).outcome, 'refuted', diagnosis.id)
  })
})
