/**
 * What a scan finds in mutants of a small application without findings, and what else it says of them. `DBMEDIC_CODE_MUTANTS=300`
 * draws that many, `DBMEDIC_SEED` others; both are printed with the share found by kind.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  type CleanService,
  type CodeMutant,
  cleanServices,
  type MutantKind,
  mutantsOf,
} from '../../test/support/code-mutants.ts'
import '../../test/support/property-seed.ts'
import { scanCode } from '../../test/support/scan-code.ts'

const MUTANTS = Number(process.env['DBMEDIC_CODE_MUTANTS'] ?? 24)
const SEED = fc.readConfigureGlobal().seed ?? Date.now()
const RECALL_MIN = 0.95

/** As many of each kind as there are, in turn, drawn without putting back. */
function drawn(all: readonly CodeMutant[]): readonly CodeMutant[] {
  const kinds = [...Map.groupBy(all, (each) => each.kind).values()].map(
    (list, index) =>
      fc.sample(fc.shuffledSubarray([...list], { minLength: list.length }), {
        seed: SEED + index,
        numRuns: 1,
      })[0],
  )
  const longest = Math.max(...kinds.map((list) => list?.length ?? 0))
  return Array.from({ length: longest }, (_, index) => kinds.flatMap((list) => list?.[index] ?? []))
    .flat()
    .slice(0, MUTANTS)
}

interface Tally {
  of: number
  found: number
}

describe('mutants of an application without findings', () => {
  const services = cleanServices()

  for (const { name, files } of services)
    test(`${name} has no findings, and all its tables are known`, async () => {
      const { findings, schema } = await scanCode(files)
      assert.deepEqual(findings, [])
      assert.equal(schema.complete, true)
      assert.equal(schema.covered, 1)
    })

  test('are found, and nothing else is', async (t) => {
    const all = services.flatMap((service: CleanService) => mutantsOf(service))
    const tallies = new Map<MutantKind, Tally>()
    const missed: string[] = []
    const noise: string[] = []
    for (const mutant of drawn(all)) {
      const { findings } = await scanCode(mutant.files)
      const tally = tallies.get(mutant.kind) ?? { of: 0, found: 0 }
      tallies.set(mutant.kind, tally)
      tally.of++
      if (findings.some(mutant.isMeant)) tally.found++
      else missed.push(mutant.what)
      // A migration that changes a type writes the table again: what was done to the application is a fault itself.
      for (const each of findings)
        if (!mutant.isMeant(each) && !(mutant.kind === 'column retyped' && each.ruleId === 'DDL_HAZARD'))
          noise.push(`${mutant.what}: ${each.ruleId} ${each.file}:${each.line} ${each.message}`)
    }
    const [of, found] = [...tallies.values()].reduce(([a, b], each) => [a + each.of, b + each.found], [0, 0])
    t.diagnostic(
      `seed ${SEED}, ${of} of ${all.length} mutants: ${found} found, ${noise.length} other findings`,
    )
    for (const [kind, tally] of tallies) t.diagnostic(`${kind}: ${tally.found} of ${tally.of}`)
    for (const line of [...missed.map((each) => `missed: ${each}`), ...noise.map((each) => `noise: ${each}`)])
      t.diagnostic(line)
    assert.ok(found >= of * RECALL_MIN, missed.join('\n'))
    assert.deepEqual(noise, [])
  })
})
