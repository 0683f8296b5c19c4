/** The reason role with and without a model, on a real store: what a model changes in the rows, and what not. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { completion, type ModelDouble, startModelDouble } from '../../test/support/model-double.ts'
import {
  ACTIONS,
  type FullStore,
  full,
  makeIssue,
  makeWorld,
  sha256,
} from '../../test/support/pipeline-rows.ts'
import { createModel } from '../ai/index.ts'
import { parseConfig } from '../app/config/load.ts'
import { configuredModel } from '../app/configured-model.ts'
import type { Action } from '../core/action.ts'
import type { Diagnosis } from '../core/diagnosis.ts'
import type { Model } from '../core/model.ts'
import type { Analysis, ProposedAction } from '../core/nouns.ts'
import type { ParameterSchema } from '../core/parameters.ts'
import { ROLES } from '../core/vocabulary.ts'
import { openSqlite, sqliteSession, storeOverSqlite, up } from '../store/index.ts'
import { Reasoner } from './reason-role.ts'

const folder = mkdtempSync(join(tmpdir(), 'dbmedic-model-'))
let double: ModelDouble
before(async () => {
  double = await startModelDouble()
})
after(async () => {
  await double.close()
  rmSync(folder, { recursive: true, force: true })
})

const LATER = '2030-01-01T00:00:00.000000Z'
const PARAMS = { connection: { instanceUid: 'i', epoch: 't', connectionId: '7', user: 'app', host: 'h' } }
const candidate = (actionId: string): ProposedAction => ({
  actionId,
  params: PARAMS,
  why: 'it helps',
  affectedSeries: [],
})

/** A rule that always finds the same, with two LOW candidates. */
const rule: Diagnosis<never> = {
  id: 'mysql/test-rule',
  version: 1,
  engine: 'mysql',
  title: 'test',
  rootCause: 'STALE_STATISTICS',
  categories: ['STATISTICS'],
  needs: () => [],
  test: () => ({
    outcome: 'supported',
    hypothesis: 'the statistics are old',
    recommendation: 'Renew them.',
    claims: [{ claim: 'they are old', source: 's', value: 1, unit: null, at: LATER, recheck: null }],
    weights: [{ why: 'old', logOdds: 6 }],
    candidates: [candidate('mysql/kill-query'), candidate('mysql/analyze-table')],
    affectingQueries: [],
  }),
}

/** The two actions as far as the analyst looks at them; both take a connection here. */
const actionOf = (id: string): Action<ParameterSchema, never> | null => {
  const row = ACTIONS.find((action) => action.actionName === id)
  if (row === undefined) return null
  const known = { id, version: 1, engine: 'mysql', title: id, risk: row.riskLevel, bindsConnection: false }
  return { ...known, parameters: { connection: { type: 'connection' } } } as unknown as Action<
    ParameterSchema,
    never
  >
}

let opened = 0
async function freshStore(): Promise<FullStore> {
  opened += 1
  const path = join(folder, `${opened}.db`)
  const database = openSqlite({ path })
  await up(sqliteSession(database))
  return full(await storeOverSqlite(database, { address: path, roles: ROLES }))
}

/** One issue through the analyst; gives the analyses, oldest first, and how many exchanges were stored. */
async function analyzed(
  model: Model | null,
  disabled: readonly string[] = [],
): Promise<{ readonly analyses: readonly Analysis[]; readonly exchanges: number }> {
  const store = await freshStore()
  const world = await makeWorld(store)
  for (const name of disabled) await store.serve.setActionEnabled(name, false, 'anna')
  const issueId = await makeIssue(world, 'orders')
  let exchanges = 0
  const port = {
    ...store.reason,
    recordModelExchange: async (exchange: Parameters<typeof store.reason.recordModelExchange>[0]) => {
      await store.reason.recordModelExchange(exchange)
      exchanges += 1
    },
  }
  const reasoner = new Reasoner({
    port,
    lease: { owner: 'test', seconds: 15 },
    diagnosesOf: () => [rule],
    actionOf,
    sha256,
    model,
    opening: { breaches: 3, ofWindows: 5, recurrenceDays: 30 },
    history: { currentSeconds: 60, baselineSeconds: 7200, minimumCalls: 30 },
    abstainBelow: 0.6,
    settings: {},
    answerTimeoutMs: 50,
    version: '1',
    signal: new AbortController().signal,
    log: () => undefined,
  })
  await reasoner.turn()
  const analyses = [...(await store.read.analyses(issueId))].sort((a, b) => a.analysisId - b.analysisId)
  await store.close()
  return { analyses, exchanges }
}

const small = (): Model =>
  createModel({
    kind: 'openai-compatible',
    baseUrl: double.url,
    model: 'small',
    apiKey: null,
    timeoutMs: 30_000,
    maxOutputTokens: 500,
    maxPromptBytes: 24_000,
    maxQuestionsPerHour: 100,
    print: null,
  })

/** The row as text, without the time the store gave it. */
const text = (analysis: Analysis | undefined): string => JSON.stringify({ ...analysis, analysedAt: null })
const orderOf = (analysis: Analysis | undefined) =>
  analysis?.competingHypotheses[0]?.candidates.map((c) => c.actionId)

test('a configuration that names no model gives none, and the rows are what the rules wrote', async () => {
  const configured = configuredModel(parseConfig('store: ./x.sqlite\n', 'f'), () => undefined)
  assert.equal(configured, null)
  const { analyses, exchanges } = await analyzed(configured)
  assert.equal(exchanges, 0)
  const [first] = analyses
  assert.deepEqual([first?.analyzer, first?.model, first?.promptDigest], ['rules', null, null])
  assert.equal(first?.recommendationSummary, 'Renew them.')
  assert.deepEqual(first?.droppedClaims, [])
  assert.deepEqual(orderOf(first), ['mysql/kill-query', 'mysql/analyze-table'])
})

test('a model that cannot be reached leaves the same row, but for who was asked', async () => {
  const without = (await analyzed(null)).analyses[0]
  double.script({ status: 500, body: 'no' })
  const { analyses, exchanges } = await analyzed(small())
  const failed = analyses[0]
  assert.equal(exchanges, 1)
  assert.equal(failed?.model, 'openai-compatible:small')
  assert.equal(failed === undefined, false)
  assert.equal(
    text({ ...(failed as Analysis), model: null, promptDigest: null, droppedClaims: [] }),
    text(without),
  )
})

test('an accepted answer is stored with its model, and its drops survive a refused decision', async () => {
  const named = { params: PARAMS, evidenceIds: ['e1'], reasons: [] }
  const candidates = [
    { actionId: 'mysql/drop-database', ...named },
    { actionId: 'mysql/analyze-table', ...named },
  ]
  double.script(completion(JSON.stringify({ candidates, explanation: 'They are old, says e1.' })))
  const { analyses } = await analyzed(small())
  const [first, refused] = analyses
  // analyze-table and kill-query are both LOW, so the model's order stands.
  assert.deepEqual(orderOf(first), ['mysql/analyze-table', 'mysql/kill-query'])
  assert.match(
    first?.recommendationSummary ?? '',
    /^Renew them\. \(model openai-compatible:small: They are old/,
  )
  assert.equal(first?.analyzer, 'rules')
  assert.equal(first?.promptDigest, sha256(double.requests.at(-1)?.body ?? ''))
  assert.equal(first?.droppedClaims.length, 1)
  assert.equal(refused?.analysisStatus, 'ABSTAINED')
  assert.deepEqual(refused?.droppedClaims[0], first?.droppedClaims[0])
  assert.equal(refused?.droppedClaims.length, 3)
})

test('an action somebody disabled cannot be preferred', async () => {
  const item = { actionId: 'mysql/analyze-table', params: PARAMS, evidenceIds: ['e1'], reasons: [] }
  double.script(completion(JSON.stringify({ candidates: [item], explanation: '' })))
  const { analyses } = await analyzed(small(), ['mysql/analyze-table'])
  assert.deepEqual(orderOf(analyses[0]), ['mysql/kill-query', 'mysql/analyze-table'])
  assert.match(JSON.stringify(analyses[0]?.droppedClaims), /disabled here/)
})
