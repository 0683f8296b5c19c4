/** The figures of the API bench for people. */
import { quantile } from '../support/figures.ts'
import { markdownTable } from '../support/markdown-table.ts'
import type { ProcessUsage } from '../support/process-usage.ts'
import type { Asked } from './readers.ts'
import type { Received } from './streams.ts'

/** What the aim is about: p95 of these, ms. */
export const AIM_MS = 50

/** One store's figures. */
export interface StoreFigures {
  readonly version: string
  readonly paced: Asked
  readonly full: Asked
  readonly streams: Received
  /** Before anybody came, and at the end. */
  readonly memory: readonly [ProcessUsage, ProcessUsage]
  readonly storeServerMiB: number | null
}

/** Quantiles of one question, ms; null: it was never answered. */
export interface Quantiles {
  readonly n: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

export function quantilesOf(times: readonly number[]): Quantiles | null {
  if (times.length === 0) return null
  return {
    n: times.length,
    p50: quantile(times, 0.5),
    p95: quantile(times, 0.95),
    p99: quantile(times, 0.99),
  }
}

const ms = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toFixed(1))

function timesTable(asked: Asked): string {
  const rows = [...asked.times].flatMap(([name, times]) => {
    const q = quantilesOf(times)
    return q === null
      ? []
      : [[name, String(q.n), ms(q.p50), ms(q.p95), ms(q.p99), q.p95 < AIM_MS ? 'yes' : 'no']]
  })
  return markdownTable(['question', 'n', 'p50 ms', 'p95 ms', 'p99 ms', `p95 under ${AIM_MS}`], rows)
}

const perSecond = ({ times, seconds }: Asked): number =>
  [...times.values()].reduce((sum, list) => sum + list.length, 0) / seconds

/** The piece of one store. */
export function sectionOf(figures: StoreFigures, readers: number): string {
  const { version, paced, full, streams, memory, storeServerMiB } = figures
  const delays = quantilesOf(streams.delays)
  const [before, after] = memory
  return [
    `### ${version}`,
    '',
    `${readers} readers that look at what they got before they ask again, ${perSecond(paced).toFixed(0)} requests/s:`,
    '',
    timesTable(paced),
    '',
    `The same readers without a pause: ${perSecond(full).toFixed(0)} requests/s, which is what this server can do here.`,
    '',
    timesTable(full),
    '',
    `- ${streams.open} streams of events open; ${streams.changes} changes arrived${delays === null ? '' : `, p50 ${ms(delays.p50)}, p95 ${ms(delays.p95)}, p99 ${ms(delays.p99)} ms after the store's time of them`}.`,
    `- Memory of the server: ${before.rssMiB.toFixed(0)} MiB before, ${after.rssMiB.toFixed(0)} at the end, ${after.peakMiB.toFixed(0)} at most; ${after.cpuSeconds.toFixed(0)} s of processor.`,
    ...(storeServerMiB === null ? [] : [`- The store's own server: ${storeServerMiB.toFixed(0)} MiB.`]),
  ].join('\n')
}

/** The same for machines. */
export function plainFigures({ paced, full, streams, ...others }: StoreFigures): unknown {
  const plain = (asked: Asked) => ({
    seconds: asked.seconds,
    questions: Object.fromEntries([...asked.times].map(([name, times]) => [name, quantilesOf(times)])),
  })
  const { delays, ...counts } = streams
  return {
    ...others,
    paced: plain(paced),
    full: plain(full),
    streams: { ...counts, ms: quantilesOf(delays) },
  }
}

/** The outcome of one store in a sentence. */
export function headlineOf({ version, paced, full, memory, streams }: StoreFigures): string {
  const worst = (of: Asked): string => {
    const all = [...of.times].map(([name, times]) => [name, quantilesOf(times)?.p95 ?? 0] as const)
    const [name, p95] = all.reduce((a, b) => (a[1] > b[1] ? a : b), ['-', 0] as const)
    return `${ms(p95)} ms (${name})`
  }
  const p95 = (of: Asked, name: string): string =>
    ms(quantilesOf(of.times.get(name) ?? [])?.p95 ?? Number.NaN)
  return `${version}: dashboard p95 ${p95(paced, 'dashboard')} ms, worst p95 ${worst(paced)} at ${perSecond(paced).toFixed(0)} requests/s with ${streams.open} streams; at most ${perSecond(full).toFixed(0)} requests/s; ${memory[1].peakMiB.toFixed(0)} MiB`
}
