// Tells where a whole text was written as one line, its line ends as `\n`: the mysql client's batch and table output,
// and values of JSON or of a tuple, as programs print them.

/** Bytes of a line that are looked at. */
export const HEAD_BYTES = 512

/** Where the text begins in the line, in bytes, and the quote that ends it; null: the end of the line ends it. */
export interface EscapedText {
  readonly begins: number
  readonly quote: '"' | "'" | null
}

/** A status text begins with its rule of `=`, then the time. */
const STATUS = '(?=(?:\\\\n)*={5,}\\\\n\\d)'
/** Columns of the mysql client before the text: batch output, table, vertical, the third column alone. */
const CLIENT = new RegExp(
  `^(?:InnoDB\\t[^\\t\\\\]{0,64}\\t|\\| *InnoDB *\\|[^|\\\\]{0,64}\\| *${STATUS}|(?: *Status: *)?(?=\\\\n)${STATUS})`,
)
/** A tuple or list of a program: `('InnoDB', '', "\n=====...`. */
const TUPLE = new RegExp(`^[^\\\\]{0,200}['"]InnoDB['"], ?['"]{2}, ?(['"])${STATUS}`)
/** Before a value: other keys with values, as far as they are short. */
const KEYS_BEFORE = '^[\\s{[]*(?:"[\\w@. -]{1,40}" ?: ?(?:"[^"\\\\]{0,100}"|[\\w.+-]{1,40}) ?, ?){0,6}'
const JSON_STATUS = new RegExp(
  `${KEYS_BEFORE}"(?:(?:Status|STATUS|status)" ?: ?(")${STATUS}|LogFileData" ?: ?("))`,
)
/** Keys that collectors have a line or an event under. Objects of one line are read as such: see log-framing.ts. */
const JSON_MESSAGE = /^\s*"(?:log|message|Message|MESSAGE|msg|textPayload)" ?: ?(")/

/**
 * What an input began with. `object`: as JSON or a tuple does; `pretty`: as JSON that is laid out over many lines, where
 * no line is ever a line of a statement.
 */
export type InputShape = 'text' | 'object' | 'pretty'

/** The rest of pretty JSON: brackets and other keys. */
const JSON_REST = /^\s*(?:[{[\]}, ]+\r?$|"[\w@. -]{1,64}" ?: )/

/** True for a line of pretty JSON that holds no text of a server. */
export function isJsonRest(head: string, shape: InputShape): boolean {
  return shape === 'pretty' && JSON_REST.test(head)
}

/** Finds such a text by the head of a line. Linear. */
export function escapedText(head: string, shape: InputShape): EscapedText | null {
  const client = CLIENT.exec(head)
  if (client) return { begins: client[0].length, quote: null }
  if (shape === 'text') return null
  const value =
    JSON_STATUS.exec(head) ?? TUPLE.exec(head) ?? (shape === 'pretty' ? JSON_MESSAGE.exec(head) : null)
  return value && { begins: value[0].length, quote: (value[1] ?? value[2]) as '"' | "'" }
}
