/** The scenarios of /lab as data: whole, about actions that exist, and refused with the place where they are not. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { allActions } from '../../src/app/index.ts'
import { DbmedicError } from '../../src/core/errors.ts'
import { loadScenarios } from '../../src/lab/index.ts'
import { loadScenario, MYSQL_SCENARIOS } from '../../src/lab/scenario/load-scenarios.ts'

const scenarios = loadScenarios()
const actions = new Map(allActions().map((a) => [a.id, a]))

describe('the scenarios', () => {
  test('cover faults 1 to 12, with at least three controls', () => {
    const numbers = new Set(scenarios.map((s) => s.fault.number))
    for (let n = 1; n <= 12; n += 1) assert.ok(numbers.has(n), `fault ${n} has no scenario`)
    assert.ok(scenarios.filter((s) => s.fault.control).length >= 3)
  })

  test('name actions of the catalogue, with the risk the catalogue gives them', () => {
    for (const { name, expect } of scenarios) {
      for (const issue of expect.issues) {
        if (issue.action === null) continue
        assert.ok(actions.has(issue.action), `${name}: ${issue.action} is not in the catalogue`)
        if (issue.risk !== undefined) assert.equal(actions.get(issue.action)?.risk, issue.risk, name)
      }
      for (const trap of expect.traps)
        assert.ok(trap.action === undefined || actions.has(trap.action), `${name}: ${trap.action}`)
    }
  })

  test('never expect what they call a trap', () => {
    for (const { name, expect } of scenarios)
      for (const trap of expect.traps)
        assert.ok(
          !expect.issues.some((i) => i.action === trap.action || i.rootCause === trap.rootCause),
          `${name} expects its own trap ${trap.action ?? trap.rootCause ?? ''}`,
        )
  })

  test('whose action heals measure the effect, or have none to measure', () => {
    const unmeasured = scenarios.filter(
      (s) => s.expect.effect === undefined && s.expect.issues.some((i) => i.action !== null),
    )
    assert.deepEqual(
      unmeasured.map((s) => s.name),
      ['duplicate-index', 'kept-indexes', 'unused-index', 'replica-applier-stopped'],
    )
  })

  test('are whole for other seeds too, and no place in them is left open', () => {
    for (let seed = 2; seed <= 12; seed += 1)
      for (const scenario of loadScenarios({ seed })) {
        const { drawn, ...rest } = scenario
        assert.doesNotMatch(
          JSON.stringify(rest),
          /\$\{/,
          `${scenario.name}, seed ${seed}: ${Object.keys(drawn)}`,
        )
      }
  })

  test('with something to draw draw it: more than half of twelve seeds are different', () => {
    for (const { name } of scenarios.filter((s) => Object.keys(s.drawn).length > 0)) {
      const folder = MYSQL_SCENARIOS
      const seen = Array.from({ length: 12 }, (_, seed) =>
        JSON.stringify(loadScenario(folder, name, seed).drawn),
      )
      assert.ok(new Set(seen).size > 6, `${name} draws ${new Set(seen).size} of 12`)
    }
  })
})

describe('a scenario that is not whole is refused, and the message says where', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dbmedic-scenarios-'))
  after(() => rmSync(folder, { recursive: true, force: true }))

  const FAULT = 'title: something goes wrong here\nnumber: 1\n'
  const EXPECT = 'issues: [{category: DEADLOCK, rootCause: LOCK_ORDER, action: null}]\n'
  const CASES: readonly (readonly [string, { readonly [file: string]: string }, RegExp])[] = [
    ['no fault', { 'expect.yaml': EXPECT }, /there is no fault\.yaml/],
    ['no expectation', { 'fault.yaml': FAULT }, /there is no expect\.yaml/],
    ['not YAML', { 'fault.yaml': 'a: [', 'expect.yaml': EXPECT }, /flow/i],
    [
      'a misspelt key',
      { 'fault.yaml': `${FAULT}sesions: []\n`, 'expect.yaml': EXPECT },
      /fault\.yaml.*sesions/,
    ],
    [
      'a root cause nobody can name',
      { 'fault.yaml': FAULT, 'expect.yaml': EXPECT.replace('LOCK_ORDER', 'BAD_LUCK') },
      /expect\.yaml: issues\.0\.rootCause/,
    ],
    [
      'an action about a session there is none of',
      { 'fault.yaml': FAULT, 'expect.yaml': EXPECT.replace('action: null', 'action: null, binds: nobody') },
      /no session is named nobody/,
    ],
    ['a fault that expects nothing', { 'fault.yaml': FAULT, 'expect.yaml': 'issues: []\n' }, /at least one/],
    [
      'a control that expects something',
      { 'fault.yaml': `${FAULT}control: true\n`, 'expect.yaml': EXPECT },
      /a control expects no issue/,
    ],
    ...(
      [
        ['options of the server', 'server: { max_connections: "20" }', /options of the server/],
        ['a restart', 'happenings: [{ afterSeconds: 1, does: restart-server }]', /a restart/],
        ['a global setting', 'statements: [SET GLOBAL max_connections = 5]', /a global statement/],
        ['a schema by name', 'statements: [DELETE FROM shop.orders]', /a schema by name/],
        ['a crowd', 'sessions: [{ name: many, count: 41, script: [SELECT 1] }]', /more than 40 sessions/],
      ] as const
    ).map(
      ([what, line, says]) =>
        [
          `one that says it is safe on a server of the user’s, and needs ${what}`,
          { 'fault.yaml': `${FAULT}safe: { rows: 0, megabytes: 0 }\n${line}\n`, 'expect.yaml': EXPECT },
          says,
        ] as const,
    ),
  ]
  for (const [title, files, says] of CASES) {
    test(title, () => {
      const place = join(folder, title.replaceAll(' ', '-'))
      mkdirSync(join(place, 'it'), { recursive: true })
      for (const [file, text] of Object.entries(files)) writeFileSync(join(place, 'it', file), text)
      assert.throws(
        () => loadScenarios({ folder: place }),
        (error: unknown) =>
          error instanceof DbmedicError && error.code === 'DBM_LAB_SCENARIO' && says.test(error.message),
      )
    })
  }
})
