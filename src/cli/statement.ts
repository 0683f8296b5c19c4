/** Statements as a person reads them or pastes them into a client: each ended, and what is no statement a comment. */
import { exactText } from '../core/visible-text.ts'
import { paint, printable } from './terminal.ts'

/** How the statements that are printed begin; prose that begins with the same word has it in small letters. */
const STATEMENT =
  /^(?:ALTER|ANALYZE|CALL|CREATE|DROP|FLUSH|GRANT|INSERT|INSTALL|KILL|REVOKE|SELECT|SET|UPDATE)\s/

/** A statement with the semicolon that ends it in a client; one it already has is enough. */
export const ended = (statement: string): string => (/;\s*$/.test(statement) ? statement : `${statement};`)

/**
 * The lines of a remedy so that the whole block can be pasted: statements are ended, and beside a statement other
 * lines (a setting of my.cnf, a restart) are comments. Without a statement the lines stay as they are.
 */
export function pasteable(lines: readonly string[]): readonly string[] {
  if (!lines.some((line) => STATEMENT.test(line))) return lines
  return lines.map((line) => (STATEMENT.test(line) ? ended(line) : `-- ${line}`))
}

/** How a step on a repository begins. */
const PATCH = /^repository "[^\n]*"\ncommit [^\n]*\nfile ("[^\n]*")\n/

/**
 * A step as a person reads it before consenting: a statement ended, or a patch line by line, each behind a bar so that
 * no line of code looks like one of ours. Tabs, carriage returns and blanks at the end of a line are shown, as they are
 * part of what is written.
 */
export function stepLines(text: string): readonly string[] {
  if (!PATCH.test(text)) return [ended(printable(exactText(text)))]
  return exactText(text.replace(/\n$/, ''))
    .split('\n')
    .map((shown) => {
      const style = shown.startsWith('+') ? 'green' : shown.startsWith('-') ? 'red' : 'reset'
      return `\u2502 ${style === 'reset' ? shown : paint(style, shown)}`
    })
}

/** A step that was sent, in one line. */
export const stepInShort = (text: string): string => {
  const file = PATCH.exec(text)?.[1]
  return file === undefined ? printable(text) : `patch of ${printable(file)}`
}
