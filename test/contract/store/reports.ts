/** The fixed reports on a history whose numbers are known, and the audit chain that history leaves. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { REPORT_NAMES, type ReportName, type ReportRow } from '../../../src/core/reports.ts'
import { exportAudit, verifyAuditExport } from '../../../src/store/index.ts'
import {
  decide,
  makeIssue,
  newLesson,
  newVerdict,
  newVote,
  onlyRunnable,
  run,
} from '../../support/pipeline-rows.ts'
import { fresh, type StoreContext } from './context.ts'

/** The figures by name, without what says where they come from. */
async function kpisOf(report: (name: ReportName) => Promise<readonly ReportRow[]>) {
  const rows = await report('kpis')
  return (name: string) => {
    const row = rows.find(({ kpi }) => kpi === name) ?? assert.fail(name)
    const { value, numerator, denominator, left_out, low, high } = row
    if (value !== null && low !== null && high !== null)
      assert.ok(Number(low) <= Number(value) && Number(value) <= Number(high), name)
    return { value, numerator, denominator, left_out }
  }
}

/** Reports; run on a world with no other history. */
export function reportContract({ world }: StoreContext): void {
  describe('the reports', () => {
    const report = async (name: ReportName): Promise<readonly ReportRow[]> =>
      (await world().store.read.report(name)).rows

    test('are empty, not wrong, while there is nothing', async () => {
      for (const name of REPORT_NAMES) {
        const { sql, rows } = await world().store.read.report(name)
        assert.match(sql, /^SELECT/)
        if (!['kpis', 'health'].includes(name)) assert.deepEqual(rows, [], name)
      }
      const kpis = await report('kpis')
      assert.equal(kpis.length, 11)
      for (const { kpi, value, low, high, p90, numerator, denominator } of kpis)
        assert.deepEqual(
          [value, low, high, p90, numerator, denominator],
          [null, null, null, null, 0, 0],
          String(kpi),
        )
    })

    test('take a window only where they have one', async () => {
      const { read } = world().store
      const [day] = (await read.report('kpis', { windowSeconds: 86_400 })).rows
      const span = Date.parse(String(day?.window_to)) - Date.parse(String(day?.window_from))
      assert.ok(Math.abs(span - 86_400_000) < 10)
      await assert.rejects(read.report('recurrence', { windowSeconds: 86_400 }), {
        code: 'DBM_REQUEST_INVALID',
      })
    })

    test('count distinct decisions, judged runs and complete records, with intervals', async () => {
      const w = world()
      const { serve, act, learn } = w.store
      const recurring = fresh('recurring')
      const verdicts = ['improved', 'improved', 'regressed', 'undecided', 'FAILED'] as const
      for (const [at, verdict] of verdicts.entries()) {
        const resource = at === 0 ? recurring : fresh('report')
        const decision = await decide(w, await makeIssue(w, resource))
        await serve.insertApproval(await newVote(w, decision, w.anna))
        const runnable = await onlyRunnable(w, decision.decisionId)
        const executionId = await run(w, runnable, verdict === 'FAILED' ? 'FAILED' : 'COMPLETED')
        if (verdict !== 'FAILED') await act.insertVerification(newVerdict(executionId, verdict))
        if (at > 2) continue
        const { issueId, decisionId } = decision
        const lessonId = await learn.insertLesson(newLesson({ issueId, decisionId, executionId }))
        const review = { issueResolved: verdict === 'improved', wouldApproveAgain: true, assessedBy: 'bert' }
        if (at !== 1) await serve.reviewLesson(lessonId, review)
      }
      const declined = await decide(w, await makeIssue(w, fresh('report')))
      await serve.insertApproval(await newVote(w, declined, w.anna, { status: 'DECLINED' }))
      const pending = await decide(w, await makeIssue(w, fresh('report')), { action: 'mysql/rebuild-table' })
      await serve.insertApproval(await newVote(w, pending, w.bert, { status: 'CONDITIONAL_APPROVAL' }))
      await makeIssue(w, recurring)

      const [waiting, ...noMore] = await report('pending')
      assert.deepEqual(noMore, [])
      assert.deepEqual(
        [
          waiting?.decision_id,
          waiting?.action_name,
          waiting?.risk_level,
          waiting?.confidence,
          waiting?.votes,
        ],
        [pending.decisionId, 'mysql/rebuild-table', 'HIGH', 0.85, 1],
      )
      assert.equal(waiting?.expires_at, pending.expiresAt)

      const approvals = await report('approvals')
      const low = approvals.find((row) => row.risk_level === 'LOW')
      assert.deepEqual([low?.admin_user_id, low?.approved, low?.declined, low?.decided], ['anna', 5, 1, 6])
      assert.equal(low?.approval_rate, 5 / 6)
      assert.ok(Math.abs(Number(low?.approval_rate_low) - 0.4365) < 1e-4)
      assert.ok(Math.abs(Number(low?.approval_rate_high) - 0.9699) < 1e-4)
      const high = approvals.find((row) => row.risk_level === 'HIGH')
      assert.deepEqual(
        [high?.conditional, high?.decided, high?.approval_rate, high?.approval_rate_low],
        [1, 0, null, null],
      )

      const [effect] = await report('effectiveness')
      assert.deepEqual(
        [
          effect?.runs,
          effect?.improved,
          effect?.regressed,
          effect?.failed,
          effect?.not_judged,
          effect?.judged,
        ],
        [5, 2, 1, 1, 1, 4],
      )
      assert.equal(effect?.success_rate, 0.5)
      assert.equal(effect?.mean_improvement_percent, 60)
      assert.equal(effect?.mean_duration_ms, 12)

      const [bucket, ...others] = await report('accuracy')
      assert.deepEqual(others, [])
      assert.deepEqual(
        [
          bucket?.confidence_from,
          bucket?.confidence_to,
          bucket?.records,
          bucket?.resolved,
          bucket?.resolved_rate,
        ],
        [0.8, 0.9, 2, 1, 0.5],
      )
      // ((0.85 - 1)^2 + (0.85 - 0)^2) / 2
      assert.ok(Math.abs(Number(bucket?.brier_score) - 0.3725) < 1e-9)

      const [again, ...pairs] = await report('recurrence')
      assert.deepEqual(pairs, [])
      assert.deepEqual(
        [again?.affected_resource_name, again?.action_name],
        [recurring, 'mysql/analyze-table'],
      )
      assert.ok(Number(again?.days_between) < 1)

      const kpi = await kpisOf(report)
      assert.deepEqual(kpi('recovery_success'), { value: 0.5, numerator: 2, denominator: 4, left_out: 1 })
      assert.deepEqual(kpi('false_positives'), { value: 0, numerator: 0, denominator: 2, left_out: 0 })
      assert.deepEqual(kpi('dismissed'), { value: 0, numerator: 0, denominator: 2, left_out: 0 })
      assert.deepEqual(kpi('found_by_people'), { value: 0, numerator: 0, denominator: 8, left_out: 0 })
      assert.deepEqual(kpi('recurrence'), { value: null, numerator: 0, denominator: 0, left_out: 0 })
      const { value: detect, ...detected } = kpi('time_to_detect')
      assert.deepEqual(detected, { numerator: 8, denominator: 8, left_out: 0 })
      assert.ok(Number(detect) >= 30 && Number(detect) < 40, `${detect} s, of which 30 are the window`)
      const { value: approve, ...approved } = kpi('time_to_approve')
      assert.deepEqual(approved, { numerator: 5, denominator: 6, left_out: 1 })
      assert.ok(Number(approve) >= 0 && Number(approve) < 10)
      assert.deepEqual(
        { ...kpi('time_to_execute'), value: null },
        { value: null, numerator: 4, denominator: 4, left_out: 1 },
      )
      // Two of eight are over. Open ones count for as long as they have lasted: whether there is a median depends on that.
      const { value: recover, ...recovered } = kpi('time_to_recover')
      assert.deepEqual(recovered, { numerator: 2, denominator: 8, left_out: 0 })
      assert.ok(recover === null || Number(recover) >= 30, `${recover} s, of which 30 are the window`)
      // No limit in the event, no hypothesis that lost, no preview: five of eight of each of seven decisions.
      assert.deepEqual(kpi('explanation_completeness'), {
        value: 5 / 8,
        numerator: 35,
        denominator: 56,
        left_out: 0,
      })

      const [source] = await report('sources')
      assert.deepEqual(
        [source?.detection_source, source?.events, source?.breaches, source?.issues_opened, source?.targets],
        ['STATEMENT_STATS', 8, 8, 8, 1],
      )
    })

    test('the audit chain of the history verifies link by link, and not with a byte changed', async () => {
      const { read, dialect } = world().store
      const lines: string[] = []
      for await (const line of exportAudit(read, { dialect, version: 1 })) lines.push(line)
      const verdict = await verifyAuditExport(lines)
      assert.equal(verdict.problem, null)
      assert.ok(verdict.rows > 50)
      const at = Math.floor(lines.length / 2)
      const bent = lines.with(at, (lines[at] ?? '').replace('table', 'tablf'))
      assert.equal((await verifyAuditExport(bent)).firstBadSeq, at)
    })
  })
}
