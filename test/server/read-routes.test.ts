/** What the API sends of the pipeline, page by page, on both dialects of the store. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { AuditHit } from '../../src/server/api-types.ts'
import { verifyAuditExport } from '../../src/store/audit/verify-audit-export.ts'
import { availableStores } from '../store/support/stores.ts'
import {
  decide,
  makeIssue,
  newLesson,
  newVerdict,
  newVote,
  onlyRunnable,
  run,
} from '../support/pipeline-rows.ts'
import { approverCases } from './approver-cases.ts'
import { type Actor, type ApiWorld, makeApiWorld } from './support/api-world.ts'

interface Page {
  readonly items: readonly Record<string, unknown>[]
  readonly next: string | null
}

for (const { name, missing } of await availableStores()) {
  describe(`reading through the API over ${name}`, { skip: missing ?? false }, () => {
    let api: ApiWorld
    before(async () => {
      api = await makeApiWorld(name)
    })
    after(() => api.stop())

    const get = async (url: string, headers: Record<string, string> = {}) => {
      const browser = await api.signIn('viewer')
      return api.app.inject({ url, headers: { ...browser.headers, ...headers } })
    }
    const page = async (url: string): Promise<Page> => {
      const answer = await get(url)
      assert.equal(answer.statusCode, 200, answer.body)
      return answer.json() as Page
    }

    test('the dashboard counts what is open, waiting, run, voted and resolved', async () => {
      const answer = await get('/api/dashboard')
      assert.equal(answer.statusCode, 200, answer.body)
      const board = answer.json()
      assert.deepEqual(
        board.pending.map((each: { riskLevel: string; count: number }) => [each.riskLevel, each.count]),
        [['LOW', 1]],
      )
      assert.deepEqual(
        board.openIssues.map((each: { key: string; count: number }) => [each.key, each.count]),
        [['WARNING', 2]],
      )
      assert.deepEqual(board.runs, {
        byOutcome: [{ key: 'SUCCESS', count: 1 }],
        judged: 1,
        improved: 1,
        meanImprovementPercent: 60,
        open: 0,
      })
      assert.deepEqual(
        board.votes.map((each: { userName: string; status: string; count: number }) => [
          each.userName,
          each.status,
          each.count,
        ]),
        [['bert', 'APPROVED', 1]],
      )
      assert.equal(board.targets[0].openIssues, 2)
      assert.equal(board.resolved[0].count, 1)
    })

    test('pages of issues hold every issue once, in either order, while issues are added', async () => {
      for (let at = 0; at < 7; at += 1) await makeIssue(api.world, `page.table${at}`)
      for (const sort of ['-opened', 'opened', '-severity', 'severity', '-occurrences', 'occurrences']) {
        const seen: unknown[] = []
        let cursor = ''
        for (let pages = 0; pages < 20; pages += 1) {
          const found = await page(`/api/issues?limit=3&sort=${sort}${cursor}`)
          seen.push(...found.items.map((each) => each['issueId']))
          if (found.next === null) break
          cursor = `&cursor=${found.next}`
        }
        assert.equal(new Set(seen).size, seen.length, sort)
        assert.equal(seen.length, 10, sort)
        if (sort === '-opened')
          assert.deepEqual(
            seen,
            [...seen].sort((a, b) => Number(b) - Number(a)),
          )
      }
    })

    test('filters give what they name and nothing else', async () => {
      const resolved = await page('/api/issues?state=RESOLVED')
      assert.deepEqual(
        resolved.items.map((each) => each['issueId']),
        [api.ids.issueId],
      )
      assert.ok((await page('/api/issues?state=OPEN')).items.every((each) => each['closedAt'] === null))
      assert.equal((await page('/api/issues?search=shop.')).items.length, 3)
      assert.equal((await page('/api/issues?severity=CRITICAL')).items.length, 0)
      assert.equal((await page('/api/issues?target=99')).items.length, 0)
      const pending = await page('/api/decisions?state=PENDING_APPROVAL&risk=LOW&sort=expires')
      assert.deepEqual(
        pending.items.map((each) => [each['decisionId'], each['actionName'], each['votes']]),
        [[api.ids.pendingDecisionId, 'mysql/analyze-table', 0]],
      )
      assert.equal((await page('/api/executions?outcome=FAILED')).items.length, 0)
      assert.equal((await page('/api/executions?action=mysql/analyze-table')).items.length, 1)
      assert.equal((await page('/api/lessons?complete=false')).items.length, 1)
      assert.equal((await page('/api/lessons?complete=true')).items.length, 0)
    })

    test('a cursor of another sorting, a word that is none and an unknown parameter are refused', async () => {
      const { next } = await page('/api/issues?limit=1')
      for (const url of [
        `/api/issues?limit=1&sort=severity&cursor=${next}`,
        '/api/issues?cursor=e30',
        '/api/issues?state=BROKEN',
        '/api/issues?stat=OPEN',
        '/api/issues?limit=100000',
        '/api/issues?workspace=0',
        '/api/issues/0',
        '/api/issues/abc',
      ]) {
        const answer = await get(url)
        assert.equal(answer.statusCode, 400, url)
        assert.match(String(answer.headers['content-type']), /^application\/problem\+json/)
        assert.equal(answer.json().code, 'DBM_REQUEST_INVALID')
      }
    })

    test('an issue comes with events, evidence, votes, run, verdict and lesson', async () => {
      const story = (await get(`/api/issues/${api.ids.issueId}`)).json()
      assert.equal(story.issue.issueStatus, 'RESOLVED')
      assert.equal(story.events.length, 1)
      assert.equal(story.analyses[0].evidence[0].claim, 'the table changed by 40 %')
      const [decision] = story.decisions
      assert.equal(decision.approvals[0].adminUserId, 'bert')
      assert.equal(decision.executions[0].execution.steps[0].statement, 'ANALYZE TABLE `shop`.`orders`')
      assert.equal(decision.executions[0].verifications[0].verdict, 'improved')
      assert.equal(story.lessons[0].predictedConfidence, 0.85)
      assert.equal(JSON.stringify(story).includes('SHOP_PASSWORD'), false)
    })

    test('a decision comes with exact statements, evidence, forecast, undo and the last runs', async () => {
      const detail = (await get(`/api/decisions/${api.ids.pendingDecisionId}`)).json()
      assert.equal(detail.binding.steps[0].text, 'ANALYZE TABLE `shop`.`orders`')
      assert.equal(detail.binding.forecast.lockClass, 'none')
      assert.equal(detail.binding.undo.plan.steps.length, 1)
      assert.equal(detail.analysis.evidence.length, 1)
      assert.deepEqual(
        detail.lastRuns.map((each: { executionId: number; verdict: string }) => [
          each.executionId,
          each.verdict,
        ]),
        [[api.ids.executionId, 'improved']],
      )
      assert.equal(detail.decision.bindingText.length > 500, true)
    })

    test('a run, the catalogue and the targets are there, without addresses and references to secrets', async () => {
      const run = (await get(`/api/executions/${api.ids.executionId}`)).json()
      assert.equal(run.run.improvementPercent, 60)
      assert.equal(run.execution.steps.length, 1)
      assert.equal((await page('/api/actions')).items.length, 4)
      const targets = await get('/api/targets')
      assert.equal(targets.json().items[0].targetName, 'shop')
      assert.doesNotMatch(targets.body, /SHOP_PASSWORD|db1/)
    })

    test('what is not there is a 404 that says what', async () => {
      for (const url of ['/api/issues/999', '/api/decisions/999', '/api/executions/999', '/api/nothing']) {
        const answer = await get(url)
        assert.equal(answer.statusCode, 404, url)
        assert.equal(answer.json().code, 'DBM_NOT_FOUND')
        assert.equal(answer.json().requestId, answer.headers['x-request-id'])
      }
    })

    test('what a reader has already is not sent again', async () => {
      const first = await get('/api/actions')
      const again = await get('/api/actions', { 'if-none-match': String(first.headers.etag) })
      assert.equal(again.statusCode, 304)
      assert.equal(again.body, '')
      const other = await get('/api/actions', { 'if-none-match': '"other"' })
      assert.equal(other.statusCode, 200)
    })

    test('the chain is read in order and verified', async () => {
      const { headers } = await api.signIn('auditor')
      const links = (await api.app.inject({ url: '/api/audit?from=2&limit=3', headers })).json()
      assert.deepEqual(
        links.items.map((each: { seq: number }) => each.seq),
        [2, 3, 4],
      )
      assert.equal(links.next, 5)
      const verdict = (await api.app.inject({ url: '/api/audit/verification', headers })).json()
      assert.equal(verdict.ok, true, verdict.problem)
      assert.ok(verdict.rows > 20)
    })

    const searched = async (query: string) => {
      const { headers } = await api.signIn('auditor')
      return api.app.inject({ url: `/api/audit/search?${query}`, headers })
    }
    const links = async (query: string) => {
      const answer = await searched(query)
      assert.equal(answer.statusCode, 200, answer.body)
      return answer.json() as { readonly items: readonly AuditHit[]; readonly next: number | null }
    }
    const kindsOf = async (query: string): Promise<readonly string[]> =>
      (await links(`${query}&limit=200`)).items.map(({ kind }) => kind)

    test('the chain is looked through by who did what to which thing', async () => {
      const [vote] = (await links('who=BERT&kind=admin_approvals')).items
      assert.deepEqual([vote?.who, vote?.op, vote?.kind], ['bert', 'insert', 'admin_approvals'])
      const ofDecision = await kindsOf(`subject=decision:${api.ids.decisionId}`)
      for (const kind of ['recovery_decisions', 'admin_approvals', 'action_executions'])
        assert.ok(ofDecision.includes(kind), kind)
      assert.ok((await kindsOf(`subject=issue:${api.ids.issueId}`)).includes('detected_issues'))
      assert.ok((await kindsOf('who=act')).includes('action_executions') || name !== 'sqlite')
      assert.deepEqual(await links('who=nobody_at_all'), { items: [], next: null })
      for (const wrong of ['kind=no_such_table', 'subject=moon:1', 'since=yesterday', 'who='])
        assert.equal((await searched(wrong)).statusCode, 400, wrong)
    })

    test('of what is looked for, the store leaves out no link', async () => {
      const whole = await api.world.store.read.audit(1, 10_000)
      const said = whole.map(({ seq, canonical }) => ({ seq, ...JSON.parse(canonical) }))
      // Whoever asks has signed in, which is a link of its own.
      const found = async (query: string): Promise<readonly number[]> =>
        (await links(`${query}&limit=200`)).items.map(({ seq }) => seq).filter((seq) => seq <= whole.length)
      for (const kind of new Set<string>(said.map(({ entry }) => entry.table)))
        assert.deepEqual(
          await found(`kind=${kind}`),
          said
            .filter(({ entry }) => entry.table === kind)
            .map(({ seq }) => seq)
            .toReversed(),
          kind,
        )
      for (const [of, table] of Object.entries({ issue: 'detected_issues', decision: 'recovery_decisions' }))
        for (const key of ['1', '2', '12'])
          assert.deepEqual(
            await found(`subject=${of}:${key}`),
            said
              .filter(
                ({ entry }) => String(entry.table === table ? entry.key : entry.row[`${of}_id`]) === key,
              )
              .map(({ seq }) => seq)
              .toReversed(),
            `${of} ${key}`,
          )
    })

    test('and by when, newest first, page by page, with no link twice or left out', async () => {
      const all: AuditHit[] = []
      for (
        let before = (await links('limit=1')).next ?? 0, pages = 0;
        before > 1 && pages < 100;
        pages += 1
      ) {
        const { items, next } = await links(`limit=7&before=${before}`)
        all.push(...items)
        before = next ?? 0
      }
      const newest = all[0]?.seq ?? 0
      assert.deepEqual(
        all.map(({ seq }) => seq),
        Array.from({ length: newest }, (_, at) => newest - at),
      )
      const [until, since] = [all[3], all[10]].map((each) => String(each?.at))
      assert.deepEqual(
        (await links(`since=${since}&until=${until}&limit=200`)).items.map(({ seq }) => seq),
        all.filter(({ at }) => at >= String(since) && at < String(until)).map(({ seq }) => seq),
      )
    })

    test('the chain is exported as it is verified offline; an excerpt says that it is one', async () => {
      const { headers } = await api.signIn('auditor')
      const file = async (query: string): Promise<string> => {
        const answer = await api.app.inject({ url: `/api/audit/export${query}`, headers })
        assert.equal(answer.statusCode, 200, answer.body)
        assert.match(String(answer.headers['content-disposition']), /filename="dbmedic-audit-[\w-]+\.jsonl"/)
        return answer.body
      }
      const verdictOf = (text: string) => verifyAuditExport(text.split(/(?<=\n)/))
      const whole = await verdictOf(await file(''))
      assert.equal(whole.ok, true, whole.problem ?? '')
      assert.ok(whole.rows > 20)
      const excerpt = await file('?kind=admin_approvals')
      assert.match((await verdictOf(excerpt)).problem ?? '', /an excerpt, which leaves links out/)
      const [head = '', ...links] = excerpt.trimEnd().split('\n')
      assert.equal(JSON.parse(head).kind, 'admin_approvals')
      assert.deepEqual(JSON.parse(links.pop() ?? ''), { links: links.length })
      assert.ok(links.length > 0 && links.every((each) => each.includes('admin_approvals')))
    })

    test('figures for Prometheus have names, units and the counts of the store', async () => {
      const token = await api.tokenOf('viewer', ['metrics'])
      const answer = await api.app.inject({ url: '/metrics', headers: { authorization: `Bearer ${token}` } })
      assert.equal(answer.statusCode, 200, answer.body)
      assert.match(answer.body, /^dbmedic_decisions_waiting\{risk="LOW"\} 1$/m)
      assert.match(answer.body, /^dbmedic_executions_total\{purpose="DO",outcome="SUCCESS"\} 1$/m)
      assert.match(answer.body, /^dbmedic_verdicts_total\{verdict="improved"\} 1$/m)
      assert.match(answer.body, /^dbmedic_issues_open\{state="DECISION_MADE",severity="WARNING"\} 1$/m)
      assert.match(answer.body, /^dbmedic_time_to_acknowledge_seconds \d/m)
    })

    const as = async (actor: Actor, url: string) => {
      const { headers } = await api.signIn(actor)
      const answer = await api.app.inject({ url, headers })
      assert.equal(answer.statusCode, 200, answer.body)
      return answer.json()
    }

    test('a track record counts runs, verdicts and the median effect, of its workspace only', async () => {
      const { act } = api.world.store
      const decision = await decide(api.world, await makeIssue(api.world, 'shop.median'))
      await api.world.store.serve.insertApproval(await newVote(api.world, decision, api.world.bert))
      const executionId = await run(api.world, await onlyRunnable(api.world, decision.decisionId))
      await act.insertVerification({
        ...newVerdict(executionId, 'no_effect'),
        improvementPercent: -10,
        intervalLowPercent: -20,
        intervalHighPercent: 5,
      })
      const recordOf = async (actor: Actor, workspace: number) => {
        const { items } = await as(actor, `/api/catalogue?workspace=${workspace}`)
        return items.find((each: { actionName: string }) => each.actionName === 'mysql/analyze-table').record
      }
      const { lastRunAt, verdicts, ...record } = await recordOf('viewer', 1)
      assert.deepEqual(record, {
        runs: 2,
        outcomes: [{ key: 'SUCCESS', count: 2 }],
        medianImprovementPercent: 25,
      })
      assert.deepEqual(
        new Map(verdicts.map((each: { key: string; count: number }) => [each.key, each.count])),
        new Map([
          ['improved', 1],
          ['no_effect', 1],
        ]),
      )
      assert.match(lastRunAt, /^2\d{3}-/)
      assert.equal((await recordOf('outsider', 2)).runs, 0)
    })

    test('reliability sets reviewed runs against the confidence they were proposed with', async () => {
      const before = await as('viewer', '/api/reliability')
      assert.deepEqual([before.records, before.brier, before.bins], [0, null, []])
      const [lesson] = (await page('/api/lessons?complete=false')).items
      assert.deepEqual(
        [lesson?.['actionName'], lesson?.['targetName'], lesson?.['issueCategory']],
        ['mysql/analyze-table', 'shop', 'STATISTICS'],
      )
      const review = { issueResolved: true, wouldApproveAgain: true, assessedBy: 'bert' }
      await api.world.store.serve.reviewLesson(Number(lesson?.['learningRecordId']), review)
      const confidence = Number(lesson?.['predictedConfidence'])
      const { bins, records, brier, calibrationError, calibrators } = await as('viewer', '/api/reliability')
      assert.equal(records, 1)
      assert.ok(Math.abs(brier - (1 - confidence) ** 2) < 1e-6)
      assert.ok(Math.abs(calibrationError - (1 - confidence)) < 1e-6)
      assert.equal(bins[0].from, Math.floor(confidence * 10) / 10)
      assert.equal(bins[0].share.value, 1)
      assert.ok(bins[0].share.low < 0.5 && bins[0].share.high === 1)
      assert.deepEqual(calibrators, [])
      assert.equal((await as('outsider', '/api/reliability?workspace=2')).records, 0)
    })

    test('a lesson of a decision that ended without a run is no point of reliability', async () => {
      const issueId = await makeIssue(api.world, 'shop.declined')
      const decision = await decide(api.world, issueId)
      await api.world.store.serve.endDecision(decision.decisionId, 'CANCELLED', 'not now', 'bert')
      const lesson = newLesson({ issueId, decisionId: decision.decisionId, executionId: null })
      const id = await api.world.store.learn.insertLesson(lesson)
      const review = { issueResolved: false, wouldApproveAgain: false, assessedBy: 'bert' }
      await api.world.store.serve.reviewLesson(id, review)
      assert.equal((await as('viewer', '/api/reliability')).records, 1)
    })

    test('the approval audit is of the days and the workspace that are asked for', async () => {
      const { days, items } = await as('viewer', '/api/approvers')
      assert.equal(days, 7)
      const [record, ...others] = items
      assert.deepEqual(others, [])
      assert.deepEqual(record, {
        userName: 'bert',
        approved: 2,
        declined: 0,
        declinedPercent: 0,
        approvalsInBusiestHour: 2,
        medianReadingSeconds: null,
        readings: 0,
        reasons: [{ key: 'CONFIDENT', count: 2 }],
        warnings: [],
      })
      assert.deepEqual((await as('outsider', '/api/approvers?workspace=2&days=90')).items, [])
      assert.equal((await get('/api/approvers?days=91')).statusCode, 400)
    })

    approverCases(() => api)
  })
}
