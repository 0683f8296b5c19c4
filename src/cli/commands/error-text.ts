/** What is known of an error, in words for a terminal. */
import type { ErrorExplanation } from '../../app/index.ts'
import { printable, wrap } from '../terminal.ts'

/** How a retry is spoken of. */
const RETRIES: Readonly<Record<ErrorExplanation['retry'], string>> = {
  never: 'do not try again as it is',
  statement: 'the statement may be tried again',
  transaction: 'the whole transaction may be run again from its start',
}
const CONDITIONS: Readonly<Record<ErrorExplanation['condition'], string>> = {
  none: '',
  idempotent: ', but only if running it twice does no harm',
  'after-rollback': ', after it was rolled back',
  'other-server': ', on the server that takes writes',
}

/** The error with its meaning, whether to try again, and what helps. */
export function readableError(error: ErrorExplanation): string {
  const spelling = [error.code, error.symbol].filter((text) => text !== '').join(' ')
  const state = error.sqlstate === '' || error.sqlstate === error.code ? '' : `  SQLSTATE ${error.sqlstate}`
  return [
    `${error.engine} ${spelling}${state}  ${error.type}`,
    ...(error.masked === null ? [] : [`  ${printable(error.masked)}`]),
    ...(error.object === null ? [] : [`  about     ${printable(error.object)}`]),
    wrap(error.means, '  '),
    `  retry     ${RETRIES[error.retry]}${CONDITIONS[error.condition]}`,
    `  strategy  ${error.strategy}`,
    ...(error.knowledge === null ? [] : known(error.knowledge)),
    wrap(`Codes from ${error.sources.join('; ')}`, '  '),
  ].join('\n')
}

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
