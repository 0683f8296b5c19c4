import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { classifyLines, type LineCounts } from './index.ts'

async function answers(chunks: readonly (string | Uint8Array)[], counts?: LineCounts) {
  async function* source() {
    yield* chunks
  }
  const lines: Record<string, unknown>[] = []
  for await (const line of classifyLines(source(), () => null, counts)) {
    assert.ok(line.endsWith('\n') && line.indexOf('\n') === line.length - 1)
    lines.push(JSON.parse(line) as Record<string, unknown>)
  }
  return lines
}
const report = (more: object = {}): string =>
  `${JSON.stringify({ engine: 'mysql', code: 1146, message: "Table 'a.b' doesn't exist", ...more })}\n`

describe('classifying lines', () => {
  test('gives for each line one with exactly the promised fields, in order', async () => {
    const found = await answers([report(), report({ code: 1051 })])
    assert.deepEqual(
      found.map((f) => f.code),
      ['1146', '1051'],
    )
    assert.deepEqual(Object.keys(found[0] ?? {}), [
      ...['signature', 'engine', 'code', 'type', 'object', 'retryable', 'strategy', 'knowledgeId', 'masked'],
    ])
  })

  test('answers a bad line by an error that repeats nothing of it, and goes on', async () => {
    const counts = { lines: 0, bad: 0 }
    const bad = [
      'secret',
      '[1]',
      'null',
      '{"message":"secret"}',
      '{"engine":"mysql"}',
      '{"engine":"db2","message":"secret"}',
      '{"engine":"mysql","message":"secret","statement":7}',
    ]
    const found = await answers([bad.join('\n'), '\n', report()], counts)
    assert.equal(found.length, bad.length + 1)
    assert.deepEqual(counts, { lines: bad.length + 1, bad: bad.length })
    for (const [i, answer] of found.slice(0, -1).entries()) {
      assert.equal(answer.line, i + 1)
      assert.equal((answer.error as { code: string }).code, 'DBM_ERROR_REPORT')
      assert.doesNotMatch(JSON.stringify(answer), /secret/)
    }
    assert.equal(found.at(-1)?.code, '1146')
  })

  test('reads lines cut anywhere by chunks, without a last line break, and passes over blank ones', async () => {
    const bytes = Buffer.from(`\n${report({ message: "Таблица 'a.b' не существует" })}\n${report().trim()}`)
    const chunks = Array.from(bytes, (byte) => Uint8Array.of(byte))
    const found = await answers(chunks)
    assert.deepEqual(
      found.map((f) => f.object),
      ['a.b', 'a.b'],
    )
  })

  test('keeps no more than the longest line in memory, and says so of a longer one', async () => {
    const long = `{"engine":"mysql","message":"${'x'.repeat(1024 * 1024)}`
    const found = await answers([
      long,
      ...Array.from({ length: 4 }, () => 'x'.repeat(1024 * 1024)),
      '"}\n',
      report(),
    ])
    assert.match(JSON.stringify(found[0]), /longer than/)
    assert.equal(found[1]?.code, '1146')
  })
})
