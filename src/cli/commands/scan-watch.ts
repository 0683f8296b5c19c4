/** scan --watch: what each change of a folder brings and takes away, until Ctrl-C. */
import { type CodeFinding, type OutsideOptions, type WatchRound, watchScan } from '../../app/index.ts'
import { stateError } from '../context.ts'
import { findingJson } from '../finding-json.ts'
import { readableRound, readableScan } from '../render-scan.ts'
import { orderlyJson, printable, show } from '../terminal.ts'

/** What is watched, and how it is told. */
export interface WatchAsked {
  readonly how: OutsideOptions
  readonly json: boolean
  /** What of all findings is spoken of. */
  readonly shown: (findings: readonly CodeFinding[]) => readonly CodeFinding[]
}

/** Watches a folder until SIGINT or SIGTERM. @throws what the first scan throws */
export async function runWatch(folder: string, { how, json, shown }: WatchAsked): Promise<void> {
  const ending = new AbortController()
  const end = (): void => ending.abort()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, end)
  try {
    await watchScan(folder, {
      ...how,
      shown,
      signal: ending.signal,
      onFailure: (error) => void stateError(error, json),
      onRound: (round, isFirst) => {
        if (json) process.stdout.write(`${orderlyJson(lineOf(round, isFirst, how.review === true))}\n`)
        else tell(round, isFirst)
      },
    })
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, end)
  }
}

function tell(round: WatchRound, isFirst: boolean): void {
  if (!isFirst) {
    show(readableRound(round))
    return
  }
  show(readableScan(round.result, round.findings))
  const polled =
    round.unwatched === 0 ? '' : ` ${round.unwatched} folders cannot be watched and are looked at every 2 s.`
  show(`\nWatching ${printable(round.result.root)}; Ctrl-C ends.${polled}`)
}

/** One line of JSON: all findings first, then what each change brought and took away. */
function lineOf(round: WatchRound, isFirst: boolean, withReview: boolean): object {
  const all = (findings: readonly CodeFinding[]): readonly object[] =>
    findings.map((each) => findingJson(each, withReview))
  const { files, statements } = round.result
  const found = isFirst
    ? { findings: all(round.findings) }
    : { fresh: all(round.fresh), gone: all(round.gone) }
  return { event: isFirst ? 'scan' : 'change', files, statements, ...found, notRead: round.unread }
}
