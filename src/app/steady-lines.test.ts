import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { steadyLines, type WriteBytes } from './steady-lines.ts'

/** A place that takes these numbers of bytes in turn, or fails with these codes; then everything. */
function place(...turns: readonly (number | string)[]) {
  const left = [...turns]
  let written = ''
  const write: WriteBytes = (bytes, from) => {
    const turn = left.shift() ?? bytes.length
    if (typeof turn === 'string') throw Object.assign(new Error(turn), { code: turn })
    const taken = bytes.subarray(from, Math.min(bytes.length, from + turn))
    written += taken.toString()
    return taken.length
  }
  const lines = steadyLines(write)
  return { lines, text: () => written.replace(/"time":"[^"]*"/g, '"time":"T"') }
}

const LOST = (lines: number, because: string): string =>
  `{"level":40,"time":"T","stage":"log","message":"lines of this log could not be written","lines":${lines},"because":"${because}"}\n`

test('lines are written whole, in as many parts as it takes', () => {
  const { lines, text } = place(2, 1)
  lines.write('first\n')
  lines.write('second\n')
  assert.equal(text(), 'first\nsecond\n')
})

test('what a full disk refuses is counted, and said once it takes lines again', () => {
  const { lines, text } = place('ENOSPC', 'ENOSPC', 'ENOSPC')
  for (const line of ['a\n', 'b\n', 'c\n', 'd\n']) lines.write(line)
  assert.equal(text(), `${LOST(3, 'ENOSPC')}d\n`)
})

test('a line that was cut is ended before the next one', () => {
  const { lines, text } = place(3, 'EFBIG')
  lines.write('{"a":1}\n')
  lines.write('next\n')
  assert.equal(text(), `{"a\n${LOST(1, 'EFBIG')}next\n`)
})

test('a full pipe is waited for; nobody at its other end is not', () => {
  const slow = place('EAGAIN', 'EAGAIN')
  slow.lines.write('kept\n')
  assert.equal(slow.text(), 'kept\n')
  const closed = place('EPIPE')
  closed.lines.write('lost\n')
  assert.equal(closed.text(), '')
})

test('a process whose log reaches the limit of a file goes on', {
  skip: process.platform !== 'linux',
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dbmedic-log-'))
  try {
    const script = `
      import { createLog } from ${JSON.stringify(new URL('./logger.ts', import.meta.url).href)}
      const log = createLog({ level: 'info' })
      for (let i = 0; i < 200; i += 1) log({ level: 'info', stage: 'test', message: 'a line of some length' })
      process.exitCode = 7`
    const log = openSync(join(folder, 'log'), 'a')
    // 512-byte blocks: the file may have 4 KiB.
    const child = spawn(
      'sh',
      ['-c', 'ulimit -f 8; exec "$0" --input-type=module -e "$1"', process.execPath, script],
      {
        stdio: ['ignore', 'ignore', log],
      },
    )
    const code = await new Promise((resolve) =>
      child.once('exit', (status, signal) => resolve(status ?? signal)),
    )
    assert.equal(code, 7)
    assert.ok(readFileSync(join(folder, 'log')).length <= 8 * 1024)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
