/**
 * Every committed file that is made from the schema, with its text. A test compares them. Migrations are not among
 * them: they are never edited, and what they give together is compared with the schema instead.
 */
import { RULES } from './rules.ts'
import { tableTypes } from './table-types.ts'

/** A generated file: path from the project's root, and its whole text. */
export interface GeneratedFile {
  readonly path: string
  readonly text: string
}

/** All generated files. */
export function generatedFiles(): readonly GeneratedFile[] {
  return [
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
