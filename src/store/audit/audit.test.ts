import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { AuditRow } from '../../core/store-ports.ts'
import { bytesByLine } from './bytes-by-line.ts'
import { exportAudit } from './export-audit.ts'
import { GENESIS, headerHash, linkHash } from './export-format.ts'
import { LONGEST_LINE, verifyAuditExport } from './verify-audit-export.ts'

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
        format: 2,
      })
    }
  })

  test('with one bit changed anywhere is found out, the header, the newlines and the footer included', async () => {
    const file = await fileOf(['a', 'b \uFFFD', 'line\u2028separator', 'ü"\\\n', ''])
    assert.equal((await verdictOf(file)).problem, null)
    let unnoticed = 0
    for (let bit = 0; bit < file.length * 8; bit += 1) {
      const changed = Buffer.from(file)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      if ((await verdictOf(changed)).ok) unnoticed += 1
    }
    assert.ok(file.length > 900)
    assert.equal(unnoticed, 0)
  })

  test('with one byte changed, added or taken out anywhere is found out', async () => {
    const change = fc.constantFrom('change', 'add', 'take')
    await fc.assert(
      fc.asyncProperty(ENTRIES, fc.nat(), fc.nat({ max: 255 }), change, async (entries, where, byte, how) => {
        const file = await fileOf(entries)
        const at = where % file.length
        fc.pre(how !== 'change' || file[at] !== byte)
        const changed = Buffer.concat([
          file.subarray(0, at),
          how === 'take' ? Buffer.alloc(0) : Buffer.of(byte),
          file.subarray(how === 'add' ? at : at + 1),
        ])
        const verdict = await verdictOf(changed)
        assert.equal(verdict.ok, false)
        assert.notEqual(verdict.problem, null)
      }),
      { numRuns: 2_000 },
    )
  })

  test('that means the same in other bytes is found out: a key twice, CRLF, white space, no last newline, one more', async () => {
    const text = (await fileOf(['a', 'b'])).toString()
    const others = {
      'a key twice': text.replace('"canonical":', '"canonical":"forged","canonical":'),
      CRLF: text.replaceAll('\n', '\r\n'),
      'white space': text.replace('"seq":2', '"seq": 2'),
      'an escape': text.replace('"dialect"', '"\\u0064ialect"'),
      'another order': text.replace(/("rows":\d+),("head":"\w+")/, '$2,$1'),
      'no last newline': text.slice(0, -1),
      'one newline more': `${text}\n`,
      'a byte order mark': `\uFEFF${text}`,
    }
    for (const [what, other] of Object.entries(others)) {
      assert.notEqual(other, text, what)
      assert.equal((await verdictOf(Buffer.from(other))).ok, false, what)
    }
  })

  test('of format 1 verifies by the rules it was written for, and says that it is one', async () => {
    const [, ...links] = await exported(chain(['a', 'b']))
    const { rows, head } = JSON.parse(links.pop() ?? '')
    const header = { schema: 'dbmedic/audit/1', dialect: 'sqlite', storeVersion: 1, exportedAt: 'then' }
    const older = [JSON.stringify(header), ...links, JSON.stringify({ rows, head })]
    const verdict = await verifyAuditExport(older)
    assert.deepEqual([verdict.problem, verdict.rows, verdict.format], [null, 2, 1])
    const crlf = older.map((line) => `${line.trimEnd()}\r\n`)
    assert.equal((await verifyAuditExport(crlf)).ok, true)
    assert.equal((await verifyAuditExport(older.with(1, (links[0] ?? '').replace('"a', '"A')))).ok, false)
    const mixed = older.with(-1, JSON.stringify({ rows, head, header: headerHash(older[0] ?? '') }))
    assert.equal((await verifyAuditExport(mixed)).ok, false)
  })

  test('with a line beyond the longest is refused without reading on', async () => {
    let chunks = 0
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        chunks += 1
        yield Buffer.alloc(1024 * 1024, 0x61)
      }
    }
    assert.equal((await verifyAuditExport(bytesByLine(endless(), LONGEST_LINE))).ok, false)
    assert.ok(chunks <= 18)
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

const fileOf = async (entries: readonly string[]): Promise<Buffer> =>
  Buffer.from((await exported(chain(entries))).join(''))

/** The verdict on a file that arrives in pieces of 64 bytes. */
function verdictOf(file: Buffer) {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < file.length; at += 64) yield file.subarray(at, at + 64)
  }
  return verifyAuditExport(bytesByLine(pieces(), LONGEST_LINE))
}
