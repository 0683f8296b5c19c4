/** An analysis commented on by a real llama-server, from the configuration to the rows of a real store. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parseConfig } from '../../src/app/config/load.ts'
import { configuredModel } from '../../src/app/configured-model.ts'
import type { Json } from '../../src/core/canonical.ts'
import type { LogLine } from '../../src/core/log.ts'
import type { Issue, NewAnalysis } from '../../src/core/nouns.ts'
import { ROLES } from '../../src/core/vocabulary.ts'
import { consultModel } from '../../src/pipeline/analyze/index.ts'
import { openSqlite, sqliteSession, storeOverSqlite, up } from '../../src/store/index.ts'
import { openForwarder } from '../support/forwarder.ts'
import { type LlamaServer, skipLlamaServer, startLlamaServer } from '../support/llama-server.ts'
import { full, makeIssue, makeWorld, newAnalysis, sha256 } from '../support/pipeline-rows.ts'
import { inTime } from '../support/until.ts'

const KEY = 'sk-private-0123456789'
const VARIABLE = 'TEST_LLAMA_KEY'
const folder = mkdtempSync(join(tmpdir(), 'dbmedic-test-llama-'))
after(() => {
  delete process.env[VARIABLE]
  rmSync(folder, { recursive: true, force: true })
})

interface StoredExchange {
  readonly model: string
  readonly prompt_digest: string
  readonly request_text: string
  readonly response_text: string
}

/** What consulting left behind. */
interface Consulted {
  readonly rules: NewAnalysis
  readonly result: NewAnalysis
  readonly stored: readonly StoredExchange[]
  readonly lines: readonly LogLine[]
}

/** What a consultation differs in from the usual. */
interface Change {
  readonly key?: string
  readonly path?: string
  readonly evidence?: NewAnalysis['evidence']
  /** Runs once the question is on its way. */
  readonly meanwhile?: () => Promise<void>
}

let stores = 0

/** Consults the model at this port about an analysis of an issue in a store of its own. */
async function consult(port: number, change: Change = {}): Promise<Consulted> {
  process.env[VARIABLE] = change.key ?? KEY
  const lines: LogLine[] = []
  const yaml = [
    'model:',
    '  kind: openai-compatible',
    '  model: small',
    `  baseUrl: http://127.0.0.1:${port}${change.path ?? '/v1'}`,
    `  apiKey: env:${VARIABLE}`,
    '  timeoutMs: 60000',
    '  printBytes: true',
  ].join('\n')
  const model = configuredModel(parseConfig(yaml, 'dbmedic.yaml'), (line) => lines.push(line))
  assert.ok(model !== null)
  stores += 1
  const path = join(folder, `${stores}.db`)
  const database = openSqlite({ path })
  await up(sqliteSession(database))
  const store = full(await storeOverSqlite(database, { address: path, roles: ROLES }))
  try {
    const issueId = await makeIssue(await makeWorld(store), 'orders')
    const issue = (await store.read.issue(issueId)) as Issue
    const rules = newAnalysis(issueId, change.evidence === undefined ? {} : { evidence: change.evidence })
    const consulting = consultModel(rules, {
      model,
      port: store.reason,
      issue,
      catalogue: [],
      sha256,
      signal: new AbortController().signal,
      log: (line) => lines.push(line),
    })
    await change.meanwhile?.()
    const result = await consulting
    const stored = database.prepare('SELECT * FROM model_exchanges ORDER BY exchange_id').all()
    return { rules, result, stored: stored as unknown as StoredExchange[], lines }
  } finally {
    await store.close()
  }
}

/** Everything but who was asked, what was dropped and the words that are marked as a model's. */
const ofTheRules = (analysis: NewAnalysis): Json =>
  JSON.parse(
    JSON.stringify({
      ...analysis,
      model: null,
      promptDigest: null,
      droppedClaims: [],
      recommendationSummary: analysis.recommendationSummary.replace(/ \(model [^()]*\)$/, ''),
    }),
  ) as Json

/** The analysis is what the rules wrote, and the reason for that is recorded. */
function assertUnanswered({ rules, result, stored, lines }: Consulted, because: RegExp): void {
  assert.deepEqual(ofTheRules(result), ofTheRules(rules))
  assert.equal(result.recommendationSummary, rules.recommendationSummary)
  const [dropped] = result.droppedClaims as readonly { readonly because: string }[]
  assert.match(dropped?.because ?? '', because)
  assert.equal(result.droppedClaims.length, 1)
  assert.equal(stored.length, 1)
  assert.equal(result.promptDigest, sha256(stored[0]?.request_text ?? ''))
  assert.ok(lines.some((line) => line.level === 'warn' && line.message === 'a model gave no usable answer'))
  assert.ok(!JSON.stringify([result, stored, lines]).includes('sk-'))
}

describe('an analysis commented on by llama-server', { skip: skipLlamaServer }, () => {
  let server: LlamaServer
  before(async () => {
    server = await startLlamaServer({ apiKey: KEY, contextTokens: 5_120 })
  })
  after(() => server.stop())

  test('has an answer of the shape that was asked for; the exchange is stored and printed as it was sent', async () => {
    const { rules, result, stored, lines } = await consult(server.port)
    assert.deepEqual(ofTheRules(result), ofTheRules(rules))
    assert.equal(result.model, 'openai-compatible:small')
    assert.equal(stored.length, 1)
    const [exchange] = stored
    assert.equal(result.promptDigest, sha256(exchange?.request_text ?? ''))
    assert.equal(exchange?.prompt_digest, result.promptDigest)
    const [status, body] = (exchange?.response_text ?? '').split('\n')
    assert.equal(status, 'HTTP 200')
    const reply = JSON.parse(body ?? '') as { choices: [{ message: { content: string } }] }
    const answer = JSON.parse(reply.choices[0].message.content) as Record<string, Json>
    assert.deepEqual(Object.keys(answer).sort(), ['candidates', 'explanation'])
    assert.ok(Array.isArray(answer.candidates))
    assert.equal(typeof answer.explanation, 'string')
    const sent = lines.find((line) => line.message === 'bytes sent')
    const received = lines.find((line) => line.message === 'bytes received')
    assert.deepEqual([sent?.text, received?.text], [exchange?.request_text, body])
    assert.ok(!JSON.stringify([result, stored, lines]).includes(KEY))
  })

  test('is asked about with less where the whole is more than the model can read', async () => {
    const names = Array.from({ length: 150 }, (_, i) => `table_${i}`)
    const [claim] = newAnalysis(1).evidence
    assert.ok(claim !== undefined)
    const evidence = ['e1', 'e2', 'e3'].map((id) => ({ ...claim, id, value: names }))
    const { result, stored } = await consult(server.port, { evidence })
    assert.equal(stored.length, 2)
    assert.match(stored[0]?.response_text ?? '', /^HTTP 400\n.*exceed_context_size_error/)
    assert.match(stored[1]?.response_text ?? '', /^HTTP 200\n/)
    assert.match(stored[1]?.request_text ?? '', /valueLeftOut/)
    assert.equal(result.promptDigest, stored[1]?.prompt_digest)
    assert.ok(!result.droppedClaims.some((dropped) => JSON.stringify(dropped).includes('"what":"answer"')))
  })

  test('is as the rules wrote it when the key is refused or the path is wrong', async () => {
    assertUnanswered(await consult(server.port, { key: 'sk-wrong' }), /HTTP 401 \(authentication_error\)/)
    assertUnanswered(await consult(server.port, { path: '/v2' }), /HTTP 404 \(not_found_error\)/)
  })

  test('is as the rules wrote it when the server dies over the question', async () => {
    const dying = await startLlamaServer({ apiKey: KEY })
    const asked = Promise.withResolvers<void>()
    const rewrite = () => (chunk: Buffer) => {
      asked.resolve()
      return chunk
    }
    const door = await openForwarder(dying.port, { rewrite })
    try {
      process.kill(dying.pid, 'SIGSTOP')
      const killed = async (): Promise<void> => {
        await inTime(asked.promise, 'the question')
        process.kill(dying.pid, 'SIGKILL')
      }
      assertUnanswered(await consult(door.port, { meanwhile: killed }), /ECONNRESET|UND_ERR_SOCKET/)
    } finally {
      door.close()
      await dying.stop()
    }
  })
})
