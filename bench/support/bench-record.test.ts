import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BenchRecord, pageOf } from './bench-record.ts'

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

test('a page names each record’s day, revision, command, machine and versions, and links its piece', () => {
  const page = pageOf([RECORD])
  assert.match(
    page,
    /\[Growth, 1x to 100x\]\(#growth-1x-to-100x\) *\| *2026-11-21 10:20 *\| *abc1234 *\| *3 min *\| *yes \|/,
  )
  assert.match(page, /\n## Growth, 1x to 100x\n/)
  assert.match(page, /`npm run bench -- growth`/)
  assert.match(page, /a CPU, 2 cores, 4 GiB/)
  assert.match(page, /Measured on and beside: 9\.7\.4\./)
  assert.match(page, /- \*\*Growth, 1x to 100x\*\*: slopes of at most 1\.02/)
})

test('figures with a problem and quick looks are not shown as results', () => {
  assert.match(pageOf([{ ...RECORD, problems: ['nothing was measured'] }]), /not to be used/)
  assert.match(
    pageOf([{ ...RECORD, problems: ['nothing was measured'] }]),
    /Not to be used: nothing was measured/,
  )
  assert.match(pageOf([{ ...RECORD, quick: true }]), /a quick look/)
})
