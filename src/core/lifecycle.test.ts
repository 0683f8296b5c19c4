import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  DECISION_STATES,
  type Entity,
  EXECUTION_STATES,
  ISSUE_STATES,
  isLegalTransition,
  TERMINAL_ISSUE_STATES,
  TRANSITIONS,
} from './lifecycle.ts'

const STATES: Readonly<Record<Entity, readonly string[]>> = {
  issue: ISSUE_STATES,
  decision: DECISION_STATES,
  execution: EXECUTION_STATES,
}
const FIRST: Readonly<Record<Entity, string>> = {
  issue: 'DETECTED',
  decision: 'PENDING_APPROVAL',
  execution: 'QUEUED',
}
const ENDS: Readonly<Record<Entity, readonly string[]>> = {
  issue: TERMINAL_ISSUE_STATES,
  decision: ['DECLINED', 'CANCELLED', 'EXPIRED', 'APPROVED'],
  execution: ['COMPLETED', 'FAILED'],
}

const next = (entity: Entity, from: string): string[] =>
  TRANSITIONS.filter((t) => t.entity === entity && t.from === from).map((t) => t.to)

function reachable(entity: Entity, from: string): Set<string> {
  const seen = new Set([from])
  for (const state of seen) for (const to of next(entity, state)) seen.add(to)
  return seen
}

for (const entity of ['issue', 'decision', 'execution'] as const) {
  describe(`the lifecycle of an ${entity}`, () => {
    test('names only states there are, and no path twice or onto itself', () => {
      const own = TRANSITIONS.filter((t) => t.entity === entity)
      for (const t of own) {
        assert.ok(STATES[entity].includes(t.from) && STATES[entity].includes(t.to), `${t.from} -> ${t.to}`)
        assert.notEqual(t.from, t.to)
      }
      assert.equal(new Set(own.map((t) => `${t.from}>${t.to}`)).size, own.length)
    })

    test('reaches every state from the first, and an end from every state', () => {
      assert.deepEqual([...reachable(entity, FIRST[entity])].sort(), [...STATES[entity]].sort())
      for (const state of STATES[entity])
        assert.ok(
          [...reachable(entity, state)].some((s) => ENDS[entity].includes(s)),
          `${state} leads nowhere`,
        )
    })

    test('has exactly the legal pairs of its table', () => {
      for (const from of STATES[entity])
        for (const to of STATES[entity])
          assert.equal(isLegalTransition(entity, from, to), next(entity, from).includes(to))
    })
  })
}

describe('what consent rests on', () => {
  test('an issue is executed only from APPROVED, and nobody but a trigger makes it so', () => {
    const into = TRANSITIONS.filter((t) => t.entity === 'issue' && ['APPROVED', 'EXECUTING'].includes(t.to))
    assert.deepEqual(
      into.map((t) => [t.from, t.to, t.by]),
      [
        ['DECISION_MADE', 'APPROVED', 'trigger'],
        ['APPROVED', 'EXECUTING', 'trigger'],
      ],
    )
  })

  test('from DECISION_MADE on only triggers move an issue', () => {
    const late = ['DECISION_MADE', 'APPROVED', 'DECLINED', 'EXECUTING', 'VERIFYING']
    for (const t of TRANSITIONS.filter((x) => x.entity === 'issue' && late.includes(x.from)))
      assert.equal(t.by, 'trigger', `${t.from} -> ${t.to}`)
  })

  test('ended issues, declined decisions and finished runs stay as they are', () => {
    for (const state of TERMINAL_ISSUE_STATES) assert.deepEqual(next('issue', state), [])
    for (const state of ['DECLINED', 'CANCELLED', 'EXPIRED']) assert.deepEqual(next('decision', state), [])
    for (const state of ['COMPLETED', 'FAILED']) assert.deepEqual(next('execution', state), [])
  })

  test('a running action is never cancelled', () =>
    assert.equal(isLegalTransition('issue', 'EXECUTING', 'CANCELLED'), false))
})
