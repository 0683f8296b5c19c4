/** Turns printf texts of a server into patterns with `{kind}` holes: what a hole holds is told by the English words before it. */

/** MySQL, MariaDB (back-quoted names, suffixes T Q B S U) and PostgreSQL (%m): one conversion. */
const CONVERSION =
  /%(?:(\d+)\$)?[`\-+ #0]*(?:\d+|\*)?(?:\.(?:\d+|\*))?(?:hh|h|ll|l|z|t|j)?([sdiuxXcpfgeMmvTQ])(?:[BQSTU](?![a-z]))?/g

const KINDS = [
  [/\bkey column(?: name)?$/i, 'column'],
  [/\b(?:table|view|relation)(?: name)?$/i, 'table'],
  [/\b(?:column|field)(?: name)?$/i, 'column'],
  [/\b(?:key|constraint)(?: name)?$/i, 'constraint'],
  [/\bindex(?: name)?$/i, 'index'],
  [/\bdatabase$/i, 'database'],
  [/\bschema$/i, 'schema'],
  [/\b(?:function|procedure|routine|event)$/i, 'function'],
  [/\btrigger$/i, 'trigger'],
  [/\bsequence$/i, 'sequence'],
  [/\b(?:user|role)$/i, 'user'],
]
/** Stands for a hole before the one that is looked at; no message has this character. */
const HOLE = '\ue000'
const JOINED = /\ue000['"`]?[.@]['"`]?$/

/** What each argument of an English text holds, in order: a kind of gap. Only texts (%s, MariaDB’s %T) hold names. */
export function argumentKinds(english) {
  const kinds = []
  let before = ''
  let last = 0
  for (const match of english.matchAll(CONVERSION)) {
    before += english.slice(last, match.index)
    last = match.index + match[0].length
    const number = match[1] === undefined ? kinds.length : Number(match[1]) - 1
    kinds[number] = kindOf(match[2], before, kinds.at(-1))
    before += HOLE
  }
  return kinds
}

/** %M and %m are the operating system's words, which may hold a path. */
function kindOf(conversion, before, previous) {
  if (conversion === 's' || conversion === 'T') return kindAfter(before, previous)
  return /[diuxXcfgev]/.test(conversion) ? 'number' : 'value'
}

function kindAfter(before, previous) {
  if (JOINED.test(before)) return previous ?? 'value'
  const words = before.replace(/[\s'"`(]+$/, '')
  return KINDS.find(([word]) => word.test(words))?.[1] ?? 'value'
}

/** The pattern of a text in any language; `kinds` are those of the English one. */
export function patternOf(text, kinds) {
  let count = 0
  const braces = text.replace(/[{}]/g, ' ')
  return braces
    .replace(CONVERSION, (_whole, position) => {
      const number = position === undefined ? count++ : Number(position) - 1
      return `{${kinds[number] ?? 'value'}}`
    })
    .replaceAll('%%', '%')
}

/**
 * Templates of texts, each once: `entries` are `{code, english, texts}`. Kinds come from `overrides[code]` where its
 * length is the number of arguments, else from the English text.
 */
export function templatesOf(entries, { compilePattern, overrides = {} }) {
  const templates = []
  const seen = new Set()
  for (const { code, english, texts } of entries) {
    const told = argumentKinds(english)
    const kinds = (overrides[code] ?? []).find((list) => list.length === told.length) ?? told
    for (const text of [english, ...texts]) {
      const template = compilePattern(code, patternOf(text, kinds))
      if (template === null) continue
      const key = JSON.stringify(template)
      if (seen.has(key)) continue
      seen.add(key)
      templates.push(template)
    }
  }
  return templates
}
