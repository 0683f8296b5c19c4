/** Cuts a file of SQL into statements with their places: by the dialect's quotes, past routines, COPY data and client commands. */
import { type SqlDialect, SqlLexer, TokenKind } from '../sql/index.ts'

/** One statement of a file. */
export interface FileStatement {
  readonly text: string
  /** UTF-16 offset of its first character in the file. */
  readonly start: number
}

/** Statements at most in one file: dumps hold more INSERTs than anyone declares tables. */
const STATEMENTS_MAX = 20_000

/** Sections that take a migration back, to their end. */
const DOWN =
  /^[ \t]*--[ \t]*(?:migrate:down|\+goose\s+down|\+migrate\s+down|down\b|@?undo\b|rollback\b|@down\b).*$/im
/** What clients read and servers do not: DELIMITER sections, psql's commands, COPY data. */
const CLIENT_ONLY = [
  /^[ \t]*DELIMITER[ \t]+(?!;)\S+[\s\S]*?^[ \t]*DELIMITER[ \t]*;.*$/gim,
  /^COPY\s[^;]*\sFROM\s+stdin[^;]*;[\s\S]*?^\\\.\s*$/gim,
  /^\\[a-z!?].*$/gim,
  /\/\*M?!\d*[\s\S]*?\*\//g,
]
const ROUTINE =
  /^\s*create\s+(?:or\s+replace\s+)?(?:definer\s*=\s*\S+\s+)?(?:temp(?:orary)?\s+)?(?:trigger|procedure|function|event)\b/i

/** The statements of a file; comments before one are not part of it. Never throws; linear. */
export function splitSql(file: string, dialect: SqlDialect): readonly FileStatement[] {
  const down = DOWN.exec(file)
  const whole = down === null ? file : file.slice(0, down.index)
  const text = CLIENT_ONLY.reduce((left, each) => left.replace(each, blank), whole)
  const lexer = new SqlLexer(text, dialect)
  const statements: FileStatement[] = []
  let start = -1
  let end = 0
  const close = (): void => {
    if (start >= 0) add(statements, { text: text.slice(start, end), start })
    start = -1
  }
  for (
    let kind = lexer.next();
    kind !== TokenKind.end && statements.length < STATEMENTS_MAX;
    kind = lexer.next()
  ) {
    if (kind === TokenKind.comment) continue
    if (kind === TokenKind.punctuation && text[lexer.start] === ';') close()
    else {
      if (start < 0) start = lexer.start
      end = lexer.end
    }
  }
  close()
  return statements
}

const blank = (found: string): string => found.replace(/[^\n]/g, ' ')

/** A routine's body has semicolons of its own: everything up to its END belongs to it. */
function add(statements: FileStatement[], next: FileStatement): void {
  const last = statements.at(-1)
  if (last !== undefined && isOpenRoutine(last.text))
    statements[statements.length - 1] = { text: `${last.text};\n${next.text}`, start: last.start }
  else statements.push(next)
}

const isOpenRoutine = (text: string): boolean =>
  ROUTINE.test(text) &&
  /\bbegin\b/i.test(text) &&
  !/\bend\s*(?:\$\w*\$.*)?$/i.test(text) &&
  !/\$\w*\$/.test(text)

/** Whether a statement is a routine, a trigger or an event: its inside is not the application's. */
export const isRoutine = (text: string): boolean => ROUTINE.test(text)
