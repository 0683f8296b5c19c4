/** Reads codes, messages and translations out of PostgreSQL's source (PostgreSQL licence). */
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

const STRINGS = '((?:"(?:[^"\\\\\\n]|\\\\.)*"\\s*|PRI\\w+\\s*|UINT64_FORMAT\\s*|INT64_FORMAT\\s*)+)'
const REPORT = new RegExp(
  `errcode\\((ERRCODE_\\w+)\\)\\s*,\\s*(?:/\\*[\\s\\S]{0,200}?\\*/\\s*)?errmsg(?:_plural)?\\(\\s*${STRINGS}`,
  'g',
)
/** Refusals for want of a right: the state stands beside a variable, the texts in a table by kind of object. */
const REFUSAL = /gettext_noop\("((?:permission denied for|must be owner of)(?:[^"\\]|\\.)*)"\)/g
/** Parts of the source whose messages reach clients, each with the folder of its translations. */
const DOMAINS = [
  { sources: 'src/{backend,common,include,port}/**/*.{c,y,l,h}', po: 'src/backend/po' },
  { sources: 'src/pl/plpgsql/src/*.{c,y,l}', po: 'src/pl/plpgsql/src/po' },
]

/** Rows of errcodes.txt: `{code, symbol, macro}`; a state named twice keeps its first name. */
export function readStates(source) {
  const rows = []
  const seen = new Set()
  for (const line of readFileSync(join(source, 'src/backend/utils/errcodes.txt'), 'utf8').split('\n')) {
    const [, code, macro, symbol] = /^([0-9A-Z]{5})\s+[EWS]\s+(ERRCODE_\w+)(?:\s+(\w+))?/.exec(line) ?? []
    if (code === undefined) continue
    rows.push({
      code,
      macro,
      symbol: symbol ?? macro.replace('ERRCODE_', '').toLowerCase(),
      isFirst: !seen.has(code),
    })
    seen.add(code)
  }
  return rows
}

/** `{languages, entries}` of all messages with a state of their own. */
export function readPostgresMessages(source, states) {
  const stateOf = new Map(states.map(({ macro, code }) => [macro, code]))
  const languages = new Set()
  const entries = DOMAINS.flatMap(({ sources, po }) => {
    const translations = readTranslations(join(source, po))
    for (const { language } of translations) languages.add(language)
    const texts = (english) => translations.flatMap(({ map }) => map.get(english) ?? [])
    const reported = globSync(sources, { cwd: source }).flatMap((file) =>
      reportsOf(readFileSync(join(source, file), 'utf8'), stateOf),
    )
    const grammar = translations.length > 0 && po.includes('backend') ? grammarEntries(translations) : []
    return [...grammar, ...reported.map(({ code, english }) => ({ code, english, texts: texts(english) }))]
  })
  return { languages: [...languages].sort(), entries }
}

function reportsOf(text, stateOf) {
  const refusals = [...text.matchAll(REFUSAL)].map(([, english]) => ({ code: '42501', english }))
  const reports = [...text.matchAll(REPORT)].flatMap(([, macro, strings]) => {
    const code = stateOf.get(macro)
    const english = joined(strings)
    return code === undefined || english === '' ? [] : [{ code, english }]
  })
  return [...refusals, ...reports]
}

/** What the parser puts together from two messages: “syntax error” and where it stands. */
function grammarEntries(translations) {
  const fault = 'syntax error'
  return ['%s at or near "%s"', '%s at end of input'].map((where) => ({
    code: '42601',
    english: where.replace('%s', fault),
    texts: translations.flatMap(({ map }) => {
      const [place] = map.get(where) ?? []
      const [name] = map.get(fault) ?? []
      return place === undefined || name === undefined ? [] : [place.replace(/%(?:1\$)?s/, name)]
    }),
  }))
}

function readTranslations(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => name.endsWith('.po'))
    .sort()
    .map((name) => ({
      language: basename(name, '.po'),
      map: readPo(readFileSync(join(folder, name), 'utf8')),
    }))
}

/** msgid to its translations; entries marked fuzzy or without a translation are left out. */
function readPo(text) {
  const map = new Map()
  for (const block of text.split(/\n\s*\n/)) {
    if (/^#,.*\bfuzzy\b/m.test(block) || /^#~/m.test(block)) continue
    const field = (name) =>
      joined(new RegExp(`^${name} ((?:"(?:[^"\\\\]|\\\\.)*"\\s*)+)`, 'm').exec(block)?.[1] ?? '')
    const english = field('msgid')
    const texts = [field('msgstr'), ...['0', '1', '2'].map((n) => field(`msgstr\\[${n}\\]`))].filter(Boolean)
    if (english !== '' && texts.length > 0) map.set(english, texts)
  }
  return map
}

/** C string literals side by side, as one text; macros that stand for a number's format become one. */
function joined(strings) {
  const plain = strings.replace(/%"\s*PRI\w+/g, '%d"').replace(/(?:UINT64|INT64)_FORMAT/g, '"%d"')
  return [...plain.matchAll(/"((?:[^"\\\n]|\\.)*)"/g)]
    .map(([, text]) => text)
    .join('')
    .replace(/\\n/g, ' ')
    .replace(/\\(.)/g, '$1')
    .trim()
}
