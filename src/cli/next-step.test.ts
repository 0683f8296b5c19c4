import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  decide,
  full,
  makeIssue,
  makeWorld,
  newAnalysis,
  newLesson,
  newVerdict,
  newVote,
  onlyRunnable,
  run,
  type World,
} from '../../test/support/pipeline-rows.ts'
import { readStory } from '../app/index.ts'
import type { NewAnalysis } from '../core/nouns.ts'
import { ROLES } from '../core/vocabulary.ts'
import { openSqlite, openStore, sqliteSession, up } from '../store/index.ts'
import { nextStep } from './next-step.ts'
import { renderStory } from './render-story.ts'

const folder = mkdtempSync(join(tmpdir(), 'dbmedic-next-'))
let world: World
before(async () => {
  const path = join(folder, 'store.sqlite')
  const database = openSqlite({ path })
  await up(sqliteSession(database))
  database.close()
  world = await makeWorld(full(await openStore({ path, roles: ROLES })))
})
after(async () => {
  await world.store.close()
  rmSync(folder, { recursive: true, force: true })
})

async function next(issueId: number): Promise<{ brief: string; all: string; shown: string }> {
  const story = await readStory(world.store.read, issueId)
  assert.ok(story !== null)
  const { brief, lines } = nextStep(story)
  return { brief, all: lines.join('\n'), shown: renderStory(story) }
}

async function analysed(resource: string, ...analyses: Partial<NewAnalysis>[]): Promise<number> {
  const { reason } = world.store
  const issueId = await makeIssue(world, resource)
  await reason.moveIssue(issueId, 'DETECTED', 'UNDER_ANALYSIS')
  for (const change of analyses) await reason.insertAnalysis(newAnalysis(issueId, change))
  await reason.moveIssue(issueId, 'UNDER_ANALYSIS', 'AWAITING_DECISION')
  return issueId
}

test('nothing is asked of a person while an issue is analysed', async () => {
  const { brief, all } = await next(await makeIssue(world, 'shop.new'))
  assert.equal(brief, 'its analysis')
  assert.doesNotMatch(all, /dbmedic /)
})

test('an abstention sends a person to the evidence, and says how the issue ends', async () => {
  const issueId = await analysed('shop.riddle', { rootCauseCode: 'UNKNOWN', analysisStatus: 'ABSTAINED' })
  const { brief, all } = await next(issueId)
  assert.equal(brief, `you: show ${issueId}`)
  assert.match(all, new RegExp(`dbmedic close --issue ${issueId} --reason`))
})

test('causes that were ruled out are shown, and not that UNKNOWN was', async () => {
  const lost = (rootCauseCode: 'MISSING_INDEX' | 'UNKNOWN') => ({
    rootCauseCode,
    hypothesis: 'x',
    confidence: 0,
    lostBecause: `it is no ${rootCauseCode}`,
    evidenceIds: [],
    candidates: [],
  })
  const issueId = await analysed('shop.ruled-out', {
    competingHypotheses: [lost('MISSING_INDEX'), lost('UNKNOWN')],
  })
  const { shown } = await next(issueId)
  assert.match(shown, /not MISSING_INDEX: it is no MISSING_INDEX/)
  assert.doesNotMatch(shown, /not UNKNOWN/)
})

test('what another issue decides leads there, and the list says so, too', async () => {
  const lost = (decidedIn: number | null): Partial<NewAnalysis> => ({
    rootCauseCode: 'UNKNOWN',
    analysisStatus: 'ABSTAINED',
    competingHypotheses: [
      {
        rootCauseCode: 'MISSING_INDEX',
        hypothesis: 'no index',
        confidence: 0.01,
        lostBecause: 'the statement mostly waits for locks',
        decidedIn,
        evidenceIds: [],
        candidates: [],
      },
    ],
  })
  const { brief, all, shown } = await next(await analysed('shop.waits', lost(12)))
  assert.equal(brief, 'issue 12')
  assert.match(all, /dbmedic show 12/)
  assert.match(shown, /ANALYSED {2}decided in issue 12/)
  const alone = await analysed('shop.waits-alone', lost(null))
  assert.equal((await next(alone)).brief, `you: show ${alone}`)
  assert.match((await next(alone)).all, /no issue beside it says for whom/)
})

test('a named cause whose proposal another issue carries leads there, and keeps its name', async () => {
  const piledUp = (decidedIn: number | null): Partial<NewAnalysis> => ({
    rootCauseCode: 'PILE_UP',
    competingHypotheses: [
      {
        rootCauseCode: 'PILE_UP',
        hypothesis: '30 sessions pile up behind 1 blocker(s).',
        confidence: 0.9,
        lostBecause: null,
        decidedIn,
        evidenceIds: ['e1'],
        candidates: [],
      },
    ],
  })
  const { brief, all, shown } = await next(await analysed('shop.piled-up', piledUp(12)))
  assert.equal(brief, 'issue 12')
  assert.match(all, /dbmedic show 12/)
  assert.doesNotMatch(all, /Advice only/)
  assert.match(shown, /ANALYSED {2}PILE_UP/)
  assert.match((await next(await analysed('shop.piled-up-alone', piledUp(null)))).all, /no issue beside it/)
})

test('a plan that was refused keeps its root cause, and its evidence is not told twice', async () => {
  const issueId = await analysed(
    'shop.full',
    {},
    {
      analysisStatus: 'ABSTAINED',
      recommendationSummary: 'No action can be proposed now. The disk is full.',
    },
  )
  const { all, shown } = await next(issueId)
  assert.match(all, /No plan can be proposed/)
  assert.match(shown, /ANALYSED {2}STALE_STATISTICS, no plan possible/)
  assert.equal(shown.split('the table changed by 40 %').length, 2, shown)
  assert.match(shown, /evidence as above/)
})

test('an issue thought over several times shows the evidence of the newest analysis only', async () => {
  const seen = (claim: string): Partial<NewAnalysis> => ({
    rootCauseCode: 'UNKNOWN',
    analysisStatus: 'ABSTAINED',
    evidence: [{ ...(newAnalysis(1).evidence[0] as NewAnalysis['evidence'][number]), claim }],
  })
  const { shown } = await next(await analysed('shop.again', seen('at first'), seen('then'), seen('at last')))
  assert.equal(shown.split('ANALYSED').length, 4, shown)
  assert.match(shown, /e1 at last/)
  assert.doesNotMatch(shown, /at first|e1 then/)
})

test('advice that is for the application is told from a plan that is still to come', async () => {
  const candidate = { actionId: 'mysql/analyze-table', params: {}, why: 'x', affectedSeries: [] }
  const hypothesis = {
    rootCauseCode: 'STALE_STATISTICS' as const,
    hypothesis: 'x',
    confidence: 0.9,
    lostBecause: null,
    evidenceIds: ['e1'],
  }
  const advice = await analysed('shop.advice', { competingHypotheses: [{ ...hypothesis, candidates: [] }] })
  assert.match((await next(advice)).all, /^Advice only/)
  const plan = await analysed('shop.plan', {
    competingHypotheses: [{ ...hypothesis, candidates: [candidate] }],
  })
  assert.equal((await next(plan)).brief, 'its plan')
})

test('a HIGH risk plan asks for two persons, then for another one than the first', async () => {
  const { serve } = world.store
  const issueId = await makeIssue(world, 'shop.risky')
  const decision = await decide(world, issueId, { action: 'mysql/rebuild-table' })
  const id = decision.decisionId
  assert.equal((await next(issueId)).brief, `two of you: approve ${id}`)
  await serve.insertApproval(await newVote(world, decision, world.bert, { status: 'CONDITIONAL_APPROVAL' }))
  const { brief, all } = await next(issueId)
  assert.equal(brief, `a second: approve ${id}`)
  assert.match(all, /bert approved\. Nothing runs before another person does/)
})

test('from its vote to its review each state names the one command that is a person’s', async () => {
  const { serve, act, learn } = world.store
  const issueId = await makeIssue(world, 'shop.whole')
  const decision = await decide(world, issueId)
  const id = decision.decisionId
  assert.match(
    (await next(issueId)).all,
    new RegExp(`dbmedic approve ${id} --as YOU\nAgainst it: dbmedic decline ${id}`),
  )
  await serve.insertApproval(await newVote(world, decision, world.bert))
  assert.match((await next(issueId)).all, new RegExp(`dbmedic execute ${id} .*\n.*dbmedic revoke ${id}`))
  const executionId = await run(world, await onlyRunnable(world, id))
  const measured = await next(issueId)
  assert.equal(measured.brief, 'its measurement')
  assert.match(measured.all, /first look is at [-\d]{10} [:\d]{8} UTC\. What is unclear then has time until /)
  await act.insertVerification(newVerdict(executionId, 'undecided'))
  assert.match((await next(issueId)).all, new RegExp(`dbmedic settle ${id} --verdict`))
  await serve.settleVerification(newVerdict(executionId, 'improved', 'bert'))
  const lessonId = await learn.insertLesson(newLesson({ issueId, decisionId: id, executionId }))
  const { brief, shown } = await next(issueId)
  assert.equal(brief, `you: learn ${lessonId}`)
  assert.match(shown, /\nNEXT\n {2}When you have time: dbmedic learn/)
})

test('a declined plan may be left or exchanged', async () => {
  const issueId = await makeIssue(world, 'shop.declined')
  const decision = await decide(world, issueId)
  await world.store.serve.insertApproval(await newVote(world, decision, world.carl, { status: 'DECLINED' }))
  const { all } = await next(issueId)
  assert.match(
    all,
    new RegExp(`dbmedic ask-other ${decision.decisionId} .*\n.*dbmedic close ${decision.decisionId} `),
  )
})

test('a statement on a connection is shown with whom it would end, and a name there begins no line', async () => {
  const issueId = await makeIssue(world, 'shop.kill')
  await decide(world, issueId, { action: 'mysql/create-index' })
  const story = await readStory(world.store.read, issueId)
  const [made] = story?.decisions ?? []
  assert.ok(story !== null && made !== undefined)
  const onlyIf = {
    question: {
      kind: 'connection-unchanged',
      params: { connectionId: '26', user: 'app\nDECISION 9', queryId: null },
    },
    equals: { unchanged: true },
  }
  const steps = [{ kind: 'statement' as const, text: 'KILL CONNECTION 26', timeoutMs: 5000, onlyIf }]
  const shown = renderStory({ ...story, decisions: [{ ...made, binding: { ...made.binding, steps } }] })
  assert.match(shown, /KILL CONNECTION 26;\n {6}sent only if, .* connectionId 26, user app/)
  assert.doesNotMatch(shown, /^DECISION 9|queryId/m)
})
