// Errors of Oracle Database: the number stands in every message, in every language, and names stand in parentheses or quotes.

import { ORACLE } from '../../sql/index.ts'
import { once, readCodeTable } from '../code-table.ts'
import type { ErrorEngine } from '../error-engine.ts'
import type { ErrorReport } from '../error-report.ts'
import { MessageIndex, templateList } from '../message-index.ts'
import type { ErrorNames } from '../message-names.ts'
import type { NameKind } from '../message-template.ts'
import { numberOf } from '../report-code.ts'

const CODE = /\b(ORA|TNS|PLS|DPI|NJS|DPY)-(\d{3,5})\b/
const NAME = '("[^"\\n]{1,128}"|[A-Z][\\w$#]{0,127})'
/** A name of one to three parts in parentheses. */
const IN_PARENTHESES = new RegExp(`\\(\\s*${NAME}(?:\\.${NAME})?(?:\\.${NAME})?\\s*\\)`)
/** One to three quoted parts. */
const QUOTED = /"([^"\n]{1,128})"(?:\."([^"\n]{1,128})")?(?:\."([^"\n]{1,128})")?/

/** What the name in a message is, by code; the value tells where it stands. */
const NAMED: Readonly<Record<string, readonly [NameKind, RegExp]>> = {
  'ORA-00001': ['constraint', IN_PARENTHESES],
  'ORA-02290': ['constraint', IN_PARENTHESES],
  'ORA-02291': ['constraint', IN_PARENTHESES],
  'ORA-02292': ['constraint', IN_PARENTHESES],
  'ORA-01400': ['column', IN_PARENTHESES],
  'ORA-01407': ['column', IN_PARENTHESES],
  'ORA-12899': ['column', QUOTED],
  'ORA-00904': ['column', QUOTED],
  'ORA-00942': ['table', QUOTED],
  'ORA-04098': ['trigger', QUOTED],
}

/** Strings in quotes of the writer's choice, `q'[it's]'`, which the lexer does not know. */
const Q_STRING = /\bn?q'(?:\[[\s\S]*?\]'|\{[\s\S]*?\}'|\([\s\S]*?\)'|<[\s\S]*?>'|([^\s[{(<])[\s\S]*?\1')/gi

const codes = once(() => readCodeTable(new URL('codes.tsv', import.meta.url)))
const messages = once(() => new MessageIndex(templateList([])))

/** Oracle Database 12c to 23ai. */
export const oracleErrors: ErrorEngine = {
  id: 'oracle',
  aliases: ['oracledb', 'oci'],
  dialect: ORACLE,
  defaultSchema: null,
  codes,
  messages,
  readCode,
  bareMessages: (message) => [message],
  namesIn,
  withoutSpecialStrings: (statement) => statement.replaceAll(Q_STRING, "''"),
  foldName: (name) => name.toUpperCase(),
}

function readCode(report: ErrorReport): string | null {
  const given = typeof report.code === 'string' ? CODE.exec(report.code.toUpperCase()) : null
  const found = given ?? CODE.exec(report.message)
  if (found !== null) return `${found[1]}-${(found[2] ?? '').padStart(5, '0')}`
  const number = numberOf(report)
  return number === null ? null : `ORA-${number.padStart(5, '0')}`
}

function namesIn(code: string | null, message: string): ErrorNames | undefined {
  const [kind, where] = (code === null ? undefined : NAMED[code]) ?? []
  const found = where?.exec(message)
  if (kind === undefined || !found) return undefined
  const parts = found.slice(1).filter((part) => part !== undefined)
  return { [kind]: parts.map((part) => part.replaceAll('"', '')).join('.') }
}
