/** What is known of an error, in words for a terminal. */
import type { ErrorExplanation } from '../../app/index.ts'
import { printable, wrap } from '../terminal.ts'

/** The error with its meaning, whether to try again, and what helps. */
export function readableError(error: ErrorExplanation): string {
  const spelling = [error.code, error.symbol].filter((text) => text !== '').join(' ')
  const state = error.sqlstate === '' || error.sqlstate === error.code ? '' : `  SQLSTATE ${error.sqlstate}`
  return [
    `${error.engine} ${spelling}${state}  ${error.type}`,
    ...(error.masked === null ? [] : [`  ${printable(error.masked)}`]),
    ...(error.object === null ? [] : [`  about     ${printable(error.object)}`]),
    wrap(error.means, '  '),
    ...labelled('severity', error.words.severity),
    ...labelled('retry', error.words.retryDecision),
    ...labelled('strategy', error.strategy),
    ...(error.knowledge === null && error.words.userAction !== null
      ? labelled('to do', error.words.userAction)
      : []),
    ...(error.knowledge === null ? [] : known(error.knowledge)),
    wrap(`Codes from ${error.sources.join('; ')}`, '  '),
  ].join('\n')
}

/** A word and what is said under it, on as many lines as it needs. */
export const labelled = (label: string, text: string): readonly string[] =>
  wrap(text, '            ')
    .split('\n')
    .map((line, at) => (at === 0 ? `  ${label.padEnd(10)}${line.trimStart()}` : line))

function known(entry: NonNullable<ErrorExplanation['knowledge']>): string[] {
  return [
    '',
    `  ${entry.title} (${entry.id})`,
    wrap(entry.symptom, '  '),
    ...entry.causes.flatMap(({ cause, check, tells }, i) => [
      wrap(`${i + 1}. ${cause}`, '  '),
      `     ${printable(check)}`,
      wrap(tells, '     '),
    ]),
    '  What helps',
    ...entry.remedy.map((r) => wrap(`- ${r.do}${r.action === undefined ? '' : ` [${r.action}]`}`, '  ')),
    wrap(`Prevention: ${entry.prevention}`, '  '),
    ...entry.sources.map((source) => `  ${source}`),
    '',
  ]
}
