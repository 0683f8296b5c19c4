/** The example application: five kinds of errors on record, one repeated by the guard, one healed by an approved migration. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { playShop } from '../../examples/shop/play.ts'
import { skipServer } from '../support/each-server.ts'

test('a request for a missing table is answered 200 after two people approved the file that creates it', {
  skip: skipServer('mariadb'),
}, async () => {
  const story = await playShop(() => undefined, { verdict: false })
  assert.deepEqual(
    story.seen.map(({ status, body }) => [status, (JSON.parse(body) as { error?: string }).error ?? '']),
    [
      [500, 'ER_NO_SUCH_TABLE'],
      [500, 'ER_DUP_ENTRY'],
      [500, 'ER_NO_REFERENCED_ROW_2'],
      [500, 'error 1969'],
      [200, ''],
      [200, ''],
    ],
  )
  assert.ok(story.repeated >= 1, 'the loser of the deadlock was run again')
  assert.deepEqual(
    story.recorded
      .map(({ pattern, recovery }) => [pattern.failureType, recovery?.explanation?.strategy])
      .sort(),
    [
      ['DEADLOCK', 'IMMEDIATE'],
      ['DUPLICATE_KEY', 'AI_POWERED'],
      ['FK_VIOLATION', 'AI_POWERED'],
      ['STATEMENT_TIMEOUT', 'SELF_HEALING'],
      ['TABLE_NOT_FOUND', 'SELF_HEALING'],
    ],
  )
  assert.equal(story.decision.riskLevel, 'HIGH')
  assert.equal(story.plan.action.name, 'mysql/apply-migration')
  assert.match(story.plan.steps[0]?.text ?? '', /^CREATE TABLE coupons \(\n/)
  assert.match(story.plan.steps.at(-1)?.text ?? '', /^INSERT INTO `shop`\.`schema_migrations`/)
  assert.deepEqual([story.healed.status, story.healed.body], [200, '{"coupon":"SPRING","percentOff":0}'])
  const { strategy, decisionId, success } = story.attempt
  assert.deepEqual([strategy, decisionId], ['SELF_HEALING', story.decision.decisionId])
  assert.notEqual(success, false)
})
