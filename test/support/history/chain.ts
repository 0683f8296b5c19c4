/** What the order of the chain's links must show, whatever was tried. */
import assert from 'node:assert/strict'
import { type Entity, isLegalTransition } from '../../../src/core/lifecycle.ts'

/** One link: a row as it was written. */
export interface Link {
  readonly table: string
  readonly key: number | string
  readonly op: 'insert' | 'update'
  readonly row: Readonly<Record<string, unknown>>
}

const ENTITIES: Readonly<Record<string, readonly [Entity, string, string]>> = {
  detected_issues: ['issue', 'issue_status', 'DETECTED'],
  recovery_decisions: ['decision', 'decision_status', 'PENDING_APPROVAL'],
  action_executions: ['execution', 'execution_status', 'QUEUED'],
}

/** Reads the links once, in order. @throws AssertionError at the first that could not have followed. */
export function assertLinks(links: readonly Link[]): void {
  const history = new History()
  for (const link of links) history.next(link)
}

class History {
  readonly #rows = new Map<string, Readonly<Record<string, unknown>>>()
  readonly #status = new Map<string, string>()
  readonly #open = new Map<unknown, number | string>()
  readonly #halts = new Map<number | string, Readonly<Record<string, unknown>>>()

  next(link: Link): void {
    const id = `${link.table} ${link.key}`
    const before = this.#status.get(id)
    this.#follow(link, id)
    if (link.op === 'insert') this.#rows.set(id, link.row)
    else this.#rows.set(id, { ...this.#rows.get(id), ...link.row })
    if (link.table === 'halts') {
      if (link.op === 'insert') this.#halts.set(link.key, link.row)
      else this.#halts.delete(link.key)
    }
    if (link.table === 'admin_approvals') this.#voted(link)
    if (link.table === 'action_executions') this.#ran(link, before)
  }

  #row(table: string, key: unknown): Readonly<Record<string, unknown>> {
    return this.#rows.get(`${table} ${String(key)}`) ?? assert.fail(`no link of ${table} ${String(key)}`)
  }

  #follow(link: Link, id: string): void {
    const entity = ENTITIES[link.table]
    if (entity === undefined) return
    const [name, column, first] = entity
    const from = this.#status.get(id)
    if (link.op === 'insert') {
      assert.equal(from, undefined, `${id} was inserted twice`)
      this.#status.set(id, first)
      return
    }
    const to = link.row[column]
    if (typeof to !== 'string' || to === from) return
    assert.ok(isLegalTransition(name, from ?? '', to), `${id}: ${from} > ${to}`)
    this.#status.set(id, to)
  }

  #voted(link: Link): void {
    const voter = this.#row('users', link.row['admin_user_id'])
    assert.equal(Number(voter['is_active']), 1, `vote ${link.key} is of an inactive user`)
    assert.equal(Number(voter['is_approver']), 1, `vote ${link.key} is of no approver`)
  }

  #ran(link: Link, before: string | undefined): void {
    const run = this.#row('action_executions', link.key)
    const decision = this.#row('recovery_decisions', run['decision_id'])
    const target = decision['target_id']
    const status = this.#status.get(`action_executions ${link.key}`)
    if (link.op === 'insert') {
      assert.equal(this.#open.get(target), undefined, `run ${link.key} was queued while another was open`)
      this.#open.set(target, link.key)
      this.#notHalted(link, decision)
      // What was consented to be undone may be undone whatever became of the action and its voters since.
      if (run['purpose'] === 'DO') this.#enabled(link, decision)
    } else if (before === 'QUEUED' && status === 'IN_PROGRESS') {
      this.#notHalted(link, decision)
      if (run['purpose'] === 'DO') {
        this.#enabled(link, decision)
        this.#votersActive(link, run)
      }
    }
    if (status === 'COMPLETED' || status === 'FAILED') this.#open.delete(target)
  }

  #notHalted(link: Link, decision: Readonly<Record<string, unknown>>): void {
    const action = this.#row('predefined_actions', decision['recommended_action_id'])
    for (const halt of this.#halts.values()) {
      const { halt_scope: scope, halt_key: key } = halt
      const hits =
        scope === 'ALL' ||
        (scope === 'ENGINE' && key === action['engine']) ||
        (scope === 'TARGET' && key === String(decision['target_id'])) ||
        (scope === 'ACTION' && key === action['action_name'])
      assert.ok(!hits, `run ${link.key} was queued or started under a halt`)
    }
  }

  #enabled(link: Link, decision: Readonly<Record<string, unknown>>): void {
    const action = this.#row('predefined_actions', decision['recommended_action_id'])
    assert.equal(Number(action['action_enabled']), 1, `run ${link.key} is of a disabled action`)
  }

  #votersActive(link: Link, run: Readonly<Record<string, unknown>>): void {
    const vote = this.#row('admin_approvals', run['approval_id'])
    const voter = this.#row('users', vote['admin_user_id'])
    assert.equal(Number(voter['is_active']), 1, `run ${link.key} was started after its voter was shut out`)
  }
}
