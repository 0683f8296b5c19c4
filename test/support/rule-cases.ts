/** Runs a rule's table of cases: each is a claim with code, and the lines the rule must speak of. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { findingsOf, type RuleCase } from './scan-code.ts'

/** Declares one test a case. */
export function ruleCases(ruleId: string, cases: readonly RuleCase[]): void {
  describe(ruleId, () => {
    for (const each of cases) {
      test(each.claim, async () => {
        const found = await findingsOf(ruleId, each)
        assert.deepEqual(
          found.map((finding) => finding.line),
          each.lines,
          found.map((finding) => finding.text).join('\n'),
        )
        if (each.says !== undefined) assert.match(found[0]?.text ?? '', each.says)
      })
    }
  })
}
