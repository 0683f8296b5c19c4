/**
 * `node src/store/schema/write.ts` writes what is generated from the schema: the row types and the list of rules.
 * With a dialect and names of BEFORE triggers it prints the statements that put the present ones in the place of
 * older ones, for the next migration: `node src/store/schema/write.ts mysql action_executions_before_insert`. A word
 * `+table` or `+table.column` adds the later indexes of a table, and a computed column of it; `-table.column` takes both away.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { DIALECTS, type DialectName } from './dialect.ts'
import { migrationText } from './generate.ts'
import { generatedFiles } from './generated-files.ts'
import { addLater, dropLater, type LaterParts } from './later-parts.ts'
import { replaceTriggers, triggersNamed } from './replace-triggers.ts'

const [dialect, ...names] = process.argv.slice(2)
if (dialect === undefined) {
  for (const { path, text } of generatedFiles()) {
    writeFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), text)
  }
} else {
  if (!Object.hasOwn(DIALECTS, dialect)) throw new RangeError(`${dialect} is no dialect: sqlite, mysql`)
  const chosen = dialect as DialectName
  const later = (sign: string): readonly LaterParts[] =>
    names
      .filter((name) => name.startsWith(sign))
      .map((name) => name.slice(1).split('.'))
      .map(([table = '', ...columns]) => ({ table, columns }))
  const triggers = names.filter((name) => /^\w/.test(name))
  const [added, gone] = [later('+'), later('-')]
  const statements = [
    ...replaceTriggers(chosen, triggersNamed(chosen, triggers)),
    ...(added.length > 0 ? addLater(chosen, added) : []),
    ...(gone.length > 0 ? dropLater(chosen, gone) : []),
  ]
  process.stdout.write(migrationText('NNNN name: what it changes.', chosen, statements))
}
