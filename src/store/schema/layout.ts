/** Breaks generated SQL into lines people can read and review. */

const WIDTH = 108
const BREAK_BEFORE =
  /^(AND|OR|WHERE|FROM|JOIN|LEFT|WHEN|THEN|ELSE|END|VALUES|SELECT|SET|NOT|EXISTS|ORDER|REFERENCES)\b/

/**
 * The text with lines of at most about 108 characters where a keyword allows a break. Only white space
 * outside quotes changes, so the statement stays the same statement.
 */
export function wrapSql(sql: string, indent: string): string {
  const words = splitOutsideQuotes(sql.replace(/\s*\n\s*/g, ' '))
  const lines: string[] = []
  let line = ''
  for (const [at, word] of words.entries()) {
    const ahead = lengthToNextBreak(words, at)
    if (line.length > 0 && BREAK_BEFORE.test(word) && indent.length + line.length + ahead > WIDTH) {
      lines.push(line)
      line = word
    } else {
      line = line.length === 0 ? word : `${line} ${word}`
    }
  }
  lines.push(line)
  return lines.join(`\n${indent}  `)
}

function lengthToNextBreak(words: readonly string[], from: number): number {
  let length = (words[from] ?? '').length + 1
  for (let at = from + 1; at < words.length; at += 1) {
    const word = words[at] ?? ''
    if (BREAK_BEFORE.test(word)) break
    length += word.length + 1
  }
  return length
}

function splitOutsideQuotes(sql: string): string[] {
  const words: string[] = []
  let word = ''
  let quoted = false
  for (const character of sql) {
    if (character === "'") quoted = !quoted
    if (character === ' ' && !quoted) {
      if (word.length > 0) words.push(word)
      word = ''
    } else {
      word += character
    }
  }
  if (word.length > 0) words.push(word)
  return words
}
