/** Two types meet that the engine must convert: the index is lost, or the statement refused. */
import type { TypeFamily } from './code-schema.ts'
import { type ColumnMeeting, columnName, declared, meetingsIn } from './meetings.ts'
import type { CodeRule, Finding } from './rule.ts'
import { isDynamic, type SourceStatement } from './source-statement.ts'

export const implicitConversion: CodeRule = {
  id: 'IMPLICIT_CONVERSION',
  title: 'Two types are compared that the engine must convert',
  severity: 'critical',
  needsSchema: true,
  check: (statement, { schema }) => {
    const { name } = statement.dialect
    // SQLite applies the column's affinity to the other side: nothing is lost.
    if (!statement.dialectKnown || name === 'sqlite') return []
    return meetingsIn(statement, schema).flatMap((each) => judged(each, statement))
  },
}

const isNumeric = (family: TypeFamily): boolean => family === 'integer' || family === 'decimal'

function judged(meeting: ColumnMeeting, statement: SourceStatement): Finding[] {
  if (meeting.how === 'like') return []
  const { column } = meeting.known
  if (isNumeric(column.family)) {
    const words = wordsIn(meeting)
    if (words !== null) return [noNumber(meeting, words, statement)]
  }
  if (meeting.how === 'assign') return []
  if (meeting.other.kind === 'column') return columns(meeting, statement)
  if (column.family !== 'text' || column.type === 'enum') return []
  const number = numberIn(meeting, statement)
  if (number === null) return []
  return [
    finding(meeting, statement, {
      other: number,
      instead: `Compare with a text: ${columnName(meeting.known)} = '${number}'.`,
    }),
  ]
}

/** The number a text column is compared with; null if it is none. */
function numberIn({ other }: ColumnMeeting, statement: SourceStatement): string | null {
  if (other.kind === 'operand') return other.operand.kind === 'number' ? other.operand.text : null
  if (other.kind !== 'value' || other.value.coercion !== null || other.value.type !== 'number') return null
  // PostgreSQL's driver sends text and lets the server choose the type.
  return other.bound && statement.dialect.name === 'postgresql' ? null : other.value.expression
}

const NUMBER = /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?\s*$/i

/** The text written out that a number column meets, if it is no number; null otherwise. */
function wordsIn({ other }: ColumnMeeting): string | null {
  if (other.kind === 'operand')
    return other.operand.kind === 'string' &&
      !NUMBER.test(other.operand.text) &&
      !isDynamic(other.operand.text)
      ? `'${other.operand.text}'`
      : null
  if (other.kind !== 'value' || other.castTo !== null) return null
  const written = /^(['"])([^'"\\]*)\1$/.exec(other.value.expression)?.[2]
  return written === undefined || NUMBER.test(written) ? null : other.value.expression
}

function noNumber(meeting: ColumnMeeting, words: string, statement: SourceStatement): Finding {
  const isRefused = statement.dialect.name === 'postgresql'
  const isStored = meeting.how === 'assign'
  return {
    severity: isRefused || isStored ? 'critical' : 'high',
    span: meeting.span,
    message: `${columnName(meeting.known)}, ${declared(meeting.known)}, ${isStored ? 'is set to' : 'is compared with'} ${words}, which is no number`,
    why: isRefused
      ? 'PostgreSQL refuses the statement: the text is no value of that type.'
      : isStored
        ? 'MySQL and MariaDB refuse it in strict mode, and store 0 without.'
        : 'MySQL and MariaDB read such a text as 0: other rows are found than those that are meant.',
    instead:
      'Code and schema disagree: use the number that stands for it, or give the column a type for texts.',
  }
}

function columns(meeting: ColumnMeeting, statement: SourceStatement): Finding[] {
  if (meeting.other.kind !== 'column') return []
  const [a, b] = [meeting.known.column.family, meeting.other.known.column.family]
  const differs = (a === 'text' && isNumeric(b)) || (b === 'text' && isNumeric(a))
  const uuid =
    statement.dialect.name === 'postgresql' &&
    ((a === 'uuid' && b === 'text') || (a === 'text' && b === 'uuid'))
  if (!differs && !uuid) return []
  return [
    finding(meeting, statement, {
      other: `${columnName(meeting.other.known)}, ${declared(meeting.other.known)}`,
      instead:
        'Give both columns one type in a migration; until then write the cast on the side that has the fewer rows.',
    }),
  ]
}

function finding(
  meeting: ColumnMeeting,
  statement: SourceStatement,
  { other, instead }: { readonly other: string; readonly instead: string },
): Finding {
  const isRefused = statement.dialect.name === 'postgresql'
  return {
    severity: isRefused ? 'critical' : 'high',
    span: meeting.span,
    message: `${columnName(meeting.known)}, ${declared(meeting.known)}, is compared with ${other}`,
    why: isRefused
      ? 'PostgreSQL has no such operator and refuses the statement.'
      : 'MySQL and MariaDB convert every row’s text to a number, so no index on it is used, and 1 equals ’1a’.',
    instead,
  }
}
