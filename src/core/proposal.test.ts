import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BINDING, FORECAST, PROPOSAL, VERIFICATION } from '../../test/support/bindings.ts'
import { sha256 } from '../../test/support/pipeline-rows.ts'
import type { Action, ActionContext, ActionPolicy } from './action.ts'
import type { Json } from './canonical.ts'
import type { Resolve } from './engine.ts'
import { refusal } from './errors.ts'
import type { ParameterSchema, Resolved } from './parameters.ts'
import {
  assumedParameters,
  bindingOf,
  bindingText,
  differenceFrom,
  firstUnmet,
  type Proposal,
  type ProposalInput,
  preflightDigest,
  propose,
} from './proposal.ts'

/** Every path to a leaf of a JSON value, empty lists and objects included. */
function paths(value: Json, at: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [at]
  const entries: [string | number, Json][] = Array.isArray(value)
    ? value.map((v, i) => [i, v as Json])
    : Object.entries(value as { [key: string]: Json })
  return entries.length === 0 ? [at] : entries.flatMap(([key, v]) => paths(v, [...at, key]))
}

/** A copy with the leaf at `path` changed to something of its own type. */
function changed<T>(value: T, path: readonly (string | number)[]): T {
  const copy = structuredClone(value)
  let at = copy as never
  for (const key of path.slice(0, -1)) at = at[key]
  const last = path.at(-1) ?? ''
  const old: unknown = at[last]
  Object.assign(at, {
    [last]:
      typeof old === 'string' ? `${old}x` : typeof old === 'number' ? old + 1 : old === null ? {} : null,
  })
  return copy
}

const WATCHED = ['actionName', 'actionVersion', 'parameters', 'plan', 'undo', 'objects'] as const

describe('the difference between what was approved and what would be done now', () => {
  test('of the same proposal is none', () => assert.equal(differenceFrom(BINDING, PROPOSAL), null))

  test('is reported for every single member that must be equal', () => {
    const leaves = paths(PROPOSAL as unknown as Json).filter((p) =>
      (WATCHED as readonly unknown[]).includes(p[0]),
    )
    assert.ok(leaves.length >= 20, `${leaves.length} leaves`)
    for (const path of leaves) {
      const difference = differenceFrom(BINDING, changed(PROPOSAL, path))
      assert.match(difference ?? 'none', / changed$/, path.join('.'))
    }
  })

  test('is reported for a statement more, a statement less, and another order', () => {
    const [step] = PROPOSAL.plan.steps
    assert.ok(step)
    const withSteps = (steps: Proposal['plan']['steps']): Proposal => ({
      ...PROPOSAL,
      plan: { ...PROPOSAL.plan, steps },
    })
    assert.equal(differenceFrom(BINDING, withSteps([])), 'the statements changed')
    assert.equal(differenceFrom(BINDING, withSteps([step, step])), 'the statements changed')
    const two = { ...BINDING, steps: [step, { ...step, text: 'x' }] }
    assert.equal(differenceFrom(two, withSteps([...two.steps].reverse())), 'the statements changed')
  })

  test('is reported for a parameter more or less', () => {
    const more = { ...PROPOSAL, parameters: { ...PROPOSAL.parameters, extra: 1 } }
    assert.equal(differenceFrom(BINDING, more), 'the parameters changed')
    const { columns: _gone, ...rest } = PROPOSAL.parameters
    assert.equal(differenceFrom(BINDING, { ...PROPOSAL, parameters: rest }), 'the parameters changed')
  })

  test('does not depend on the order of members', () => {
    const reordered = JSON.parse(JSON.stringify(PROPOSAL)) as Proposal
    const table = { table: 'orders', schema: 'shop' }
    assert.equal(
      differenceFrom(BINDING, { ...reordered, parameters: { columns: ['customer_id'], table } }),
      null,
    )
  })

  test('covers a stronger lock', () => {
    const now = { ...PROPOSAL, forecast: { ...FORECAST, lockClass: 'metadata: exclusive' } }
    assert.match(
      differenceFrom(BINDING, now) ?? '',
      /the lock changed from metadata: shared to metadata: exclusive/,
    )
  })

  for (const name of [
    'durationMs',
    'rowsTouched',
    'bytesWritten',
    'replicaLagSeconds',
    'diskPeakBytes',
  ] as const) {
    test(`covers a forecast of ${name} beyond the approved upper bound, and not one at the bound`, () => {
      const { high } = FORECAST[name]
      const at = (expected: number): Proposal => ({
        ...PROPOSAL,
        forecast: { ...FORECAST, [name]: { ...FORECAST[name], expected } },
      })
      assert.equal(differenceFrom(BINDING, at(high)), null)
      assert.match(differenceFrom(BINDING, at(high * 1.001)) ?? '', new RegExp(`forecast of ${name}`))
      assert.match(differenceFrom(BINDING, at(Number.NaN)) ?? '', new RegExp(`forecast of ${name}`))
    })
  }
})

describe('the binding', () => {
  test('carries every part of the proposal; its text changes with each of its members', () => {
    const made = bindingOf(PROPOSAL, {
      action: { risk: 'MEDIUM' } as never,
      definitionDigest: BINDING.action.definitionDigest,
      target: BINDING.target,
      evidenceDigest: BINDING.evidenceDigest,
      expiresAt: BINDING.expiresAt,
    })
    assert.deepEqual(made, BINDING)
    const text = bindingText(BINDING)
    const leaves = paths(BINDING as unknown as Json)
    assert.ok(leaves.length >= 50, `${leaves.length} leaves`)
    for (const path of leaves) assert.notEqual(bindingText(changed(BINDING, path)), text, path.join('.'))
  })

  test('the digest of the preconditions changes with what was found', () => {
    const digest = preflightDigest(PROPOSAL, sha256)
    assert.match(digest, /^[0-9a-f]{64}$/)
    const [first, ...rest] = PROPOSAL.preconditions
    assert.ok(first)
    const other = { ...PROPOSAL, preconditions: [{ ...first, found: 'replica' }, ...rest] }
    assert.notEqual(preflightDigest(other, sha256), digest)
  })
})

describe('preconditions', () => {
  const withMet = (met: boolean | 'unknown'): Proposal => ({
    ...PROPOSAL,
    preconditions: [
      ...PROPOSAL.preconditions,
      { id: 'X9', met, found: 'free disk space: 10 GB', toProceed: 'Free 20 GB.' },
    ],
  })

  test('that all hold refuse nothing', () => {
    assert.equal(firstUnmet(PROPOSAL), null)
    assert.equal(firstUnmet(withMet(true)), null)
  })

  test('the first one that does not hold is named with what was found and what would help', () => {
    const refused = firstUnmet(withMet(false))
    assert.equal(refused?.code, 'DBM_PRECONDITION_FAILED')
    assert.match(refused?.because ?? '', /X9.*free disk space: 10 GB/)
    assert.match(refused?.toProceed ?? '', /Free 20 GB/)
  })

  test('unknown is not met', () =>
    assert.match(firstUnmet(withMet('unknown'))?.because ?? '', /could not be checked/))
})

describe('parameters of a binding, assumed without asking', () => {
  const schema: ParameterSchema = {
    table: { type: 'table' },
    index: { type: 'index', of: 'table' },
    columns: { type: 'columns', of: 'table', most: 3 },
    seconds: { type: 'integer', min: 0, max: 9, unit: 's' },
    connection: { type: 'connection' },
  }

  test('have the form resolved ones have', () => {
    const given = {
      table: { schema: 'shop', table: 'orders' },
      index: 'by_day',
      columns: [{ column: 'a', prefix: null, direction: 'ASC' }],
      seconds: 3,
      connection: { connectionId: '7' },
    }
    const table = { schema: 'shop', table: 'orders', definitionDigest: '' }
    assert.deepEqual(assumedParameters(schema, given), {
      table,
      index: { ...table, index: 'by_day' },
      columns: given.columns,
      seconds: 3,
      connection: given.connection,
    })
  })

  test('are never taken from beyond the schema', () => {
    const assumed = assumedParameters(
      { table: { type: 'table' } },
      { table: { schema: 's', table: 't' }, other: 1 },
    )
    assert.deepEqual(Object.keys(assumed), ['table'])
  })
})

describe('a proposal', () => {
  type AnyAction = Action<ParameterSchema, never>
  const resolved = {
    table: { schema: 'shop', table: 'orders', definitionDigest: 'd' },
  } as Resolved<ParameterSchema>
  const seen: ActionContext<ParameterSchema, never>[] = []
  const note =
    <T>(value: T) =>
    async (context: ActionContext<ParameterSchema, never>): Promise<T> => {
      seen.push(context)
      return value
    }
  const action = {
    id: PROPOSAL.actionName,
    version: 1,
    risk: 'MEDIUM',
    parameters: { table: { type: 'table' } },
    check: note(PROPOSAL.preconditions),
    render: note({ plan: PROPOSAL.plan, undo: PROPOSAL.undo, objects: PROPOSAL.objects }),
    forecast: note(FORECAST),
    verificationPlan: () => VERIFICATION,
  } as unknown as AnyAction
  const resolve: Resolve<never> = async () => ({ resolved })
  const input = (change: Partial<ProposalInput<never>> = {}): ProposalInput<never> => ({
    action,
    given: PROPOSAL.parameters,
    resolve,
    ask: (async () => {
      throw new Error('nothing is asked here')
    }) as never,
    policy: {} as ActionPolicy,
    server: { flavour: 'mariadb', version: '10.11', weakIdentity: false },
    affectedSeries: ['statement:q1'],
    ...change,
  })

  test('is made of what the action says of the resolved parameters', async () => {
    assert.deepEqual(await propose(input()), PROPOSAL)
    assert.equal(seen.length, 3)
    for (const context of seen) assert.equal(context.params, resolved)
  })

  test('is refused, and nothing rendered, where a name does not resolve', async () => {
    seen.length = 0
    const unknown = refusal('DBM_PARAM_INVALID', {
      parameter: 'table',
      problem: 'no such table',
      hint: 'x',
    } as never)
    assert.equal(await propose(input({ resolve: async () => unknown })), unknown)
    assert.equal(seen.length, 0)
  })

  test('of MEDIUM risk is refused on a server without an identity of its own, LOW is not', async () => {
    const server = { flavour: 'mysql', version: '5.5', weakIdentity: true }
    const refused = await propose(input({ server }))
    assert.ok('refused' in refused)
    assert.match(refused.because, /no unique identity/)
    assert.ok(!('refused' in (await propose(input({ server, action: { ...action, risk: 'LOW' } })))))
  })
})
