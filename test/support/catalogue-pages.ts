/** The part of a detector's or diagnosis's page that is taken from the code, so that it cannot be wrong. */
import type { Detector } from '../../src/core/detector.ts'
import type { Diagnosis } from '../../src/core/diagnosis.ts'

/** What is below this line on a page is written by `test/house/write-catalogue-pages.ts`. */
export const FACTS_MARK = '<!-- facts: written by test/house/write-catalogue-pages.ts -->'

/** First line of an item's page. */
export const pageTitle = (item: { readonly id: string; readonly title: string }): string =>
  `# ${item.title} (\`${item.id}\`)`

const row = (name: string, value: string): string => `| ${name} | ${value} |`
const code = (text: string): string => `\`${text}\``
const list = (texts: readonly string[]): string =>
  texts.length === 0 ? 'nothing' : texts.map(code).join(', ')

/** Facts of a detector: what it is, its thresholds, and how they are changed. */
export function detectorFacts(detector: Detector<never>): string {
  const thresholds = Object.entries(detector.thresholds)
  const facts = [
    '| | |',
    '|---|---|',
    row('id, version', `${code(detector.id)}, ${detector.version}`),
    row('opens issues of', detector.category),
    row('source of its events', detector.source),
    row('reads', list(detector.reads)),
    row('every', `${detector.everyMs / 1000} s`),
    row('needs', list(detector.needs)),
  ]
  if (thresholds.length === 0) return [...facts, '', 'It has no thresholds.', ''].join('\n')
  return [
    ...facts,
    '',
    '## Thresholds',
    '',
    '| name | default | unit | why |',
    '|---|---|---|---|',
    ...thresholds.map(([name, t]) => `| ${code(name)} | ${t.value} | ${t.unit} | ${t.why} |`),
    '',
    'Each can be changed in `dbmedic.yaml`:',
    '',
    '```yaml',
    'detection:',
    '  thresholds:',
    `    ${detector.id}:`,
    ...thresholds.map(([name, t]) => `      ${name}: ${t.value}`),
    '```',
    '',
  ].join('\n')
}

/** Facts of a diagnosis; `actionIds` are those its code names. */
export function diagnosisFacts(diagnosis: Diagnosis<never>, actionIds: readonly string[]): string {
  return [
    '| | |',
    '|---|---|',
    row('id, version', `${code(diagnosis.id)}, ${diagnosis.version}`),
    row('root cause', diagnosis.rootCause),
    row('explains issues of', diagnosis.categories.join(', ')),
    row('may propose', actionIds.length === 0 ? 'nothing: advice only' : actionIds.map(code).join(', ')),
    '',
  ].join('\n')
}

/** Ids of actions that stand as `actionId` in a source text, each once, sorted. */
export function actionIdsIn(source: string, engine: string): string[] {
  const quoted = [...source.matchAll(new RegExp(`'(${engine}/[a-z0-9-]+)'`, 'g'))].map((m) => m[1] ?? '')
  return [...new Set(quoted)].sort()
}
