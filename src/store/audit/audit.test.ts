import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { AuditRow } from '../../core/store-ports.ts'
import { exportAudit } from './export-audit.ts'
import { GENESIS, linkHash } from './export-format.ts'
import { verifyAuditExport } from './verify-audit-export.ts'

function chain(entries: readonly string[]): AuditRow[] {
  const rows: AuditRow[] = []
  let prevHash = GENESIS
  for (const [at, entry] of entries.entries()) {
    const canonical = `{"seq":${at + 1},"entry":${JSON.stringify(entry)}}`
    const rowHash = linkHash(prevHash, canonical)
    rows.push({ seq: at + 1, at: '2026-11-21T00:00:00.000000Z', canonical, prevHash, rowHash })
    prevHash = rowHash
  }
  return rows
}

async function exported(rows: readonly AuditRow[]): Promise<string[]> {
  const read = {
    now: async () => '2026-11-21T00:00:00.000000Z',
    audit: async (from: number, limit: number) => rows.filter((row) => row.seq >= from).slice(0, limit),
  }
  const lines: string[] = []
  for await (const line of exportAudit(read, { dialect: 'sqlite', version: 1 })) lines.push(line)
  return lines
}

const ENTRIES = fc.array(fc.string(), { minLength: 2, maxLength: 12 })

describe('an audit export', () => {
  test('verifies as written, also over several pages and empty', async () => {
    for (const length of [0, 1, 999, 1000, 1001, 2000]) {
      const rows = chain(Array.from({ length }, (_, at) => `entry ${at}`))
      const verdict = await verifyAuditExport(await exported(rows))
      assert.deepEqual(verdict, {
        ok: true,
        rows: length,
        firstBadSeq: null,
        problem: null,
        head: rows.at(-1)?.rowHash ?? GENESIS,
        events: { batches: 0, pruned: 0 },
      })
    }
  })

  test('with one byte changed anywhere outside the header is found out', async () => {
    await fc.assert(
      fc.asyncProperty(ENTRIES, fc.nat(), fc.integer({ min: 1, max: 255 }), async (entries, where, by) => {
        const lines = await exported(chain(entries))
        const header = lines[0] ?? ''
        const bytes = Buffer.from(lines.slice(1).join(''))
        const at = where % bytes.length
        const before = bytes[at] ?? 0
        bytes[at] = before ^ by
        const text = bytes.toString('utf8')
        // JSON has more than one spelling of a text; a change that means the same is no change.
        const meaning = (all: string): string =>
          JSON.stringify(all.split('\n').map((l) => (l === '' ? '' : safe(l))))
        if (meaning(text) === meaning(lines.slice(1).join(''))) return
        const verdict = await verifyAuditExport([header, ...text.split('\n')])
        assert.equal(verdict.ok, false)
        assert.notEqual(verdict.problem, null)
      }),
      { numRuns: 300 },
    )
  })

  test('with a line removed, doubled, swapped or cut off is found out, with the first bad link', async () => {
    await fc.assert(
      fc.asyncProperty(ENTRIES, fc.nat(), async (entries, where) => {
        const lines = await exported(chain(entries))
        const at = 1 + (where % entries.length)
        const line = lines[at] ?? ''
        const removed = await verifyAuditExport(lines.toSpliced(at, 1))
        assert.equal(removed.ok, false)
        assert.equal(removed.firstBadSeq, at)
        const doubled = await verifyAuditExport(lines.toSpliced(at, 0, line))
        assert.equal(doubled.firstBadSeq, at + 1)
        const other = at === entries.length ? at - 1 : at + 1
        const swapped = [...lines]
        swapped[at] = lines[other] ?? ''
        swapped[other] = line
        assert.equal((await verifyAuditExport(swapped)).firstBadSeq, Math.min(at, other))
        const cut = await verifyAuditExport(lines.slice(0, at + 1))
        assert.deepEqual([cut.ok, cut.firstBadSeq, cut.rows], [false, at + 1, at])
      }),
      { numRuns: 200 },
    )
  })

  test('without its last links but with a footer of its own fails against a head noted earlier', async () => {
    const rows = chain(['a', 'b', 'c'])
    const anchor = { seq: 3, hash: rows[2]?.rowHash ?? '' }
    assert.equal((await verifyAuditExport(await exported(rows), anchor)).ok, true)
    const shorter = await exported(rows.slice(0, 2))
    assert.equal((await verifyAuditExport(shorter)).ok, true)
    assert.equal((await verifyAuditExport(shorter, anchor)).firstBadSeq, 3)
    const rewritten = await exported(chain(['a', 'B', 'c']))
    assert.equal((await verifyAuditExport(rewritten, anchor)).firstBadSeq, 3)
  })

  test('that is not one gets a verdict, never a crash', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(fc.string(), fc.json())), async (lines) => {
        assert.equal((await verifyAuditExport(lines)).ok, false)
      }),
    )
    const [header = '', ...rest] = await exported(chain(['a']))
    assert.equal((await verifyAuditExport([header, ...rest, 'more'])).ok, false)
    assert.equal((await verifyAuditExport([])).ok, false)
  })
})

function safe(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return line
  }
}
