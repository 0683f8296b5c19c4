import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inverseOfRebuild } from './inverse.ts'

const parameters = {
  table: { schema: 'main', table: 'orders' },
  columns: [{ column: 'qty', prefix: null, direction: 'ASC' }],
  type: 'INTEGER',
}
const undoTo = (definition: string) => ({
  plan: {
    guards: [],
    steps: ['BEGIN IMMEDIATE', definition, 'COMMIT'].map((text) => ({
      kind: 'statement' as const,
      text,
      timeoutMs: 1,
      onlyIf: null,
    })),
  },
})

test('what takes a rebuild back asks for the type the undo would have given, if it is one that is given', () => {
  const inverse = (definition: string) => inverseOfRebuild({ parameters, undo: undoTo(definition) })
  assert.deepEqual(inverse('CREATE TABLE "_dbm_new_orders" (id INTEGER PRIMARY KEY, qty text NOT NULL)'), {
    actionId: 'sqlite/change-column-type',
    params: { ...parameters, type: 'TEXT' },
  })
  const other = inverse('CREATE TABLE "_dbm_new_orders" (qty VARCHAR(20))')
  assert.match('whyNot' in other ? other.whyNot : '', /the old type VARCHAR\(20\) is not one/)
  assert.deepEqual(inverse('CREATE TABLE "_dbm_new_orders" (id INTEGER)'), {
    whyNot: 'the old type does not stand in the undo plan',
  })
  assert.deepEqual(inverseOfRebuild({ parameters, undo: { whyNot: 'nothing converts back' } }), {
    whyNot: 'nothing converts back',
  })
})
