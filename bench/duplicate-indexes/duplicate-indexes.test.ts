import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readAdvice } from './duplicate-key-checker.ts'
import { plantedSchema } from './planted-schema.ts'
import { scoreFindings, scoresByKind } from './score-findings.ts'

const TABLES = plantedSchema('mysql', 60, 7)
const truth = TABLES.flatMap((t) => t.groups.map((group) => ({ table: t.name, index: group[0] ?? '' })))

test('a schema is the same for a seed, differs by seed, and names only indexes it has', () => {
  assert.deepEqual(plantedSchema('mysql', 60, 7), TABLES)
  assert.notDeepEqual(plantedSchema('mysql', 60, 8), TABLES)
  for (const table of TABLES)
    for (const index of [...table.groups.flat(), ...table.open])
      assert.ok(table.ddl.includes(` ${index} (`), `${table.ddl} has ${index}`)
})

test('the truth scores perfectly, nothing named finds nothing', () => {
  const all = scoreFindings(TABLES, truth)
  assert.deepEqual([all.found, all.missed, all.wrong], [truth.length, 0, 0])
  const none = scoreFindings(TABLES, [])
  assert.deepEqual([none.found, none.missed, none.wrong], [0, truth.length, 0])
})

test('an index that must be kept, and both of two twins, are wrong', () => {
  const twins = TABLES.find((t) => t.kind === 'twins')
  const kept = TABLES.find((t) => t.kind === 'same columns in another order')
  assert.ok(twins && kept)
  const [group = []] = twins.groups
  const score = scoreFindings(TABLES, [
    ...group.map((index) => ({ table: twins.name, index })),
    { table: kept.name, index: 'by_beta' },
  ])
  assert.deepEqual([score.found, score.wrong], [1, 2])
  const of = scoresByKind(TABLES, [{ table: kept.name, index: 'by_beta' }])
  assert.equal(of.find((k) => k.kind === kept.kind)?.score.wrong, 1)
  assert.equal(of.find((k) => k.kind === 'twins')?.score.wrong, 0)
})

test('an ALTER that adds the index again is advice to shorten, not to drop', () => {
  const report = [
    '# To remove this duplicate index, execute:',
    'ALTER TABLE `dup`.`t_0001` DROP INDEX `by_beta`;',
    '# To shorten this duplicate clustered index, execute:',
    'ALTER TABLE `dup`.`t_0002` DROP INDEX `by_alpha`, ADD INDEX `by_alpha` (`city`);',
    '# To remove this duplicate foreign key, execute:',
    'ALTER TABLE `dup`.`t_0003` DROP FOREIGN KEY `f`;',
  ].join('\n')
  assert.deepEqual(readAdvice(report), {
    drop: [{ table: 't_0001', index: 'by_beta' }],
    shorten: [{ table: 't_0002', index: 'by_alpha' }],
  })
})
