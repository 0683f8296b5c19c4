/** A store that fails at any of its statements: every write is there whole or not at all. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { TABLES } from '../../../src/store/schema/tables.ts'
import {
  ACTIONS,
  decide,
  type FullStore,
  makeIssue,
  newEvent,
  newGrant,
  newLesson,
  newPerson,
  newVerdict,
  newVote,
  onlyRunnable,
  queueRun,
  run,
  settleRuns,
  sha256,
  signerOf,
  type World,
} from '../../support/pipeline-rows.ts'
import { fresh, type StoreContext } from './context.ts'

class Crash extends Error {
  override readonly message = 'the store died here'
}

/** Throws at the n-th statement from `arm` on: once, or from then on for ever. */
class Faults {
  private left = Number.POSITIVE_INFINITY
  private forEver = false
  hits = 0

  arm(statement: number, forEver: boolean): void {
    this.left = statement
    this.forEver = forEver
    this.hits = 0
  }

  disarm(): void {
    this.left = Number.POSITIVE_INFINITY
  }

  readonly probe = (_statement: string, moment: 'before' | 'after'): void => {
    if (moment === 'after') return
    this.left -= 1
    if (this.left === 0 || (this.forEver && this.left < 0)) {
      this.hits += 1
      throw new Crash()
    }
  }
}

/** Anomalies. */
export function anomalyContract(context: StoreContext): void {
  describe('a store that fails at any statement', () => {
    const writes = (
      w: World,
    ): readonly (readonly [string, () => Promise<(copy: FullStore) => Promise<unknown>>])[] => [
      [
        'a batch of events',
        async () => {
          const resource = fresh('batch')
          const events = await Promise.all(Array.from({ length: 85 }, () => newEvent(w, resource)))
          return (copy) => copy.observe.appendEvents(events)
        },
      ],
      [
        'a new user',
        async () => {
          const person = newPerson(fresh('user'))
          const login = {
            displayName: 'x',
            personOf: null,
            mayApprove: false,
            mayAdminister: false,
            signer: signerOf(w.anna),
          }
          const { userName, keyId, publicKey } = person
          return (copy) => copy.serve.addUser({ ...login, userName, keyId, publicKey })
        },
      ],
      [
        'a mirror of new actions',
        async () => {
          const name = fresh('mysql/action')
          const actions = ACTIONS.map((action, at) => ({
            ...action,
            actionName: `${name}-${at}`,
            definitionDigest: sha256(`${name}${at}`),
          }))
          return (copy) => copy.serve.mirrorActions(actions)
        },
      ],
      [
        'a grant',
        async () => {
          const grant = await newGrant(w, w.anna)
          return (copy) => copy.serve.grantStanding(grant)
        },
      ],
      [
        'a vote',
        async () => {
          const decision = await decide(w, await makeIssue(w, fresh('vote')))
          const vote = await newVote(w, decision, w.anna)
          return (copy) => copy.serve.insertApproval(vote)
        },
      ],
      [
        'a queued run',
        async () => {
          const decision = await decide(w, await makeIssue(w, fresh('queue')))
          await w.store.serve.insertApproval(await newVote(w, decision, w.anna))
          await settleRuns(w)
          const runnable = await onlyRunnable(w, decision.decisionId)
          return (copy) => copy.act.queueExecution(runnable, 'e')
        },
      ],
      [
        'a started run',
        async () => {
          const decision = await decide(w, await makeIssue(w, fresh('start')))
          await w.store.serve.insertApproval(await newVote(w, decision, w.anna))
          const executionId = await queueRun(w, decision.decisionId, 'e')
          return (copy) => copy.act.startExecution(executionId, { owner: 'e', seconds: 60 }, { a: 1 })
        },
      ],
      [
        'a verdict',
        async () => {
          const decision = await decide(w, await makeIssue(w, fresh('verdict')))
          await w.store.serve.insertApproval(await newVote(w, decision, w.anna))
          const executionId = await run(w, await onlyRunnable(w, decision.decisionId))
          return (copy) => copy.act.insertVerification(newVerdict(executionId, 'improved'))
        },
      ],
      [
        'an ending',
        async () => {
          const decision = await decide(w, await makeIssue(w, fresh('ending')))
          return (copy) => copy.serve.endDecision(decision.decisionId, 'CANCELLED', 'test', 'anna')
        },
      ],
      [
        'a lesson',
        async () => {
          const decision = await decide(w, await makeIssue(w, fresh('lesson')))
          await w.store.serve.endDecision(decision.decisionId, 'CANCELLED', 'test', 'anna')
          const { decisionId, issueId } = decision
          return (copy) => copy.learn.insertLesson(newLesson({ decisionId, issueId, executionId: null }))
        },
      ],
    ]

    for (const forEver of [false, true]) {
      test(`is as it was before, or has the whole write (fails ${forEver ? 'for ever' : 'once'})`, async () => {
        const w = context.world()
        const faults = new Faults()
        const copy = await context.another(faults.probe)
        try {
          for (const [what, prepare] of writes(w)) {
            const write = await prepare()
            await eachStatement({
              what,
              write: () => write(copy),
              faults,
              forEver,
              snapshot: () => snapshot(context),
            })
          }
        } finally {
          faults.disarm()
          await copy.close()
        }
      })
    }
  })
}

interface Trial {
  readonly what: string
  readonly write: () => Promise<unknown>
  readonly faults: Faults
  readonly forEver: boolean
  readonly snapshot: () => Promise<string>
}

/** Fails the write at its first statement, its second, …, until it is through. */
async function eachStatement({ what, write, faults, forEver, snapshot: look }: Trial): Promise<void> {
  const before = await look()
  for (let statement = 1; statement < 100; statement++) {
    faults.arm(statement, forEver)
    const outcome = await write().then(
      () => 'written',
      (error: unknown) => error,
    )
    faults.disarm()
    if (outcome === 'written') {
      assert.ok(statement > 1, `${what} was written without a statement`)
      if (faults.hits === 0) {
        assert.notEqual(await look(), before, `${what} changed nothing`)
        return
      }
      continue
    }
    assert.ok(outcome instanceof Crash, `${what}: ${String(outcome)}`)
    assert.equal(await look(), before, `${what} was half written when statement ${statement} failed`)
  }
  assert.fail(`${what} takes more than 100 statements`)
}

/** Rows of every table, and the head of the audit chain. Sealing of events is a transaction of its own. */
async function snapshot(context: StoreContext): Promise<string> {
  const session = await context.server().connect('owner')
  try {
    const counts: string[] = []
    for (const { name } of TABLES.filter((table) => table.name !== 'event_batches')) {
      const [row] = await session.rows(`SELECT COUNT(*) AS n FROM ${name}`)
      counts.push(`${name}=${String(row?.n)}`)
    }
    const statuses = await session.rows(
      'SELECT issue_status AS s FROM detected_issues UNION ALL SELECT decision_status FROM recovery_decisions UNION ALL SELECT execution_status FROM action_executions',
    )
    return `${counts.join(' ')} ${statuses.map((row) => String(row.s)).join(' ')}`
  } finally {
    await session.close()
  }
}
