// What a character can be part of, as bits.

/** White space. */
export const SPACE = 1
/** May be part of a name. */
export const WORD = 2
/** 0 to 9. */
export const DIGIT = 4
/** A hexadecimal digit. */
export const HEX = 8
/** One of `( ) , . ; { } [ ]`. */
export const PUNCTUATION = 16

const CLASS = new Uint8Array(128)
for (const c of ' \t\n\r\v\f') CLASS[c.charCodeAt(0)] = SPACE
for (const c of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$') CLASS[c.charCodeAt(0)] = WORD
for (const c of '0123456789') CLASS[c.charCodeAt(0)] = WORD | DIGIT | HEX
for (const c of 'abcdefABCDEF') CLASS[c.charCodeAt(0)] = WORD | HEX
for (const c of '(),.;{}[]') CLASS[c.charCodeAt(0)] = PUNCTUATION

/** The class bits of a UTF-16 code unit; everything from U+0080 up may be part of a name, as in MySQL. */
export function classOf(code: number): number {
  return code < 128 ? (CLASS[code] as number) : WORD
}
