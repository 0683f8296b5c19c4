/**
 * Text of others as it is: what a page or a terminal would obey, hide or turn round is shown in its place, by its code
 * point. What looks like another letter (homoglyphs) stays as it is: it is seen, and no rule knows what was meant.
 */

/**
 * Controls (C0, C1), whatever Unicode calls Default_Ignorable_Code_Point (soft hyphen, joiners, all bidirectional
 * controls, fillers, variation selectors, tags, byte order mark, formatting of musical notation), line and paragraph
 * separators, marks of interlinear text, halves of surrogate pairs, and code points that are no characters.
 * https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point, https://trojansource.codes
 */
const UNSEEN = String.raw`[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Cs}\p{Noncharacter_Code_Point}\u2028\u2029\ufff0-\ufffb]`
/** One of them that is no line break and no tab; with the flags `g` and `u`. */
export const UNSEEN_BUT_LAYOUT = new RegExp(String.raw`(?![\n\t])${UNSEEN}`, 'gu')

/** Blanks that look like a space and are none. */
const OTHER_BLANK = String.raw`[\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000]`
/** Letters that are read from right to left: beside each other they would swap places with what stands between them. */
const RIGHT_TO_LEFT = String.raw`[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]+`
/** Text that is written like one of our own marks. */
const LIKE_OURS = String.raw`⟨(?=U\+)|[⇥␍]`
const AT_THE_END = String.raw`(?<![ ·])[ ·]+(?=\r?(?:\n|$))`
const SPECIAL = new RegExp(
  String.raw`(?<layout>[\t\r]|${AT_THE_END})|\n|(?<unseen>${UNSEEN}|${OTHER_BLANK}|${LIKE_OURS})|(?<turned>${RIGHT_TO_LEFT})`,
  'gu',
)

/** A character by its number: ⟨U+202E⟩. */
const byNumber = (character: string): string =>
  `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`

/**
 * Text with every character that would not be seen as ⟨U+202E⟩. Line breaks and tabs stay, being layout; twice is the
 * same as once. For whatever a page shows; what is signed is shown by `exactPieces`.
 */
export const visibleText = (text: string): string => text.replace(UNSEEN_BUT_LAYOUT, byNumber)

/**
 * A piece of text. `plain` is shown as it is; `layout` marks a tab, a carriage return or a blank at the end of a line;
 * `unseen` marks what would not be seen, or looks like a blank or like a mark; `turned` is read from right to left and
 * has to be set apart, so that what stands around it keeps its place.
 */
export interface ExactPiece {
  readonly kind: 'plain' | 'layout' | 'unseen' | 'turned'
  /** As it is shown. */
  readonly text: string
  /** As it is. */
  readonly of: string
}

/** Text to the letter, in pieces: no two texts give the same ones. Line breaks stay in the plain pieces. */
export function exactPieces(text: string): readonly ExactPiece[] {
  const pieces: ExactPiece[] = []
  let from = 0
  const plain = (to: number): void => {
    const of = text.slice(from, to)
    if (of !== '') pieces.push({ kind: 'plain', text: of, of })
  }
  for (const found of text.matchAll(SPECIAL)) {
    const piece = pieceOf(found)
    if (piece === null) continue
    plain(found.index)
    pieces.push(piece)
    from = found.index + piece.of.length
  }
  plain(text.length)
  return pieces
}

function pieceOf({ 0: of, groups = {} }: RegExpMatchArray): ExactPiece | null {
  if (groups.layout !== undefined) return { kind: 'layout', text: [...of].map(layoutMark).join(''), of }
  if (groups.unseen !== undefined) return { kind: 'unseen', text: byNumber(of), of }
  return groups.turned === undefined ? null : { kind: 'turned', text: of, of }
}

function layoutMark(character: string): string {
  if (character === '\t') return '⇥ '
  if (character === '\r') return '␍'
  return character === ' ' ? '·' : byNumber(character)
}

/** The pieces as one text, for a terminal. */
export const exactText = (text: string): string =>
  exactPieces(text)
    .map((piece) => piece.text)
    .join('')
