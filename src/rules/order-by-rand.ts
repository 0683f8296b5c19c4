/** Sorting a whole table by chance to take a few rows of it. */
import { Offsets } from '../sql/index.ts'
import type { CodeRule } from './rule.ts'

const CHANCE = /^(RAND|RANDOM|NEWID|GEN_RANDOM_UUID|UUID|RANDOMBLOB)$/

export const orderByRand: CodeRule = {
  id: 'ORDER_BY_RAND',
  title: 'A table is sorted by chance',
  severity: 'high',
  needsSchema: false,
  check: (statement) => {
    const { facts } = statement
    if (facts === null) return []
    const offsets = new Offsets(statement.factsText)
    for (const key of facts.sortKeys) {
      const operand = offsets.operand(key)
      if (operand.kind !== 'function' || !CHANCE.test(operand.name)) continue
      const at = statement.factsText.search(new RegExp(`\\b${operand.name}\\s*\\(`, 'i'))
      const table = facts.tables[0]?.name.parts.at(-1) ?? 'the table'
      return [
        {
          severity: 'high',
          span: statement.locate(at, at + operand.name.length),
          message: `ORDER BY ${operand.name}() gives every row of ${table} a number and sorts them all`,
          why: 'No index can serve it: the time grows with the table, however few rows are taken.',
          instead: `Choose keys first: WHERE id >= a random number up to MAX(id) ORDER BY id LIMIT …${statement.dialect.name === 'postgresql' ? '; or TABLESAMPLE' : ''}; or draw ids in the code.`,
        },
      ]
    }
    return []
  },
}
