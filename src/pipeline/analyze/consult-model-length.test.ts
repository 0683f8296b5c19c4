/** What a model is asked when an analysis holds more than may be sent, or more than the model can read. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { completion, type ModelDouble, startModelDouble } from '../../../test/support/model-double.ts'
import { newAnalysis, sha256 } from '../../../test/support/pipeline-rows.ts'
import { inTime } from '../../../test/support/until.ts'
import { createModel, type ModelSettings } from '../../ai/index.ts'
import type { LogLine } from '../../core/log.ts'
import type { Model } from '../../core/model.ts'
import type { Issue, NewAnalysis } from '../../core/nouns.ts'
import type { ReasonPort } from '../../core/store-ports.ts'
import { type ConsultInput, consultModel } from './consult-model.ts'

type Exchange = Parameters<ReasonPort['recordModelExchange']>[0]

/** An analysis whose only evidence names so many tables. */
function naming(tables: number): NewAnalysis {
  const [claim] = newAnalysis(7).evidence
  assert.ok(claim !== undefined)
  return newAnalysis(7, { evidence: [{ ...claim, value: Array.from({ length: tables }, () => 'orders') }] })
}
/** More than goes in a first question, whatever the bound. */
const BIG = naming(300)
const OK = completion('{"candidates":[],"explanation":"ok"}')
const TOO_LONG = { status: 400, body: '{"error":{"type":"exceed_context_size_error"}}' }

let double: ModelDouble
let exchanges: Exchange[]
let lines: LogLine[]
before(async () => {
  double = await startModelDouble()
})
beforeEach(() => {
  double.requests.length = 0
  exchanges = []
  lines = []
})
after(() => double.close())

const input = (settings: Partial<ModelSettings> = {}): ConsultInput => ({
  model: createModel({
    kind: 'openai-compatible',
    baseUrl: double.url,
    model: 'small',
    apiKey: null,
    timeoutMs: 5_000,
    maxOutputTokens: 2_000,
    maxPromptBytes: 24_000,
    maxQuestionsPerHour: 100,
    print: null,
    ...settings,
  }),
  port: {
    recordModelExchange: async (exchange) => {
      exchanges.push(exchange)
    },
  },
  issue: { issueId: 7, affectedResourceName: 'orders' } as unknown as Issue,
  catalogue: [],
  sha256,
  signal: new AbortController().signal,
  log: (line) => lines.push(line),
})

test('a prompt beyond the bound goes without long values', async () => {
  double.script(OK)
  const result = await consultModel(BIG, input({ maxPromptBytes: 6_000 }))
  assert.equal(result.model, 'openai-compatible:small')
  assert.ok((double.requests[0]?.body.length ?? 0) <= 6_000)
  assert.match(double.requests[0]?.body ?? '', /valueLeftOut/)
})

test('it is not sent if that is not enough, and the analysis names no model', async () => {
  const result = await consultModel(BIG, input({ maxPromptBytes: 1_000 }))
  assert.deepEqual(result, BIG)
  assert.equal(double.requests.length, 0)
  assert.match(String(lines[0]?.because), /the bound is 1000/)
})

test('what the model cannot read is asked without long values, and both questions are stored', async () => {
  double.script(TOO_LONG, OK)
  const result = await consultModel(naming(150), input())
  assert.match(result.recommendationSummary, /: ok\)$/)
  assert.deepEqual(
    exchanges.map(({ request }) => request),
    double.requests.map(({ body }) => body),
  )
  assert.deepEqual(
    exchanges.map(({ request }) => request.includes('valueLeftOut')),
    [false, true],
  )
  assert.equal(result.promptDigest, sha256(double.requests[1]?.body ?? ''))
})

test('a model that never can read it is asked three times and leaves the analysis as it was', async () => {
  double.script(TOO_LONG)
  const result = await consultModel(BIG, input())
  assert.deepEqual([double.requests.length, exchanges.length], [3, 3])
  assert.equal(result.recommendationSummary, BIG.recommendationSummary)
  assert.match((result.droppedClaims[0] as { because: string }).because, /cannot read that much/)
})

test('all of them together take no longer than one question may', async () => {
  double.script(TOO_LONG, { stall: '{' })
  // Each may take ten minutes by itself; the model says that a question is to take five seconds.
  const asked = input({ timeoutMs: 600_000 })
  const model: Model = {
    name: asked.model.name,
    mostMs: 5_000,
    propose: (question, schema, signal) => asked.model.propose(question, schema, signal),
  }
  const result = await inTime(consultModel(BIG, { ...asked, model }), 'questions without a bound together')
  assert.equal(double.requests.length, 2)
  assert.match((result.droppedClaims[0] as { because: string }).because, /took too long|stopping/)
})
