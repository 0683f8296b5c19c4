/**
 * Consent and execution, explored to the last state. `DBMEDIC_MODEL=wide` explores the wider bounds: some
 * millions of states, minutes and gigabytes.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { type Exploration, explore, printSize, printTrace } from './explore.ts'
import { type Bounded, GUARDS, type GuardId } from './guards.ts'
import { IN_DEPTH, type Mutant, NEEDED, TOGETHER } from './mutants.ts'
import { PROPERTIES, WINDOWS, type WindowId } from './properties.ts'
import { protocol, SCENARIOS, type ScenarioName, WIDE, without } from './protocol.ts'
import type { State } from './state.ts'

const isWide = process.env['DBMEDIC_MODEL'] === 'wide'
const BOUNDS = { maxStates: isWide ? 20_000_000 : 600_000, liveness: true }
const names = Object.keys(SCENARIOS) as ScenarioName[]
const found = new Map<ScenarioName, Exploration<State>>()

const explored = (model: Bounded): Exploration<State> => explore(protocol(model), BOUNDS)

/** The scenario as it is, explored once. */
function whole(name: ScenarioName): Exploration<State> {
  const known = found.get(name) ?? explored((isWide ? WIDE : SCENARIOS)[name])
  found.set(name, known)
  return known
}

const brokenWithout = (scenario: ScenarioName, off: readonly GuardId[]): string | null => {
  const { violation } = explored(without(SCENARIOS[scenario], ...off))
  return violation === null ? null : violation.property.slice(0, 2)
}

describe('whatever people, faults and clocks do, in whatever order', () => {
  for (const name of names) {
    test(`${name}: every property holds in every reachable state, and each can come to an end`, (t) => {
      const result = whole(name)
      t.diagnostic(printSize(name, result))
      if (result.violation !== null) assert.fail(printTrace(result.violation))
      assert.ok(result.states > 80 && result.ends > 0, 'the scenario does something and ends')
    })
  }
})

describe('the properties can fail', () => {
  for (const { off, scenario, breaks } of NEEDED) {
    test(`without ${off[0]} ${breaks} falls`, () => assert.equal(brokenWithout(scenario, off), breaks))
  }

  for (const { off, scenario, breaks } of TOGETHER) {
    test(`without ${off.join(', ')} together ${breaks} falls, and any one of them keeps it`, () => {
      assert.equal(brokenWithout(scenario, off), breaks)
      for (const kept of off) {
        const others = off.filter((each) => each !== kept)
        // Where a smaller set falls for a reason of its own, the scenario must not hold that reason.
        assert.equal(brokenWithout(scenario, others), null, `with ${kept}`)
      }
    })
  }

  for (const { guard, scenario } of IN_DEPTH) {
    test(`${guard} alone is not what a property rests on`, () => {
      assert.equal(brokenWithout(scenario, [guard]), null)
    })
  }

  test('every guard of the model is in one of the three lists', () => {
    const listed = [...NEEDED, ...TOGETHER].flatMap((each) => each.off)
    const all = new Set<GuardId>([...listed, ...IN_DEPTH.map((each) => each.guard), 'settle-fences'])
    assert.deepEqual([...all].sort(), (Object.keys(GUARDS) as GuardId[]).sort())
  })

  test('every property is broken by some guard’s absence', () => {
    const broken = new Set([...NEEDED, ...TOGETHER].map((each) => each.breaks))
    assert.deepEqual([...broken].sort(), Object.keys(PROPERTIES).sort())
  })
})

/** How often a window is gone through in a scenario. */
const through = (result: Exploration<State>, window: WindowId): number => result.notes.get(window)?.count ?? 0

describe('the windows that remain', () => {
  test('W1, W4: an alteration or a halt between the last look and the statement', () => {
    const changes = whole('changes')
    assert.ok(through(changes, 'W1') > 0 && through(changes, 'W4') > 0)
    const { trace } = changes.notes.get('W1') ?? assert.fail()
    const labels = trace().map((step) => step.label)
    const checked = labels.findIndex((label) => label.includes('finds plan and object as approved'))
    const altered = labels.findIndex((label) => label.includes('alters the object'))
    assert.ok(checked < altered, 'only after the last check on the connection')
    assert.ok(through(whole('undo'), 'W1') > 0, 'of an undo too')
  })

  test('W2: the pause between the last look at the lease and the bytes, for one statement of an unsettled run', () => {
    assert.ok(through(whole('deaths'), 'W2') > 0)
  })

  test('W3: a settled run sends nothing more where the target could be asked; the settler ends its connection', () => {
    assert.equal(through(whole('deaths'), 'W3'), 0)
    assert.ok(through(explored(without(SCENARIOS.votes, 'settle-fences')), 'W3') > 0)
    assert.ok(through(whole('lost answers'), 'W3') > 0, 'where it could not be asked, the run ends UNKNOWN')
  })
})

const page = readFileSync(new URL('../../docs/safety.md', import.meta.url), 'utf8')
const row = ({ off, scenario, breaks }: Mutant): string =>
  `| ${off.map((each) => `\`${each}\``).join(' ')} | ${breaks} | ${scenario} |`

describe('docs/safety.md', () => {
  test('has every property, window and guard, with the words of the model', () => {
    const items = { ...PROPERTIES, ...WINDOWS }
    for (const [name, text] of Object.entries(items)) assert.ok(page.includes(`| ${name} | ${text} |`), name)
    for (const [name, guard] of Object.entries(GUARDS)) {
      const rule = 'rule' in guard ? guard.rule : ''
      assert.ok(page.includes(`| \`${name}\` | ${guard.what} | ${rule} | ${guard.file} |`), name)
    }
  })

  test('says what falls without which guard, as the model finds it', () => {
    for (const each of [...NEEDED, ...TOGETHER]) assert.ok(page.includes(row(each)), row(each))
    for (const { guard } of IN_DEPTH) assert.match(page, new RegExp(`in depth:.*\`${guard}\``, 's'))
  })

  test('says how many states each scenario has', {
    skip: isWide && 'the page has the smaller bounds',
  }, () => {
    for (const name of names) {
      const { states, transitions, depth } = whole(name)
      assert.ok(page.includes(`| ${name} | ${states} | ${transitions} | ${depth} |`), `${name} ${states}`)
    }
  })
})
