/** Every committed file that is made from the schema, with its text. A test compares them. */
import { downStatements, migrationText, upStatements } from './generate.ts'
import { RULES } from './rules.ts'
import { tableTypes } from './table-types.ts'

/** A generated file: path from the project's root, and its whole text. */
export interface GeneratedFile {
  readonly path: string
  readonly text: string
}

/** All generated files. */
export function generatedFiles(): readonly GeneratedFile[] {
  const migrations = (['sqlite', 'mysql'] as const).flatMap((dialect) => [
    {
      path: `src/store/migrations/0001-pipeline.${dialect}.up.sql`,
      text: migrationText(
        '0001 pipeline: every table, key and rule of the store.',
        dialect,
        upStatements(dialect),
      ),
    },
    {
      path: `src/store/migrations/0001-pipeline.${dialect}.down.sql`,
      text: migrationText('0001 pipeline, backwards: removes every table.', dialect, downStatements(dialect)),
    },
  ])
  return [
    ...migrations,
    { path: 'src/store/tables.ts', text: tableTypes() },
    { path: 'docs/store-rules.md', text: rulesDocument() },
  ]
}

function rulesDocument(): string {
  const rows = Object.entries(RULES).map(([id, { message, why }]) => `| ${id} | ${message} | ${why} |`)
  return [
    '# Rules of the store',
    '',
    'Every refusal of the store’s schema, by number. The database itself refuses, whoever asks; the message',
    'begins with the number. Generated from `src/store/schema/rules.ts`.',
    '',
    '| rule | what it says | why |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}
