import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BenchRecord, pageWith, pieceOf } from './bench-record.ts'

const RECORD: BenchRecord = {
  bench: 'growth',
  title: 'Growth, 1x to 100x',
  at: '2026-11-21T10:20:30.000Z',
  seconds: 200,
  command: 'npm run bench -- growth',
  quick: false,
  machine: {
    cpu: 'a CPU',
    cores: 2,
    memoryGiB: 4,
    system: 'linux 6',
    node: 'v24.0.0',
    dbmedic: '0.1.0',
    revision: 'abc1234',
    loadBefore: 0.1,
  },
  versions: ['9.7.4'],
  headlines: ['slopes of at most 1.02'],
  problems: [],
  markdown: '| a |',
  figures: null,
}

test('a piece names the record’s day, revision, command, machine, versions and outcome', () => {
  const piece = pieceOf(RECORD)
  assert.match(piece, /^## Growth, 1x to 100x\n/)
  assert.match(piece, /2026-11-21 10:20 UTC, `npm run bench -- growth`, 3 min/)
  assert.match(piece, /a CPU, 2 cores, 4 GiB.*abc1234/)
  assert.match(piece, /Measured on and beside: 9\.7\.4\./)
  assert.match(piece, /- slopes of at most 1\.02/)
})

test('figures with a problem and quick looks are not shown as results', () => {
  assert.match(
    pieceOf({ ...RECORD, problems: ['nothing was measured'] }),
    /Not to be used: nothing was measured/,
  )
  assert.match(pieceOf({ ...RECORD, quick: true }), /A quick look/)
})

test('a record takes the place of the bench’s former one, and leaves the rest of the page', () => {
  const page =
    '# Bench results\n\nIn short: fine.\n\n## Growth, 1x to 100x\n\nold\n\n### More\n\nold\n\n## Slow log\n\nkept\n'
  const changed = pageWith(page, RECORD)
  assert.ok(!changed.includes('old') && changed.includes('In short: fine.') && changed.endsWith('\n\nkept\n'))
  assert.ok(changed.indexOf('## Growth') < changed.indexOf('## Slow log'))
  assert.equal(pageWith(changed, RECORD), changed)
  assert.equal(pageWith('# Bench results\n', RECORD), `# Bench results\n\n${pieceOf(RECORD).trimEnd()}\n`)
})
